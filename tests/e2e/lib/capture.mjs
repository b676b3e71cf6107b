// An HTTP proxy that passes everything on and keeps what it saw.
import { once } from 'node:events';
import http from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

const kUnpack = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  deflate: inflateSync,
  zstd: zstdDecompressSync,
};

/** `url` has the user and the password; `seen` grows: {method, path, headers, body, status}. */
export async function startCapture(bench, { user = 'agent', password } = {}) {
  const seen = [];
  const wanted =
    password && `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { 'proxy-authorization': given, ...headers } = request.headers;
    if (wanted && given !== wanted) {
      response.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="proxy"' }).end();
      return;
    }
    const packed = Buffer.concat(parts);
    const unpack = kUnpack[headers['content-encoding']] ?? ((bytes) => bytes);
    const target = new URL(request.url);
    const passed = http.request(
      target,
      { method: request.method, headers, agent: false },
      (answer) => {
        seen.push({
          method: request.method,
          path: target.pathname,
          headers: request.rawHeaders.filter(
            (_, i, all) => !/^proxy-authorization$/i.test(all[i - (i % 2)]),
          ),
          body: unpack(packed),
          status: answer.statusCode,
          socket: request.socket,
        });
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    passed.on('error', () => response.destroy());
    passed.end(packed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  bench.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const credentials = wanted ? `${user}:${password}@` : '';
  return { seen, url: `http://${credentials}127.0.0.1:${server.address().port}` };
}
