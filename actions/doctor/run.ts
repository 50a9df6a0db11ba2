import { type Examined, examine } from '../../src/cycle/examine.ts';
import { countsOf, type Finding, verdictOf } from '../../src/domain/doctor/diagnose.ts';
import type { Annotation, Outcome } from '../../src/domain/outcome.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';
import { summarize } from './summary.ts';

/** Reports what is open in the repository's settings and workflows. Changes nothing. */
export async function doctor(
  inputs: Pick<Inputs<typeof contract>, 'fail-on'>,
  world: Examined,
): Promise<Outcome<Outputs<typeof contract>>> {
  const findings = await examine(world);
  return {
    ...judged(findings, inputs['fail-on']),
    outputs: { verdict: verdictOf(findings, 'open'), findings: JSON.stringify(findings) },
    summary: summarize(findings),
    annotations: findings.flatMap(annotate),
  };
}

function judged(findings: readonly Finding[], failOn: Inputs<typeof contract>['fail-on']) {
  const { open, unknown, warn, ok } = countsOf(findings);
  const headline = `${open} open, ${unknown} unknown, ${warn} to look at, ${ok} in order`;
  const verdict = failOn === 'none' ? 'sound' : verdictOf(findings, failOn);
  switch (verdict) {
    case 'sound':
      return { kind: 'done' as const, headline };
    case 'open':
      return {
        kind: 'refused' as const,
        reason: 'DOCTOR_FOUND_OPEN',
        headline,
        next: 'Mend what the summary lists, each with its way, and run the doctor again.',
      };
    case 'unknown':
      return {
        kind: 'refused' as const,
        reason: 'DOCTOR_CANNOT_TELL',
        headline,
        next: 'Give the doctor a token that may read the settings, as the secret DOCTOR_TOKEN (docs/doctor.md).',
      };
  }
}

const LEVELS = { open: 'error', unknown: 'warning', warn: 'warning' } as const;

function annotate({ id, severity, about, what, fix, at }: Finding): readonly Annotation[] {
  if (severity === 'ok') return [];
  return [
    {
      level: LEVELS[severity],
      message: `${about}: ${what} [${id}]. ${fix?.click ?? ''}`.trim(),
      ...(at === undefined ? {} : { at }),
    },
  ];
}
