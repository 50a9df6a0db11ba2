import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runDaemon } from '../../../src/targets/local/daemon/daemon.ts';
import { FileStateStore, type StateStore } from '../../../src/targets/local/daemon/store.ts';

/**
 * A daemon that kills itself just before or just after one of its saves, as the file `die` in its folder
 * says (`{"save": 3, "when": "after"}`). It does so once: the next one lives. It keeps count in `saves`.
 */
const directory = process.argv[2] ?? '';
const order = path.join(directory, 'die');

function mortal(store: StateStore): StateStore {
  if (!existsSync(order)) return store;
  const { save: fatal, when } = JSON.parse(readFileSync(order, 'utf8'));
  let saves = 0;
  const dieIf = (now: boolean) => {
    if (!now) return;
    rmSync(order);
    process.kill(process.pid, 'SIGKILL');
  };
  return {
    get state() {
      return store.state;
    },
    save(next) {
      saves += 1;
      writeFileSync(path.join(directory, 'saves'), String(saves));
      dieIf(saves === fatal && when === 'before');
      store.save(next);
      dieIf(saves === fatal && when === 'after');
    },
  };
}

await runDaemon({ directory, openStore: (folder) => mortal(new FileStateStore(folder)) });
