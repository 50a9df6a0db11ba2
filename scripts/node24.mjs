#!/usr/bin/env node
// Runs a script of this project under Node 24, on a machine that may have an older Node.
// Plain JavaScript on purpose: this file is what an old Node reads.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const WANTED_MAJOR = 24;

/** Path of a Node 24 binary: this process when it is new enough, else the one npm installed beside us. */
function findNode24() {
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath;
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/node`);
  } catch {
    console.error(
      `Airlock needs Node ${WANTED_MAJOR}; this is ${process.version}, and npm has no ${name} package here.\n` +
        `Next: install Node ${WANTED_MAJOR} for this platform and run the command again.`,
    );
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const jsonImports = new URL('./json-imports.mjs', import.meta.url).href;
  const child = spawn(findNode24(), ['--import', jsonImports, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // A person's Ctrl-C reaches the whole group; a supervisor's signal reaches only us, so pass it on.
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code ?? 1);
  });
}
