/**
 * Where the notes of an app stand in a text that people write too. GitHub shows no comment, and an app's name has
 * nothing in it that would end one.
 */
const begins = (app: string): string => `<!-- airlock: release notes of ${app} -->`;
const ends = (app: string): string => `<!-- airlock: end of the release notes of ${app} -->`;

/**
 * Puts an app's notes into a text: in place of the earlier ones, or below what people wrote. Everything else of
 * the text stays as it is.
 */
export function withNotes(text: string, app: string, notes: string): string {
  const block = `${begins(app)}\n${notes}\n${ends(app)}`;
  // The last beginning: one that lost its end must not take what people wrote below it along.
  const from = text.lastIndexOf(begins(app));
  const to = from === -1 ? -1 : text.indexOf(ends(app), from);
  if (to !== -1) return text.slice(0, from) + block + text.slice(to + ends(app).length);
  return text.trim() === '' ? block : `${text.trimEnd()}\n\n${block}`;
}
