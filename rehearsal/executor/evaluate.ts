import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { Expr } from '@actions/expressions/ast';
import { Binary, FunctionCall, Grouping, IndexAccess, Logical, Unary } from '@actions/expressions/ast';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { falsy } from '@actions/expressions/result';
import {
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
} from '@actions/workflow-parser';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';

type ExpressionData = data.ExpressionData;

/** What an expression can see: contexts by name, as plain values, and functions beyond the built-in ones. */
export interface Scope {
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly functions?: readonly FunctionDefinition[];
}

/** What `success()`, `failure()` and `cancelled()` answer here. Job ids are given at job level only. */
export interface Status {
  success(jobs: readonly string[]): boolean;
  failure(jobs: readonly string[]): boolean;
  cancelled(): boolean;
}

const STATUS_FUNCTIONS = new Set(['success', 'failure', 'cancelled', 'always']);

/** A plain value as the expression engine's data. `undefined` is null. */
export function toData(value: unknown): ExpressionData {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(toData));
  if (typeof value === 'object') {
    const pairs = Object.entries(value).filter(([, item]) => item !== undefined);
    return new data.Dictionary(...pairs.map(([key, item]) => ({ key, value: toData(item) })));
  }
  throw new TypeError(`A ${typeof value} has no form in an expression`);
}

/** The engine's data as a plain value. */
export const fromData = (value: ExpressionData): unknown => JSON.parse(JSON.stringify(value, data.replacer));

/** The engine's data as text, as GitHub writes it into a string. */
export const asText = (value: ExpressionData): string => value.coerceString();

const parse = (source: string, scope: Scope): Expr =>
  new Parser(new Lexer(source).lex().tokens, Object.keys(scope.contexts), [
    ...(scope.functions ?? []),
  ]).parse();

/** Evaluates one expression (without `${{ }}`). Throws GitHub's own error for what is not valid. */
export function evaluateExpression(source: string, scope: Scope): ExpressionData {
  const contexts = new data.Dictionary(
    ...Object.entries(scope.contexts).map(([key, value]) => ({ key, value: toData(value) })),
  );
  const functions = new Map((scope.functions ?? []).map((item) => [item.name.toLowerCase(), item]));
  return new Evaluator(parse(source, scope), contexts, functions).evaluate();
}

/** Evaluates a piece of a workflow file: literals stay, expressions become their plain values. */
export function evaluate(token: TemplateToken, scope: Scope): unknown {
  if (isBasicExpression(token)) return fromData(evaluateExpression(token.expression, scope));
  if (isString(token) || isNumber(token) || isBoolean(token)) return token.value;
  if (isSequence(token)) return [...items(token)].map((item) => evaluate(item, scope));
  if (isMapping(token)) {
    return Object.fromEntries(
      [...pairs(token)].map(([key, value]) => [evaluateText(key, scope), evaluate(value, scope)]),
    );
  }
  return null;
}

/** Evaluates to text: an absent token and null are empty. */
export function evaluateText(token: TemplateToken | undefined, scope: Scope): string {
  if (token === undefined) return '';
  return isBasicExpression(token)
    ? asText(evaluateExpression(token.expression, scope))
    : asText(toData(evaluate(token, scope)));
}

/** Evaluates a mapping of texts, such as `env` or `with`. The whole mapping may be one expression. */
export function evaluateTexts(token: TemplateToken | undefined, scope: Scope): Record<string, string> {
  if (token === undefined) return {};
  if (isMapping(token)) {
    return Object.fromEntries(
      [...pairs(token)].map(([key, value]) => [evaluateText(key, scope), evaluateText(value, scope)]),
    );
  }
  const whole = evaluate(token, scope);
  if (typeof whole !== 'object' || whole === null) return {};
  return Object.fromEntries(Object.entries(whole).map(([key, value]) => [key, asText(toData(value))]));
}

/** The expression of an `if:`; without a status function it stands behind an unsaid `success() &&`. */
export function conditionOf(token: TemplateToken | undefined, scope: Scope): string {
  if (token === undefined) return 'success()';
  const written = isBasicExpression(token) ? token.expression : asText(toData(evaluate(token, scope))).trim();
  if (written === '') return 'success()';
  return callsStatusFunction(parse(written, scope)) ? written : `success() && (${written})`;
}

/** Whether an `if:` lets the job or step run. */
export const holds = (condition: string, scope: Scope): boolean =>
  !falsy(evaluateExpression(condition, scope));

/** `success()`, `failure()`, `cancelled()` and `always()` over one status. */
export function statusFunctions(status: Status): FunctionDefinition[] {
  const define = (name: string, answer: (jobs: string[]) => boolean): FunctionDefinition => ({
    name,
    minArgs: 0,
    maxArgs: 255,
    call: (...jobs) => new data.BooleanData(answer(jobs.map(asText))),
  });
  return [
    define('success', (jobs) => status.success(jobs)),
    define('failure', (jobs) => status.failure(jobs)),
    define('cancelled', () => status.cancelled()),
    define('always', () => true),
  ];
}

function callsStatusFunction(expression: Expr): boolean {
  if (expression instanceof FunctionCall) {
    return (
      STATUS_FUNCTIONS.has(expression.functionName.lexeme.toLowerCase()) ||
      expression.args.some(callsStatusFunction)
    );
  }
  if (expression instanceof Binary)
    return callsStatusFunction(expression.left) || callsStatusFunction(expression.right);
  if (expression instanceof Unary) return callsStatusFunction(expression.expr);
  if (expression instanceof Logical) return expression.args.some(callsStatusFunction);
  if (expression instanceof Grouping) return callsStatusFunction(expression.group);
  if (expression instanceof IndexAccess)
    return callsStatusFunction(expression.expr) || callsStatusFunction(expression.index);
  return false;
}

/** The pairs of a mapping in the order of the file. */
export function* pairs(token: TemplateToken | undefined): Generator<[TemplateToken, TemplateToken]> {
  if (token === undefined || !isMapping(token)) return;
  for (let index = 0; index < token.count; index++) {
    const pair = token.get(index);
    yield [pair.key, pair.value];
  }
}

/** The items of a sequence. */
export function* items(token: TemplateToken | undefined): Generator<TemplateToken> {
  if (token === undefined || !isSequence(token)) return;
  for (let index = 0; index < token.count; index++) yield token.get(index);
}
