// M1: what a scrape of a machine costs: the agent beside Debian's node exporter, both over HTTPS with a password, by the
// same web.yml; then 2,000 series of a service, filtered and relabelled.
import assert from 'node:assert/strict';
import https from 'node:https';
import path from 'node:path';
import { makeCertificate } from '../../tests/e2e/lib/certificate.mjs';
import { until } from '../../tests/e2e/lib/bench.mjs';
import { basic, hashed, kContract, serve, startMonitored } from '../../tests/e2e/lib/monitored.mjs';
import { interleaved, median, ratioOf } from '../lib/pairs.mjs';
import { figure } from '../lib/text.mjs';
import { cpuOf, memoryOf } from '../lib/usage.mjs';

const kPassword = 'a long enough kestrel password';
const kSeries = 2_000;
const kScrapes = 500; // of 2,000 series
const kMostResident = 24 * 1024 * 1024;
const kAim = 5; // ms of CPU

const milliseconds = (value) => `${figure(value)} ms`;
const megabytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** Asks again and again on one connection, as Prometheus does. */
function scraper(address, ca) {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca });
  return () =>
    new Promise((done, fail) => {
      https
        .get(`${address}/metrics`, { agent, headers: basic('prometheus', kPassword) }, (response) => {
          let bytes = 0;
          response.on('data', (piece) => (bytes += piece.length));
          response.on('end', () => (response.statusCode === 200 ? done(bytes) : fail(new Error(`status ${response.statusCode}`))));
        })
        .on('error', fail);
    });
}

/** {pid, turn} of what is scraped for so long. */
const scraped = (pid, scrape, seconds) => ({
  pid,
  turn: async () => {
    let items = 0;
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ++items) await scrape();
    return { items };
  },
});

async function nodeExporter(scope, web) {
  const server = scope.start('prometheus-node-exporter', ['--web.listen-address=127.0.0.1:0', `--web.config.file=${web}`]);
  const port = await until('the node exporter listens', () => {
    assert.equal(server.exit, undefined, server.err);
    return /msg="Listening on" address=\S*?:(\d+)/.exec(server.err)?.[1];
  });
  return { pid: server.child.pid, url: `https://127.0.0.1:${port}` };
}

/** A product's page: requests by code and workspace, which the contract wants keyed, and a path that it does not list. */
const page = `# TYPE acme_api_requests_total counter\n${Array.from({ length: kSeries }, (_, i) =>
  `acme_api_requests_total{code="${200 + (i % 300)}",workspace="workspace-${i}",path="/"} ${i}\n`).join('')}`;

export async function run(scope, { pairs, seconds }) {
  const certificate = await makeCertificate(scope);
  const web =
    `tls_server_config: {cert_file: ${certificate.file}, key_file: ${certificate.keyFile}}\n` +
    `basic_auth_users: {prometheus: ${hashed('prometheus', kPassword)}}\n`;
  const start = (more) => startMonitored(scope, {
    toml: `[monitor]\nweb_config_file = "web.yml"\n${more}`, files: { 'web.yml': web },
  }); // prettier-ignore
  const alone = await start('');
  const exporter = await nodeExporter(scope, path.join(alone.candor.folder, 'web.yml'));
  const pid = alone.agent.child.pid;
  const results = await interleaved(scope, pairs, {
    candor: scraped(pid, scraper(alone.url, certificate.cert), seconds),
    peer: scraped(exporter.pid, scraper(exporter.url, certificate.cert), seconds),
  });
  const each = (side) => median(results[side].map(({ cpu, items }) => (cpu / items) * 1000));

  let listener = (_request, response) => response.end(page);
  const product = await serve(scope, (request, response) => listener(request, response));
  const loaded = await start(`[[monitor.scrape]]\nname = "acme"\nurl = "${product}"\n`);
  const scrape = scraper(loaded.url, certificate.cert);
  const perScrape = async () => {
    await scrape();
    const before = cpuOf(loaded.agent.child.pid).all;
    for (let i = 0; i < kScrapes; ++i) await scrape();
    return ((cpuOf(loaded.agent.child.pid).all - before) / kScrapes) * 1000;
  };
  const full = await perScrape();
  listener = (_request, response) => response.end();
  const empty = await perScrape();
  const bounded = (workload, value, unit, bounds) =>
    ({ id: 'M1', workload, peer: '–', candorFigure: unit(value), value, bound: 'max', unit, ...bounds });
  return {
    rows: [
      {
        id: 'M1', workload: 'CPU of a scrape of the machine', peer: 'node exporter 1.5', bound: 'max', atLeast: 1,
        candorFigure: milliseconds(each('candor')), peerFigure: milliseconds(each('peer')),
        ratio: 1 / ratioOf(results.candor, results.peer),
      },
      bounded('the same: CPU', each('candor'), milliseconds, { atLeast: kAim }),
      bounded('2,000 series of a service, filtered and relabelled: CPU', full - empty, milliseconds, { atLeast: 10 }),
      bounded('resident memory of the agent that did so', memoryOf(loaded.agent.child.pid).most, megabytes, { atLeast: kMostResident }),
    ],
    profiles: { M1: results.profile },
    beside: [
      `M1: one connection, kept, for ${figure(seconds)} s a turn. The node exporter exposes about twice the samples: what Debian switches on besides.`,
    ],
  };
} // prettier-ignore
