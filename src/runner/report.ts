import { appendFileSync } from 'node:fs';
import * as core from '@actions/core';
import { Failure } from '../domain/failure.ts';
import { code, details, preformatted, text } from '../domain/markdown.ts';
import type { Annotation, Outcome } from '../domain/outcome.ts';
import type { Contract, STANDARD_OUTPUTS } from './contract.ts';
import { placed, print } from './log.ts';

/** GitHub shows ten annotations of a kind for a step and drops the rest without a word. */
const ANNOTATIONS_SHOWN = 10;
const ANNOTATION_LENGTH = 4_096;
/** GitHub refuses a larger summary of one step. */
const SUMMARY_BYTES = 1024 * 1024;

const ERRORS_PAGE = 'https://github.com/airlock-actions/airlock/blob/main/docs/errors.md';

type Redact = (text: string) => string;
type AnyOutputs = Readonly<Record<string, string | undefined>>;
type AnyOutcome = Outcome<AnyOutputs>;

/**
 * Writes an outcome where GitHub looks for it.
 *
 * @returns the exit code: an expected no stops the job as a failure does
 */
export function reportOutcome(contract: Contract, outcome: AnyOutcome, redact: Redact): 0 | 1 {
  refuseUndeclared(contract, outcome.outputs);
  const refused = outcome.kind === 'refused';
  if (refused && !(outcome.reason in contract.refusals)) {
    throw new Failure(
      'REFUSAL_UNDECLARED',
      `${contract.name} refused with ${outcome.reason}, which its contract does not declare.`,
      'This is a defect of Airlock: please report it.',
    );
  }
  writeOutputs(
    contract,
    outcome.outputs,
    refused ? 'refused' : 'done',
    refused ? outcome.reason : '',
    redact,
  );
  annotate(outcome.annotations ?? [], redact);
  const mark = refused ? '⛔' : outcome.waits ? '⏳' : '✅';
  writeSummary(
    [
      `### ${mark} ${contract.name}: ${text(outcome.headline)}`,
      ...(refused ? [`**Reason** ${code(outcome.reason)} · **Next** ${text(outcome.next)}`] : []),
      outcome.summary,
    ],
    redact,
  );
  if (refused) {
    core.error(annotation(redact(outcome.headline), redact(` [${outcome.reason}] ${outcome.next}`)), {
      title: `${contract.name} refused`,
    });
    return 1;
  }
  print(redact(outcome.headline));
  return 0;
}

/** Writes outputs in the middle of the work. */
export function reportOutputs(contract: Contract, outputs: AnyOutputs, redact: Redact): void {
  refuseUndeclared(contract, outputs);
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, redact(value ?? ''));
}

function refuseUndeclared(contract: Contract, outputs: AnyOutputs): void {
  const undeclared = Object.keys(outputs).filter((name) => !(name in contract.outputs));
  if (undeclared.length === 0) return;
  throw new Failure(
    'OUTPUT_UNDECLARED',
    `${contract.name} wrote outputs that its contract does not declare: ${undeclared.join(', ')}.`,
    'This is a defect of Airlock: please report it.',
  );
}

/**
 * Writes a failure: one annotation at its place, one block in the summary, no stack unless debugging.
 *
 * @param reported outputs that were written before it; undefined for a post, which has none
 */
export function reportFailure(
  contract: Contract,
  thrown: unknown,
  reported: AnyOutputs | undefined,
  redact: Redact,
): 1 {
  const failure = asFailure(thrown);
  if (reported) writeOutputs(contract, reported, 'failed', failure.code, redact);
  const { at } = failure;
  if (failure.problems.length > 0) {
    annotate(
      failure.problems.map(({ message, at }) => ({ level: 'error', message, at })),
      redact,
    );
  }
  core.error(annotation(redact(failure.message), redact(` Next: ${failure.next} [${failure.code}]`)), {
    title: `${contract.name} failed`,
    // The places of several problems have their own annotations.
    ...(failure.problems.length === 0 ? placed(at) : {}),
  });
  const stack = redact(describeCauses(failure));
  if (core.isDebug()) core.debug(stack);
  const [headline = '', ...list] = failure.message.split('\n');
  writeSummary(
    [
      `### ❌ ${contract.name}: ${text(headline)}`,
      ...(list.length === 0 ? [] : [preformatted(list.join('\n'))]),
      `**Next** ${text(failure.next)}`,
      `**Code** [${code(failure.code)}](${ERRORS_PAGE}#${failure.code.toLowerCase()})`,
      ...(core.isDebug()
        ? [details('Stack', `\n\`\`\`text\n${stack.replaceAll('```', "'''")}\n\`\`\`\n`)]
        : []),
    ],
    redact,
  );
  return 1;
}

/** As much of a message as GitHub shows; what stands at its end is shown whatever its length. */
function annotation(message: string, end: string): string {
  const room = ANNOTATION_LENGTH - end.length;
  return message.length <= room ? message + end : `${message.slice(0, room - 1)}…${end}`;
}

/** Anything thrown, as a failure. What nobody foresaw keeps its message and says that it is our defect. */
function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure(
    'UNEXPECTED',
    `Something unforeseen happened: ${message}`,
    'Run the job again with debug logging; if it stays, please report it with the log.',
    { cause: thrown },
  );
}

function describeCauses(failure: Failure): string {
  const parts: string[] = [];
  for (let error: unknown = failure; error instanceof Error; error = error.cause)
    parts.push(error.stack ?? error.message);
  return parts.join('\ncaused by: ');
}

function writeOutputs(
  contract: Contract,
  outputs: AnyOutputs,
  result: 'done' | 'refused' | 'failed',
  reason: string,
  redact: Redact,
): void {
  for (const name of Object.keys(contract.outputs)) core.setOutput(name, redact(outputs[name] ?? ''));
  const standard: Record<keyof typeof STANDARD_OUTPUTS, string> = { result, reason };
  for (const [name, value] of Object.entries(standard)) core.setOutput(name, value);
}

function annotate(annotations: readonly Annotation[], redact: Redact): void {
  const printers = { error: core.error, warning: core.warning, notice: core.notice };
  for (const [level, print] of Object.entries(printers)) {
    const ofLevel = annotations.filter((annotation) => annotation.level === level);
    // One place is kept for the refusal itself or for the count of those that do not fit.
    const shown = ofLevel.slice(0, ANNOTATIONS_SHOWN - 2);
    for (const { message, at } of shown) {
      print(redact(message).slice(0, ANNOTATION_LENGTH), placed(at));
    }
    if (ofLevel.length > shown.length)
      print(`… and ${ofLevel.length - shown.length} more: see the step's summary.`);
  }
}

function writeSummary(parts: readonly string[], redact: Redact): void {
  const path = process.env.GITHUB_STEP_SUMMARY;
  if (!path) return;
  const whole = Buffer.from(`${redact(parts.filter((part) => part !== '').join('\n\n'))}\n\n`);
  const note = '\n\n… cut: the summary is longer than GitHub shows.\n';
  const fitting =
    whole.length <= SUMMARY_BYTES ? whole : whole.subarray(0, SUMMARY_BYTES - Buffer.byteLength(note) - 4);
  // A cut may fall inside a character: toString puts U+FFFD there and the text stays valid.
  appendFileSync(
    path,
    fitting.length === whole.length ? whole : fitting.toString('utf8').replace(/\uFFFD$/, '') + note,
  );
}
