import type { Configuration } from '../../configuration.ts';
import { shellWord } from '../commands.ts';
import type { Read } from '../facts.ts';
import { no, ok, type Rule, type Sighting, whenRead } from '../rule.ts';

/** Secrets that belong to one environment each. */
const OF_ENVIRONMENTS = ['DATABASE_URL', 'APP_VARIABLES', 'VERCEL_TOKEN', 'VERCEL_AUTOMATION_BYPASS_SECRET'];

export const secretsLevel: Rule = {
  id: 'secrets-level',
  asks: 'Do credentials of environments stand in the environments only?',
  weight: 'open',
  why: 'A repository’s or organisation’s secret goes to any workflow on any branch, past every gate.',
  fix: ({ repository, about }) => ({
    click: `Settings → Environments → ENVIRONMENT → Environment secrets: add ${about} to each; then Settings → Secrets and variables → Actions: delete it.`,
    command: `gh secret set ${shellWord(about)} --repo ${repository} --env ENVIRONMENT && gh secret delete ${shellWord(about)} --repo ${repository}`,
  }),
  look: (facts) => {
    const { configuration, settings, repository } = facts;
    // Every environment needs its own before the common one goes.
    const setting = (secret: string) =>
      configuration.environments
        .map(
          ({ name }) =>
            `gh secret set ${secret} --repo ${repository.owner}/${repository.name} --env ${shellWord(name)}`,
        )
        .join(' && ');
    const level = (name: string, read: Read<readonly string[]>, deletion: (secret: string) => string) =>
      whenRead(read, name, (secrets): readonly Sighting[] => {
        const misplaced = secrets.filter((secret) => isMisplaced(secret, configuration));
        if (misplaced.length === 0) return [ok(name, 'holds no credential of an environment')];
        return misplaced.map((secret) =>
          no(secret, `stands in the ${name}`, {
            fix: {
              click: `Settings → Environments → each environment → Environment secrets: add ${secret}; then delete it where it stands now.`,
              command: `${setting(secret)} && ${deletion(secret)}`,
            },
          }),
        );
      });
    return [
      ...level(
        'repository’s secrets',
        settings.repositorySecrets,
        (secret) => `gh secret delete ${secret} --repo ${repository.owner}/${repository.name}`,
      ),
      ...level(
        'organisation’s secrets',
        settings.organizationSecrets,
        (secret) => `gh secret delete ${secret} --org ${repository.owner}`,
      ),
    ];
  },
};

/** The build's `variables` check reads the names in a repository's APP_VARIABLES: then it may stand there. */
const isMisplaced = (secret: string, { build }: Configuration): boolean =>
  OF_ENVIRONMENTS.includes(secret) &&
  !(secret === 'APP_VARIABLES' && build.checks.some(({ kind }) => kind === 'configuration'));
