// Debian's Prometheus, which scrapes a small target of the test's own and writes on what it finds.
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

/** Starts it; `page(k)` is what the target shows at its k-th scrape, from 1; undefined: nothing more. {server, scrapes(), stop()}. */
export async function startPrometheus(bench, { writeUrl, page, externalLabels = {} }) {
  let scrapes = 0;
  const target = http.createServer((_request, response) => {
    const text = page(scrapes + 1);
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.statusCode = text === undefined ? 503 : 200;
    if (text !== undefined) ++scrapes;
    response.end(text);
  });
  await new Promise((listening) => target.listen(0, '127.0.0.1', listening));
  bench.defer(() => new Promise((closed) => {
    target.close(closed);
    target.closeAllConnections();
  }));
  const folder = bench.folder('prometheus');
  const config = path.join(folder, 'prometheus.yml');
  const document = {
    global: { scrape_interval: '2s', scrape_timeout: '2s', external_labels: externalLabels },
    scrape_configs: [
      {
        job_name: 'platform',
        static_configs: [{ targets: [`127.0.0.1:${target.address().port}`] }],
      },
    ],
    remote_write: [
      {
        url: writeUrl,
        queue_config: { min_backoff: '50ms', max_backoff: '500ms', batch_send_deadline: '200ms' },
      },
    ],
  };
  writeFileSync(config, JSON.stringify(document)); // JSON is YAML
  const server = bench.start('prometheus', [
    '--enable-feature=agent',
    `--config.file=${config}`,
    `--storage.agent.path=${path.join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
  ]);
  return { server, scrapes: () => scrapes, stop: () => server.stop() };
}
