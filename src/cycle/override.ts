import { mayCommand } from '../domain/command/author.ts';
import { isEffective, OVERRIDABLE_GATES } from '../domain/gates/engine.ts';
import { LONGEST_OVERRIDE_MS } from '../domain/holds.ts';
import { readUntil } from '../domain/until.ts';
import { record, told } from './control-entry.ts';
import { named } from './control-release.ts';
import { type ControlOutcome, type ControlRequest, type ControlWorld, refuse } from './control-world.ts';

/** How long an override lasts of which nobody says how long. */
const OVERRIDE = '4h';

/** Opens one gate by the word of as many people as it takes, for a time. */
export async function override(given: ControlRequest, world: ControlWorld): Promise<ControlOutcome> {
  const { gate, second } = given;
  const { by } = world;
  if (!OVERRIDABLE_GATES.some((one) => one === gate)) {
    return refuse(
      'GATE_NOT_OVERRIDABLE',
      `No override opens the gate "${gate.slice(0, 40)}"`,
      `Name one of ${OVERRIDABLE_GATES.join(', ')}.`,
    );
  }
  const other = second.trim().replace(/^@/, '');
  const person = other === '' ? {} : { second: other };
  const isOther = other !== '' && other.toLowerCase() !== by.toLowerCase();
  if (!isEffective({ gate, by, ...(isOther ? person : {}) })) {
    return refuse(
      'SECOND_PERSON_MISSING',
      `The gate ${gate} is opened by two people, and this names ${by} alone`,
      'Put the login of the second person into `second`.',
    );
  }
  const outsider = await outsiderAmong(isOther ? [by, other] : [by], world);
  if (outsider !== undefined) {
    return refuse(
      'OVERRIDE_NOT_PERMITTED',
      `${outsider.slice(0, 40)} has no write access to this repository, and opens no gate of it`,
      'Let somebody with write access start it, and name another one in `second`.',
    );
  }
  const found = given.release.trim() === '' ? undefined : await named(given, world);
  if (found && 'kind' in found) return found;
  const until = readUntil(given.until.trim() || OVERRIDE, world.clock.now(), LONGEST_OVERRIDE_MS);
  const entry = await record(world, given, 'override', { ...found, ...person, gate, until, lifts: [] });
  const people = isOther ? `${by} and ${other}` : by;
  const { name } = world.environment;
  return {
    ...(await told(
      world,
      `${people} opened the gate ${gate} of ${name} until ${until}: ${given.reason}`,
      entry,
    )),
    annotations: [
      {
        level: 'warning',
        message: `${people} overrode the gate ${gate} of ${name} until ${until}: ${given.reason}`,
      },
    ],
  };
}

/** The first of them who may change nothing here, as GitHub says now. */
async function outsiderAmong(
  logins: readonly string[],
  { people }: ControlWorld,
): Promise<string | undefined> {
  for (const login of logins) if (!mayCommand(await people.permission(login))) return login;
  return undefined;
}
