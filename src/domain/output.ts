/** Lines and characters of a command's output that a summary shows: the end is where the error is. */
const LINES_SHOWN = 60;
const CHARACTERS_SHOWN = 12_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences begin with ESC
const TERMINAL_SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text that a terminal would show, without colours, cursor moves and overwritten progress bars. */
export const plainOutput = (output: string): string =>
  output
    .replaceAll(TERMINAL_SEQUENCES, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
    // Not by a pattern, which would look at every tail of a line of megabytes.
    .map((line) => line.slice(line.lastIndexOf('\r') + 1))
    .join('\n')
    .replaceAll(CONTROL_CHARACTERS, '');

/** The end of an output, short enough for a summary; says so when something was left out. */
export function outputTail(output: string): string {
  const lines = plainOutput(output).trimEnd().split('\n');
  const tail = lines.slice(-LINES_SHOWN).join('\n').slice(-CHARACTERS_SHOWN);
  const whole = lines.join('\n');
  return tail === whole ? tail : `… the whole output is in the log of this step\n${tail}`;
}
