// Takes ports as a rehearsal does, says which, and keeps them until its standard input ends.
import { freePort, portLike } from '../../../rehearsal/services/ports.ts';

const wanted = Number(process.argv[2]);
const ports = [await portLike(wanted), await portLike(wanted), await freePort(), await freePort()];
console.log(JSON.stringify(ports));
process.stdin.resume();
