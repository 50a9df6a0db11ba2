const STAMPS = { shell: '🐚', gull: '🕊️', boat: '⛵', moon: '🌙' };

/** @typedef {{author: string, text: string, stamp: keyof typeof STAMPS | null, writtenAt: string}} Note */

const form = /** @type {HTMLFormElement} */ (document.getElementById('write'));
const list = /** @type {HTMLElement} */ (document.getElementById('notes'));
const problem = /** @type {HTMLElement} */ (document.getElementById('problem'));
const version = /** @type {HTMLElement} */ (document.getElementById('version'));

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const response = await fetch('/api/notes', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  });
  problem.textContent = response.ok ? '' : (await response.json()).problem;
  if (!response.ok) return;
  form.reset();
  await showNotes();
});

async function showNotes() {
  const response = await fetch('/api/notes');
  const { notes } = await response.json();
  list.replaceChildren(...notes.map(entry));
}

/** @param {Note} note */
function entry({ author, text, stamp, writtenAt }) {
  const item = document.createElement('li');
  const words = document.createElement('p');
  words.textContent = text;
  const line = document.createElement('small');
  const day = new Date(writtenAt).toLocaleDateString(undefined, { dateStyle: 'long' });
  line.textContent = `${stamp ? STAMPS[stamp] : '✒️'} ${author}, ${day}`;
  item.append(words, line);
  return item;
}

async function showVersion() {
  const response = await fetch('/version');
  version.textContent = (await response.json()).version;
}

await Promise.all([showNotes(), showVersion()]);
