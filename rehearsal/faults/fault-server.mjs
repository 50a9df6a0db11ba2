// Stands before an app that is to misbehave: starts it on a port of its own, passes requests on, and does
// one thing wrong in one environment. In every other environment the app takes the port itself.
//
//   node fault-server.mjs <environment> --rewrite <path> -- <command…>      tells of another release there
//                                       --refuse <path>                     answers 500 there
//                                       --delay <milliseconds> <path>       answers late there
//                                       --crash                             answers 500 once visitors come
//
// Plain JavaScript: it runs under whatever Node starts it.
import { spawn } from 'node:child_process';
import http from 'node:http';

const [environment, fault, ...rest] = process.argv.slice(2);
const end = rest.indexOf('--');
const words = rest.slice(0, end);
const [program, ...args] = rest.slice(end + 1);
const strikes = process.env.AIRLOCK_ENVIRONMENT === environment;
const ownPort = Number(process.env.PORT);
const appPort = strikes ? await freePort() : ownPort;

const app = spawn(program, args, { stdio: 'inherit', env: { ...process.env, PORT: String(appPort) } });
app.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
app.on('exit', (code) => process.exit(code ?? 1));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => app.kill(signal));

if (strikes) http.createServer(misbehave).listen(ownPort, process.env.HOST ?? '127.0.0.1');

let crashed = false;

function misbehave(request, response) {
  const path = (request.url ?? '/').split('?')[0];
  if (fault === '--crash') {
    crashed ||= isForVisitors(request);
    return crashed ? refuse(request, response) : forward(request, response);
  }
  if (path !== words.at(-1)) return forward(request, response);
  if (fault === '--refuse') return refuse(request, response);
  if (fault === '--delay') return setTimeout(() => forward(request, response), Number(words[0]));
  forward(request, response, tellOfAnotherRelease);
}

/** Whether this came over the environment's public address and not over the slot's own. */
function isForVisitors({ headers }) {
  return (headers['x-forwarded-host'] ?? headers.host) === new URL(process.env.AIRLOCK_URL).host;
}

function refuse(request, response) {
  request.resume();
  response.writeHead(500, { 'content-type': 'text/plain' });
  response.end('Injected fault.\n');
}

function forward(request, response, change) {
  const headers = { ...request.headers };
  // A body that is to be changed must come as it is written.
  if (change) delete headers['accept-encoding'];
  const outgoing = http.request({
    host: '127.0.0.1',
    port: appPort,
    method: request.method,
    path: request.url,
    headers,
  });
  outgoing.on('error', () => {
    if (response.headersSent) return response.destroy();
    response.writeHead(502).end('The app does not answer.\n');
  });
  outgoing.on('response', async (incoming) => {
    if (!change) {
      response.writeHead(incoming.statusCode, incoming.statusMessage, incoming.rawHeaders);
      incoming.pipe(response);
      incoming.on('error', () => response.destroy());
      return;
    }
    const { 'content-length': _, 'transfer-encoding': __, etag: ___, ...kept } = incoming.headers;
    try {
      const body = change(Buffer.concat(await incoming.toArray()).toString('utf8'));
      response.writeHead(incoming.statusCode, { ...kept, 'content-length': Buffer.byteLength(body) });
      response.end(request.method === 'HEAD' ? undefined : body);
    } catch {
      response.destroy();
    }
  });
  request.pipe(outgoing);
}

function tellOfAnotherRelease(body) {
  try {
    const answer = JSON.parse(body);
    const changed = { ...answer, version: '0.0.0-injected' };
    if ('status' in answer) changed.status = 'failing';
    return JSON.stringify(changed);
  } catch {
    return '0.0.0-injected\n';
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = http.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
    server.on('error', reject);
  });
}
