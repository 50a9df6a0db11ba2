import { suggestion } from '../src/config/nearest.ts';

const COMMANDS = {
  rehearse: () => import('../rehearsal/cli/main.ts'),
  doctor: () => import('./doctor/main.ts'),
} as const;

const HELP = `airlock <command> [options]

  rehearse   a release on this machine: your workflow, the real actions, a throw-away GitHub and PostgreSQL
  doctor     what is open in your repository on GitHub, and the way to mend it

Run \`airlock <command> --help\` for a command's options.
`;

const [command = 'help'] = process.argv.slice(2);
if (Object.hasOwn(COMMANDS, command)) await COMMANDS[command as keyof typeof COMMANDS]();
else if (['help', '--help', '-h'].includes(command)) process.stdout.write(HELP);
else {
  const near = suggestion(command, [...Object.keys(COMMANDS), 'help']);
  process.stderr.write(`ARGUMENTS_WRONG: There is no command ${JSON.stringify(command)}${near}.\n${HELP}`);
  process.exitCode = 1;
}
