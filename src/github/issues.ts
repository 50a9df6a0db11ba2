import type { Issues } from '../ports/issues.ts';
import { explained, type GitHub, settled } from './api.ts';
import { whoami } from './identity.ts';
import { place } from './records.ts';

const READ = 'issues: read';
const WRITE = 'issues: write';
const PAGE = 100;

/** HTML that GitHub does not show. */
const marked = (mark: string): string => `<!-- airlock: ${mark} -->`;

/** Issues on GitHub. Needs `issues: write`. */
export function createIssues(github: GitHub): Issues {
  const where = place(github);
  const withLabel = async (labels: string, state: 'open' | 'all') => {
    const own = await whoami(github);
    const found = await github.paginate('GET /repos/{owner}/{repo}/issues', {
      ...where,
      labels,
      state,
      per_page: PAGE,
    });
    return found.filter(({ user, pull_request: pull }) => user?.login === own && pull === undefined);
  };

  return {
    open: ({ mark, title, body, label }) =>
      explained('open an issue', WRITE, () =>
        settled(github, async () => {
          const known = (await withLabel(label, 'all')).find((one) => one.body?.startsWith(marked(mark)));
          if (known) return known.number;
          const { data } = await github.request('POST /repos/{owner}/{repo}/issues', {
            ...where,
            title,
            body: `${marked(mark)}\n${body}`,
            labels: [label],
          });
          return data.number;
        }),
      ),

    opened: (label) =>
      explained('read which issues are open', READ, async () =>
        (await withLabel(label, 'open')).map(({ number }) => number),
      ),

    note: (number, mark, text) =>
      explained(`say something in issue ${number}`, WRITE, () =>
        settled(github, async () => {
          const own = await whoami(github);
          const said = await github.paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
            ...where,
            issue_number: number,
            per_page: PAGE,
          });
          if (said.some(({ user, body }) => user?.login === own && body?.startsWith(marked(mark)))) return;
          await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
            ...where,
            issue_number: number,
            body: `${marked(mark)}\n${text}`,
          });
        }),
      ),

    close: (number) =>
      explained(`close issue ${number}`, WRITE, async () => {
        await settled(github, () =>
          github.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
            ...where,
            issue_number: number,
            state: 'closed',
          }),
        );
      }),
  };
}
