// Loaded into every contender before its own code: writes down the most memory that the process ever had.
// Plain JavaScript on purpose: it costs each of them the same, and next to nothing.
import { writeFileSync } from 'node:fs';

const { BENCH_PEAKS } = process.env;
process.on('exit', () => {
  // In KiB, as getrusage has it.
  if (BENCH_PEAKS) writeFileSync(`${BENCH_PEAKS}/${process.pid}`, String(process.resourceUsage().maxRSS));
});
// The benchmark's patience is over.
process.on('SIGTERM', () => process.exit(143));
