import type { CheckReport } from '../ports/checker.ts';

/** Whether variables are there and not empty. Their values are looked at and never kept. */
export function checkConfiguration(
  names: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): CheckReport {
  const missing = names.filter((name) => (variables[name] ?? '').trim() === '');
  return missing.length === 0
    ? { verdict: 'pass', detail: `${names.length} of ${names.length} variables are set` }
    : {
        verdict: 'fail',
        detail: `not set or empty: ${missing.join(', ')}; set them under \`env:\` of this step`,
      };
}
