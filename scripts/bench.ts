// Measures what the product promises and prints it as a table; --write puts it into docs/benchmarks.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { coldStart, measuredCommit, size } from '../bench/bundles.ts';
import type { BenchOptions, Figure } from '../bench/figure.ts';
import { gates } from '../bench/gates.ts';
import { injections } from '../bench/injections.ts';
import { kills } from '../bench/kills.ts';
import { lanes } from '../bench/lanes.ts';
import { rehearsal } from '../bench/rehearsal.ts';
import { suite } from '../bench/suite.ts';
import { switches } from '../bench/switches.ts';
import { activation } from '../bench/vercel/activation.ts';
import { vercelColdStart } from '../bench/vercel/cold-start.ts';
import { uploads } from '../bench/vercel/uploads.ts';
import { fillRegion } from './generators/contract-tables.ts';

const PAGE = new URL('../docs/benchmarks.md', import.meta.url);

type Measure = (options: BenchOptions) => Figure[] | Promise<Figure[]>;

const GROUPS: Readonly<Record<string, Measure>> = {
  'cold-start': coldStart,
  size,
  switches,
  rehearsal,
  kills,
  lanes,
  gates,
  injections,
  'vercel-uploads': uploads,
  'vercel-activation': activation,
  'vercel-cold-start': vercelColdStart,
  suite,
};
const FLAGS: readonly string[] = ['--write', '--with-cli'];

const given = process.argv.slice(2);
const write = given.includes('--write');
const options: BenchOptions = { withCli: given.includes('--with-cli') };
const wanted = given.filter((argument) => !FLAGS.includes(argument));
const unknown = wanted.filter((name) => !(name in GROUPS));
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(', ')}; there are ${Object.keys(GROUPS).join(', ')}.`);
  process.exit(2);
}
if (write && wanted.length > 0) {
  console.error('--write is for all groups at once: the page would lose the figures of the others.');
  process.exit(2);
}

const HEAD = '| figure | measured | target | |\n| --- | --- | --- | --- |';
console.log(HEAD);
const rows: string[] = [];
let missed = 0;
let unheld = 0;
for (const [name, measure] of Object.entries(GROUPS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const { what, measured, target, holds } of await figuresOf(name, measure)) {
    if (holds === false) missed += 1;
    if (holds === undefined) unheld += 1;
    const row = `| ${what} | ${measured} | ${target} | ${holds === undefined ? '–' : holds ? '✓' : '✗'} |`;
    rows.push(row);
    console.log(row);
  }
}
if (write) {
  const at = `Commit ${measuredCommit()}, ${availableParallelism()} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.`;
  const text = readFileSync(PAGE, 'utf8');
  writeFileSync(PAGE, fillRegion('docs/benchmarks.md', text, 'figures', [at, '', HEAD, ...rows].join('\n')));
}
console.log(missed === 0 ? 'Every target that was measured is met.' : `${missed} targets are missed.`);
if (unheld > 0) console.log(`${unheld} figures are held to nothing: not measured, or told only.`);
process.exitCode = missed === 0 ? 0 : 1;

/** What could not be measured is a target missed. */
async function figuresOf(name: string, measure: Measure): Promise<Figure[]> {
  try {
    return await measure(options);
  } catch (error) {
    console.error(error);
    return [{ what: name, measured: 'could not be measured', target: 'a figure', holds: false }];
  }
}
