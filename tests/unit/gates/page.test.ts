import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isEffective } from '../../../src/domain/gates/engine.ts';
import { GATES, type GateName } from '../../../src/domain/gates/gate.ts';
import { SKIPPABLE_GATES } from '../../../src/domain/hotfix/settings.ts';

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');
const [, table = ''] = /## Every gate\n([\s\S]*?)\n\n[^|\n]/.exec(page('gates.md')) ?? [];
const rows = table
  .trim()
  .split('\n')
  .slice(2)
  .map((row) => row.split('|').map((cell) => cell.trim()));
const cellsOf = (gate: GateName) => rows.find(([, name]) => name === gate) ?? [];

it('the page has every gate in the order in which a plan lists them, and nothing else', () => {
  expect(rows.map(([, gate]) => gate)).toEqual(GATES);
});

it.each(GATES)('%s: when it opens, its default, its code and its override stand there', (gate) => {
  const [, , opens = '', otherwise = '', codes = '', override = ''] = cellsOf(gate);
  expect(opens.length).toBeGreaterThan(20);
  expect(otherwise).not.toBe('');
  expect(codes).toMatch(/^(\[[A-Z_]+\]\(errors\.md#[a-z_]+\)(, |$))+/);
  const byOne = isEffective({ gate, by: 'ada' });
  const byTwo = isEffective({ gate, by: 'ada', second: 'grace' });
  expect(override).toMatch(byOne ? /^one person/ : byTwo ? /^two people/ : /^none/);
});

it.each(SKIPPABLE_GATES)('%s is named where a hotfix may leave it out', (gate) => {
  expect(page('hotfix.md')).toContain(`- **\`${gate}\`**`);
});
