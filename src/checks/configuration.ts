import type { CheckReport } from '../ports/checker.ts';
import type { CheckerHost } from './host.ts';

/** Whether variables are there and not empty. Their values are looked at and never kept. */
export function checkConfiguration(
  names: readonly string[],
  { variables, configured }: Pick<CheckerHost, 'variables' | 'configured'>,
): CheckReport {
  const missing = names.filter((name) => !configured.includes(name) && (variables[name] ?? '').trim() === '');
  return missing.length === 0
    ? { verdict: 'pass', detail: `${names.length} of ${names.length} variables are set` }
    : {
        verdict: 'fail',
        detail: `not set or empty: ${missing.join(', ')}; put them into the secret APP_VARIABLES of the repository, or in a workflow of your own name them in the input \`configured\` or set them under \`env:\` of this step`,
      };
}
