import { runDaemon } from './daemon.ts';

const [, , directory] = process.argv;
if (directory) {
  await runDaemon({ directory });
} else {
  console.error('Usage: local-daemon <folder of the environment>');
  process.exitCode = 2;
}
