import { environmentPath } from '../commands.ts';
import { isSameEnvironment } from '../places.ts';
import { no, ok, type Rule, unknown, whenRead } from '../rule.ts';

export const environmentExists: Rule = {
  id: 'environment-exists',
  asks: 'Does GitHub have each environment of airlock.yml?',
  weight: 'open',
  why: 'GitHub makes a missing environment when a job first names it, without any protection.',
  fix: ({ repository, about }) => ({
    click: `Settings → Environments → New environment → ${about}, then its rules.`,
    command: `gh api -X PUT ${environmentPath(repository, about)}`,
  }),
  look: ({ configuration, settings }) =>
    configuration.environments.flatMap(({ name }) => {
      const found = settings.environments.find((one) => isSameEnvironment(one.name, name));
      if (found === undefined) return [unknown(name, `GitHub was not asked about ${name}`)];
      return whenRead(found.gate, name, (gate) =>
        gate === undefined ? no(name, `${name} is not there`) : ok(name, `${name} is there`),
      );
    }),
};
