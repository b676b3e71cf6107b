// A way to the real engine, which can be made a bad one: it hangs (takes requests and never answers) or is slow.
import http from 'node:http';

/** Starts it in front of the engine's socket; `mode` is 'passes', 'hangs' or 'slow'. */
export async function startBadEngine(bench, socketPath, delayMs) {
  const engine = { mode: 'passes', asked: 0 };
  const server = http.createServer((request, response) => {
    ++engine.asked;
    const { method, headers, url } = request;
    const pass = () => {
      const onward = http.request({ socketPath, path: url, method, headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    };
    if (engine.mode === 'passes') pass();
    else if (engine.mode === 'slow') setTimeout(pass, delayMs);
    else request.resume();
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  engine.url = `http://127.0.0.1:${server.address().port}`;
  /** Those that hang learn that the other side is gone. */
  engine.cut = () => server.closeAllConnections();
  bench.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return engine;
}
