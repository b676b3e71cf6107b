// One address for a whole platform: database, queue, load balancer and product, scraped by Debian's Prometheus over
// HTTPS with a password.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { Bench, freePort, until } from './lib/bench.mjs';
import { makeCertificate } from './lib/certificate.mjs';
import { ask, basic, hashed, startMonitored } from './lib/monitored.mjs';
import { metricsIn } from './lib/exposition.mjs';
import { kCandor, run } from './lib/program.mjs';
import { startHaproxy, startMariadb, startRabbitmq } from './lib/services.mjs';

const kMesh = readFileSync(path.resolve('contracts/mesh.toml'), 'utf8');
const kPassword = 'a long enough kestrel password';
const kCanary = 'workspace-canary-4711';

const kProduct = `# TYPE http_requests_total counter
http_requests_total{service="api",method="GET",code="200",path="/api/${kCanary}"} 12
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{service="api",le="0.1"} 11
http_request_duration_seconds_bucket{service="api",le="+Inf"} 12
http_request_duration_seconds_sum{service="api"} 0.5
http_request_duration_seconds_count{service="api"} 12
# TYPE mesh_workspaces gauge
mesh_workspaces 2
# TYPE mesh_projects gauge
mesh_projects{workspace="${kCanary}"} 3
mesh_projects{workspace="${kCanary}-2"} 4
`;

/** The names of metrics in the contract that begin so. */
const declared = (prefix) =>
  [...kMesh.matchAll(/^name = "(\w+)"\ntype = /gm)].map(([, name]) => name).filter((name) => name.startsWith(prefix));

async function startBackend(bench) {
  const backend = http.createServer((request, response) => response.end(request.url === '/metrics' ? kProduct : 'ok'));
  await new Promise((listening) => backend.listen(0, '127.0.0.1', listening));
  const stop = () => new Promise((closed) => {
    backend.close(closed);
    backend.closeAllConnections();
  });
  bench.defer(stop);
  return { port: backend.address().port, stop };
}

/** Debian's Prometheus, which scrapes `target` as that user; asks it by PromQL. */
async function startPrometheus(bench, { target, ca, password }) {
  const folder = bench.folder('prometheus');
  writeFileSync(path.join(folder, 'password'), password);
  const job = {
    job_name: 'installation',
    scheme: 'https',
    honor_labels: true,
    basic_auth: { username: 'prometheus', password_file: 'password' },
    tls_config: { ca_file: ca },
    static_configs: [{ targets: [target] }],
  };
  const document = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: [job] };
  writeFileSync(path.join(folder, 'prometheus.yml'), JSON.stringify(document)); // JSON is YAML
  const port = await freePort();
  const server = bench.start('prometheus', [
    `--config.file=${path.join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${path.join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]); // prettier-ignore
  return async (query) => {
    assert.equal(server.exit, undefined, server.err);
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`);
    return (await answer.json()).data.result.map(({ metric, value }) => ({ ...metric, value: Number(value[1]) }));
  };
}

test('a platform at one address', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const certificate = await makeCertificate(bench);
  const backend = await startBackend(bench);
  const [database, queue, balancer] = [
    await startMariadb(bench), await startRabbitmq(bench), await startHaproxy(bench, backend.port),
  ]; // prettier-ignore
  const urls = {
    database: database.url,
    queue: queue.url,
    balancer: balancer.url,
    panel: `http://127.0.0.1:${backend.port}/metrics`,
  };
  const scrapes = Object.entries(urls).map(([name, url]) => `[[monitor.scrape]]\nname = "${name}"\nurl = "${url}"\n`);
  const { url, agent } = await startMonitored(bench, {
    contract: kMesh,
    product: 'mesh',
    toml: `[monitor]\nweb_config_file = "web.yml"\n${scrapes.join('')}`,
    files: {
      'web.yml': `tls_server_config: {cert_file: ${certificate.file}, key_file: ${certificate.keyFile}}\n` +
        `basic_auth_users: {prometheus: ${hashed('prometheus', kPassword)}}\n`,
    },
  });
  const how = { ca: [certificate.cert], headers: basic('prometheus', kPassword) };
  const offered = async () => metricsIn((await ask(`${url}/metrics`, how)).body);
  const target = url.slice('https://'.length);

  await t.test('offers what the contract lists of each', async () => {
    const { families, samples } = await offered();
    for (const name of Object.keys(urls)) assert.equal(samples.get(`up{job="${name}"}`), 1, name);
    for (const prefix of ['mysql_', 'rabbitmq_', 'haproxy_', 'http_']) {
      const names = declared(prefix);
      assert.ok(names.length > 0, prefix);
      assert.deepEqual(names.filter((name) => !families.has(name)), []);
      // And nothing else.
      assert.deepEqual([...families.keys()].filter((name) => name.startsWith(prefix) && !names.includes(name)), []);
    }
    assert.equal(samples.get('haproxy_backend_active_servers{proxy="app",job="balancer"}'), 1);
    assert.equal([...samples.keys()].filter((series) => series.startsWith('mesh_projects{workspace="')).length, 2);
  });

  await t.test('the contract lists what the machine tells, and its page says so', async () => {
    const { metrics } = JSON.parse((await run(kCandor, ['metrics', '--json'])).out);
    const listed = new Set(declared('node_'));
    assert.deepEqual(metrics.map(({ name }) => name).filter((name) => !listed.has(name)), []);
    const page = (await run(kCandor, ['contract', 'docs', path.resolve('contracts/mesh.toml')])).out;
    for (const name of [...listed, ...declared('mysql_'), ...declared('mesh_')]) assert.ok(page.includes(name), name);
  });

  await t.test('Prometheus reads it with the right password', async () => {
    const query = await startPrometheus(bench, { target, ca: certificate.file, password: kPassword });
    await until('it is up', async () => (await query('up{job="installation"}'))[0]?.value === 1, { within: 30_000 });
    await until('so are the services', async () => (await query('sum(up{job!="installation"})'))[0]?.value === 4);
    const [servers] = await query('haproxy_backend_active_servers');
    assert.deepEqual(servers, { __name__: 'haproxy_backend_active_servers', instance: target, job: 'balancer', proxy: 'app', value: 1 });
    await backend.stop();
    await until('the backend is gone', async () => (await query('haproxy_backend_active_servers'))[0]?.value === 0, { within: 20_000 });
    await until('and so is the panel', async () => (await query('up{job="panel"}'))[0]?.value === 0);
  });

  await t.test('and is refused with a wrong one', async () => {
    const query = await startPrometheus(bench, { target, ca: certificate.file, password: 'wrong' });
    await until('it is down', async () => (await query('up{job="installation"}'))[0]?.value === 0, { within: 30_000 });
  });

  assert.ok(!(await ask(`${url}/metrics`, how)).body.includes(kCanary));
  assert.ok(!agent.err.includes(kCanary) && !agent.err.includes(kPassword));
});
