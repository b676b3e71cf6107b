// One address for a whole platform: database, queue, load balancer and product, scraped by Debian's Prometheus over
// HTTPS with a password.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, freePort, until } from './lib/bench.mjs';
import { ask, basic } from './lib/monitored.mjs';
import { metricsIn } from './lib/exposition.mjs';
import { kCandor, run } from './lib/program.mjs';
import { kCanary, kMesh, kPassword, startPlatform } from './lib/platform.mjs';

/** The names of metrics in the contract that begin so. */
const declared = (prefix) =>
  [...kMesh.matchAll(/^name = "(\w+)"\ntype = /gm)].map(([, name]) => name).filter((name) => name.startsWith(prefix));

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
  const { url, agent, certificate, backend, urls } = await startPlatform(bench);
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
