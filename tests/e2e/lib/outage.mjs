// A way to a collector that does not always work.
import http from 'node:http';

const kRefusal = {
  'retry-after': '1',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Retry-After',
};

/**
 * Starts one in front of `url`. For each request `fate(number, address)` says what happens to it: 'passes', 'refused'
 * (503, the collector does not see it), 'busy' (429, the same) or 'lost' (the collector takes it, its client gets 503).
 * `fates` counts them. What a browser asks first passes, and is not counted.
 */
export async function startOutage(bench, url, fate) {
  const fates = { passes: 0, refused: 0, busy: 0, lost: 0 };
  let number = 0;
  const server = http.createServer((request, response) => {
    const what = request.method === 'OPTIONS' ? 'passes' : fate(number++, request.url);
    if (request.method !== 'OPTIONS') ++fates[what];
    const refuse = () => response.writeHead(what === 'busy' ? 429 : 503, kRefusal).end();
    if (what === 'refused' || what === 'busy') {
      request.resume().on('end', refuse);
      return;
    }
    const { method, headers } = request;
    const onward = http.request(new URL(request.url, url), { method, headers }, (answer) => {
      if (what === 'lost') {
        answer.resume().on('end', refuse);
      } else {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      }
    });
    onward.on('error', refuse);
    request.pipe(onward);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  bench.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, fates };
}
