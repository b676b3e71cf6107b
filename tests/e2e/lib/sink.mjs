// A collector of the test's own: signs receipts as the real one does, and can be told to misbehave.
import { generateKeyPairSync, sign } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { zstdDecompressSync } from 'node:zlib';
import { signInsights } from './insights.mjs';
import { sha256 } from './receipt.mjs';

/**
 * Starts one. `bodies` are the unpacked bodies it took, in order; `requests` counts posts. Set
 * `behaviour` to (request, body, answer) → void: it decides when and how `answer(status, headers)`
 * is given; without one, every report is accepted. Set `insights` to what the bundle of insights says, or to its bytes:
 * `asked` has the questions for it, {url, headers, status}. `bytes` are all that ever came in.
 */
export async function startSink(bench, { tls } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url').toString('base64');
  const sink = { key, bodies: [], requests: 0, begun: 0, behaviour: undefined, insights: undefined, asked: [], bytes: [] };
  const known = new Set();
  const accept = (request, body, answer) => answer(200);
  const handle = (request, response) => {
    if (request.url.endsWith('/v1/key')) {
      response.end(JSON.stringify({ schema_version: 1, key }));
      return;
    }
    if (request.url.endsWith('/insights.json')) {
      response.on('finish', () => sink.asked.push({ url: request.url, headers: request.rawHeaders, status: response.statusCode }));
      if (sink.insights === undefined) {
        response.writeHead(404).end(JSON.stringify({ error: { reason: 'unknown', message: 'There is no such product.' } }));
        return;
      }
      const bundle = typeof sink.insights === 'string' ? sink.insights : signInsights(sink.insights, { publicKey, privateKey });
      const etag = `"${sha256(bundle).slice(0, 32)}"`;
      if (request.headers['if-none-match'] === etag) response.writeHead(304, { ETag: etag }).end();
      else response.writeHead(200, { ETag: etag }).end(bundle);
      return;
    }
    sink.begun += 1;
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      sink.requests += 1;
      const body = zstdDecompressSync(Buffer.concat(parts));
      (sink.behaviour ?? accept)(request, body, (status, headers = {}) => {
        if (status !== 200) {
          response.writeHead(status, headers).end();
          return;
        }
        const digest = sha256(body);
        const { contract } = JSON.parse(body).candor;
        const received = new Date().toISOString();
        const text = `candor receipt 1\n${digest}\n${contract}\n${received}\n`;
        const signature = sign(null, Buffer.from(text), privateKey).toString('base64');
        const duplicate = known.has(digest);
        known.add(digest);
        if (!duplicate) sink.bodies.push(body);
        response.end(
          JSON.stringify({
            schema_version: 1,
            status: duplicate ? 'duplicate' : 'accepted',
            receipt: { body_sha256: digest, contract, received_at: received, key, signature },
            dropped: [],
            quarantined: [],
          }),
        );
      });
    });
    request.on('error', () => {});
  };
  const server = tls ? https.createServer(tls, handle) : http.createServer(handle);
  server.on('connection', (socket) => socket.on('data', (bytes) => sink.bytes.push(bytes)));
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  sink.port = server.address().port;
  sink.url = `${tls ? 'https' : 'http'}://127.0.0.1:${sink.port}`;
  bench.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return sink;
}
