// A proxy of the test's own: absolute-form requests for http, CONNECT for https.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

/**
 * Starts one; `credentials` is "user:password" or nothing, `tls` {key, cert} makes it an https proxy.
 * `seen` lists what it was asked: {method, target, authorization}. Every target's host is looked for
 * on this machine.
 */
export async function startProxy(bench, { credentials, tls } = {}) {
  const seen = [];
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  const allows = (request) => {
    const authorization = request.headers['proxy-authorization'];
    seen.push({ method: request.method, target: request.url, authorization });
    return !wanted || authorization === wanted;
  };
  const pass = (request, response) => {
    if (!allows(request)) {
      response.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const { port, pathname, search } = new URL(request.url);
    const onward = http.request(
      { host: '127.0.0.1', port, path: pathname + search, method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  };
  const server = tls ? https.createServer(tls, pass) : http.createServer(pass);
  const sockets = new Set();
  server.on('connect', (request, socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (!allows(request)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const onward = net.connect(Number(request.url.split(':').pop()), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket);
      socket.pipe(onward);
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  bench.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { seen, port: server.address().port };
}
