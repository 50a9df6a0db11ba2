import { RULES } from '../../src/domain/doctor/diagnose.ts';

const PLACE = { repository: 'OWNER/REPO', about: 'NAME' };

/** Every question of the doctor as a table, and below it why it is asked and the way to mend a no. */
export function doctorTable(): string {
  const rows = RULES.map(({ id, asks, weight }) => `| [\`${id}\`](#${id}) | ${asks} | ${weight} |`);
  const sections = RULES.map(({ id, asks, weight, why, fix }) => {
    const { click, command } = fix(PLACE);
    return [
      `### \`${id}\``,
      `${asks} A no is **${weight}**. ${why}`,
      `**Fix:** ${click}`,
      ...(command === undefined ? [] : [`\`\`\`sh\n${command}\n\`\`\``]),
    ].join('\n\n');
  });
  return (
    ['| finding | question | a no is |\n| --- | --- | --- |', ...rows].join('\n') +
    `\n\n${sections.join('\n\n')}`
  );
}
