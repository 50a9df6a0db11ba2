import { runDaemon } from './daemon.ts';

await runDaemon({ directory: process.argv[2] ?? '' });
