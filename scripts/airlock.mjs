#!/usr/bin/env node
// The `airlock` command: hands its arguments to its command line, under Node 24.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const child = spawn(
  process.execPath,
  [path('node24.mjs'), path('../cli/main.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
// A person's Ctrl-C reaches the child by itself; it decides when to end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
