/**
 * A contract is the one source of an action's inputs, outputs, defaults, secrets and permissions. From it
 * come action.yml, the README tables, the permissions tables and the types of `inputs` and `outputs`;
 * `npm run check` fails on any difference.
 */
export interface Contract<I extends InputSpecs = InputSpecs, O extends OutputSpecs = OutputSpecs> {
  /** Folder under `actions/` and under `dist/`. */
  readonly name: string;
  /** The verb phrase that action lists show. */
  readonly title: string;
  readonly description: string;
  readonly inputs: I;
  readonly outputs: O;
  /** What the job's token must be allowed, and why. */
  readonly permissions: Readonly<Record<string, { readonly access: 'read' | 'write'; readonly why: string }>>;
  /** Stable reason codes of expected refusals and what each means. */
  readonly refusals: Readonly<Record<string, string>>;
  /** Whether the action settles what was left open when its job ends, cancelled or killed. */
  readonly post: boolean;
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;

interface Described {
  readonly description: string;
  /** Masked before anything else happens. */
  readonly secret?: true;
}

export type InputSpec = Described &
  (
    | { readonly required: true; readonly default?: never }
    | { readonly required?: never; readonly default: string }
  ) &
  (
    | { readonly kind: 'text' }
    | { readonly kind: 'boolean' }
    | { readonly kind: 'integer'; readonly minimum?: number; readonly maximum?: number }
    | { readonly kind: 'choice'; readonly choices: readonly string[] }
    /** Names separated by commas or new lines. */
    | { readonly kind: 'list' }
    | { readonly kind: 'json' }
  );

export interface OutputSpec {
  readonly description: string;
}
export type OutputSpecs = Readonly<Record<string, OutputSpec>>;

type InputValue<S extends InputSpec> = S extends { kind: 'boolean' }
  ? boolean
  : S extends { kind: 'integer' }
    ? number
    : S extends { kind: 'choice'; choices: readonly (infer C)[] }
      ? C
      : S extends { kind: 'list' }
        ? readonly string[]
        : S extends { kind: 'json' }
          ? unknown
          : string;

/** The parsed inputs of a contract, by the names that stand in action.yml. */
export type Inputs<C extends Contract> = { readonly [K in keyof C['inputs']]: InputValue<C['inputs'][K]> };

/** What a use case may output: only declared names; an absent one is written as an empty text. */
export type Outputs<C extends Contract> = { readonly [K in keyof C['outputs']]?: string | undefined };

/** Outputs every action has. */
export const STANDARD_OUTPUTS = {
  result: { description: '`done`, `refused` (an expected no, see `reason`) or `failed`.' },
  reason: { description: 'Stable code of the refusal or failure; empty when done. See docs/errors.md.' },
} as const satisfies OutputSpecs;

/** Types a contract by its own literals, so that a misspelt input is a compile error. */
export function defineContract<const I extends InputSpecs, const O extends OutputSpecs>(
  contract: Contract<I, O>,
): Contract<I, O> {
  return contract;
}
