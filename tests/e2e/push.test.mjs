// An installation that nobody can reach pushes its metrics: what its operator agreed to, sealed and shown, kept while the
// collector is away, passed on to the real Prometheus.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { Bench, freePort, until } from './lib/bench.mjs';
import { serve } from './lib/monitored.mjs';
import { Operations, operationsLines } from './lib/operations.mjs';
import { Candor, kCandor, run } from './lib/program.mjs';
import { seriesIn, seriesOf, snappyBlock, unsnappy } from './lib/protobuf.mjs';
import { kWrite, send } from './lib/samples.mjs';

const kCanary = 'workspace-canary-4711';
const kContract = `candor = 1

[product]
name = "acme"
title = "Acme"
about = "A product of the test's own."
contact = "telemetry@example.com"
accepts = ["native", "prometheus"]
endpoint = "http://127.0.0.1:1"

[[collector]]
kind = "host"

[[channel]]
name = "host"
about = "The machine."
default = true
owner = "o"
purpose = "operations"
fields = [{ path = "cpu.count", type = "integer", about = "Processors." }]

[[channel]]
name = "monitoring"
about = "Load and health."
owner = "operations"
purpose = "operations"
default = false
confirmation = "the customer"
${[
  ['node_time_seconds', 'gauge', '', ''],
  ['node_load1', 'gauge', '', ''],
  ['node_cpu_seconds_total', 'counter', '"cpu", "mode"', ''],
  ['up', 'gauge', '"job"', ''],
  ['acme_projects', 'gauge', '"job"', '"workspace", '],
  ['acme_api_seconds', 'histogram', '"job"', ''],
]
  .map(([name, type, labels, keyed]) => `
[[channel.metric]]
name = "${name}"
type = "${type}"
labels = [${labels}]
keyed = [${keyed}"cluster"]
installation = "cluster"
about = "A metric."
`)
  .join('')}`;

/** What stands between agent and collector: it sees all that passes, and can be gone. */
async function startGate(bench) {
  const gate = { seen: [], to: undefined, is_down: false };
  gate.url = await serve(bench, async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    if (gate.is_down || !gate.to) return request.socket.destroy();
    const { host, ...headers } = request.headers;
    const passed = http.request(gate.to + request.url, { method: request.method, headers, agent: false }, (answer) => {
      gate.seen.push({ path: request.url, headers, body, status: answer.statusCode });
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    return passed.end(body);
  });
  gate.writes = () => gate.seen.filter((one) => one.path.endsWith('/api/v1/write'));
  return gate;
}

/** The product's own metrics, with what its customer calls things. */
async function startApi(bench) {
  const api = { projects: 3 };
  api.url = await serve(bench, (_request, response) =>
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(
      `# TYPE acme_projects gauge\nacme_projects{workspace="${kCanary}",owner="${kCanary}-owner",cluster="${kCanary}-cluster"} ${api.projects}\n` +
        `# TYPE acme_api_seconds histogram\nacme_api_seconds_bucket{le="0.1"} 4\nacme_api_seconds_bucket{le="+Inf"} 5\nacme_api_seconds_sum 0.75\nacme_api_seconds_count 5\n` +
        `# TYPE acme_secret gauge\nacme_secret{name="${kCanary}-secret"} 1\n`,
    ));
  return api;
}

const kRule = `groups:
- name: own
  rules:
  - alert: ManyProjects
    expr: acme_projects{installation="eu1"} > 100
    labels: {severity: warning, component: test}
    annotations: {summary: "many", threshold: "100", runbook: "None."}
`;

async function start(t) {
  const bench = new Bench(t);
  const gate = await startGate(bench);
  const api = await startApi(bench);
  // Nothing is offered here: what is pushed is read all the same.
  const candor = new Candor(bench.folder('pushing'));
  writeFileSync(path.join(candor.folder, 'acme.toml'), kContract);
  writeFileSync(
    path.join(candor.folder, 'candor.toml'),
    `product = "acme"\ncontracts = "."\nendpoint = "${gate.url}"\nchannel_monitoring = true\n` +
      `[monitor]\npush_interval = 15\n[[monitor.scrape]]\nname = "api"\nurl = "${api.url}/metrics"\n`,
  );
  return { bench, gate, api, candor };
}

async function startOperations(bench, ops, contract = kContract) {
  const folder = bench.folder('contract');
  writeFileSync(path.join(folder, 'acme.toml'), contract);
  return Operations.start(bench, {
    products: [{ name: 'acme', contract: path.join(folder, 'acme.toml') }],
    lines: operationsLines({ inboxes: [], smtp: 1, ops }),
  });
}

const filesIn = (candor, folder) => {
  const full = candor.state('metrics', folder);
  const names = readdirSync(full).filter((name) => /Z-[0-9a-f]{8}\.json$/.test(name));
  return names.map((name) => ({ id: name.slice(0, -5), text: readFileSync(path.join(full, name), 'utf8') }));
};

/** The samples of a file as they are on the wire, by time. */
function wireOf(text) {
  const { candor, at, metrics } = JSON.parse(text);
  return metrics.flatMap(({ name, installation, samples }) =>
    samples.map(({ part = '', labels, value }) => ({
      labels: Object.fromEntries(
        Object.entries({ ...labels, __name__: name + part, [installation]: candor.installation }).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
      samples: [[Number(value), Date.parse(at)]],
    })));
} // prettier-ignore

/** Files below the folder that hold it; one that goes meanwhile holds nothing. */
function holding(folder, text) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => existsSync(file) && readFileSync(file).includes(text));
}

const statusOf = async (candor) => (await candor.json('status')).metrics;

test('an installation pushes, and Prometheus has what was shown', { timeout: 600_000 }, async (t) => {
  const { bench, gate, api, candor } = await start(t);

  await t.test('before a yes nothing leaves, and what would is shown', async () => {
    const shown = await candor.ok('show', '--metrics');
    assert.equal(JSON.parse(shown.out).candor.kind, 'metrics');
    assert.match(shown.err, /nothing is sent/);
    assert.ok(!shown.out.includes(kCanary));
    assert.deepEqual(readdirSync(candor.folder).filter((name) => name === 'state'), []);
    await candor.expect(11, 'send', '--metrics');
    await candor.expect(77, 'on'); // nobody confirmed the channel
    assert.equal(gate.seen.length, 0);
  });

  await candor.ok('on', '--confirmed-by', 'A. Smith');
  const { installation } = await candor.json('status');
  const rules = bench.folder('rules');
  writeFileSync(path.join(rules, 'own.yml'), kRule);
  const operations = await startOperations(bench, [
    `rules_folder = "${rules}"`, '[[ops.pushed]]', `installation = "${installation}"`, 'name = "eu1"',
  ]); // prettier-ignore
  const { collector } = operations;
  gate.to = collector.url;
  await operations.ready('prometheus');
  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  const ask = async (query) => (await operations.prometheus(`/api/v1/query?query=${encodeURIComponent(query)}`)).result;
  const timesOf = async (query) => ((await ask(`${query}[1d]`))[0]?.values ?? []).map(([at]) => Math.round(at * 1000));
  const arrived = async () => {
    const times = await timesOf('node_time_seconds{installation="eu1"}');
    const sent = filesIn(candor, 'sent').map(({ text }) => Date.parse(JSON.parse(text).at));
    return sent.length > 0 && sent.every((at) => times.includes(at)) && sent;
  };

  await t.test('what is sealed is what is on the wire, and in Prometheus', async () => {
    await until('the first push is in Prometheus', arrived, { within: 60_000 });
    const [file] = filesIn(candor, 'sent');
    const [write] = gate.writes();
    assert.equal(write.path, '/p/acme/api/v1/write');
    assert.deepEqual(seriesIn(write.body).map(({ labels, samples }) => ({ labels, samples })), wireOf(file.text));
    const [series] = await ask('acme_projects{installation="eu1"}');
    const { __name__, workspace, ...labels } = series.metric;
    assert.deepEqual(labels, { installation: 'eu1', instance: 'eu1', job: 'api', product: 'acme' });
    assert.match(workspace, /^[0-9a-f]{64}$/);
    assert.ok(!file.text.includes(workspace), 'hashed once more by the collector');
    const at = Date.parse(JSON.parse(file.text).at);
    for (const { labels: sent, samples } of wireOf(file.text)) {
      if ('workspace' in sent) continue;
      const { __name__: name, cluster, ...rest } = sent;
      assert.equal(cluster, installation);
      const where = Object.entries({ ...rest, installation: 'eu1' }).map(([key, value]) => `${key}="${value}"`);
      const found = (await ask(`${name}{${where}}[1h]`))[0]?.values.find(([time]) => Math.round(time * 1000) === at);
      assert.equal(Number(found?.[1]), samples[0][0], name);
    }
  });

  await t.test('it can be shown again, and the log has it', async () => {
    const { reports } = await candor.json('log', '--metrics');
    assert.equal(reports.at(-1).status, 'sent');
    const again = await candor.ok('log', 'show', reports.at(-1).id);
    assert.equal(again.out, filesIn(candor, 'sent')[0].text);
    assert.match((await candor.ok('status')).out, /^metrics +pushed every 15 s; last pushed 20.*; 0 files pending$/m);
    assert.match((await candor.ok('preview', '--metrics', '--channel', 'monitoring')).out, /acme_projects/);
  });

  await t.test('a rule is about it', async () => {
    api.projects = 500;
    await until('the rule fires', async () => (await ask('ALERTS{alertname="ManyProjects",alertstate="firing"}')).length === 1, { within: 60_000 });
  });

  await t.test('while the collector is away it waits, and then all of it arrives', async () => {
    gate.is_down = true;
    await until('files wait', async () => (await statusOf(candor)).pending >= 2, { within: 60_000 });
    const status = await statusOf(candor);
    assert.ok(status.last_failure);
    const shown = await candor.ok('show', '--metrics');
    assert.equal(shown.out, filesIn(candor, 'outbox')[0].text, 'the oldest');
    assert.match((await candor.ok('send', '--metrics', '--dry-run')).out, /would send file .*\n(.*\n)*would post to http/);
    await candor.expect(75, 'send', '--metrics');
    gate.is_down = false;
    await candor.ok('send', '--metrics');
    assert.equal((await until('all of it arrived', arrived, { within: 30_000 })).length > 2, true);
    assert.equal((await statusOf(candor)).lost, 0);
  });

  await t.test('nothing of a customer is on the wire, on a disk or in a log', async () => {
    for (const { body } of gate.writes()) assert.ok(!unsnappy(body).includes(kCanary));
    for (const text of [agent.err, collector.server.err, JSON.stringify(await ask('{__name__=~".+"}'))])
      assert.ok(!text.includes(kCanary));
    for (const folder of [candor.state(), path.join(collector.data, 'journal'), path.join(collector.data, 'ops')])
      assert.deepEqual(holding(folder, kCanary), []);
    assert.ok(!(await collector.everything()).includes(kCanary));
  });

  await t.test('a channel that is off pushes nothing', async () => {
    gate.is_down = true;
    await until('a file waits', async () => (await statusOf(candor)).pending > 0, { within: 60_000 });
    await candor.ok('channel', 'disable', 'monitoring');
    gate.is_down = false;
    assert.equal((await statusOf(candor)).leave, false);
    await until('what waited is gone', () => filesIn(candor, 'outbox').length === 0, { within: 30_000 });
    const before = gate.writes().length;
    await candor.expect(12, 'send', '--metrics');
    await candor.ok('send');
    const now = Date.now(); // longer than an interval of 15 s
    await until('an interval is over', () => Date.now() - now > 17_000, { within: 30_000 });
    assert.equal(gate.writes().length, before);
    assert.deepEqual(filesIn(candor, 'outbox'), []);
    await candor.ok('channel', 'enable', 'monitoring', '--confirmed-by', 'A. Smith');
    await until('it pushes again', () => gate.writes().length > before, { within: 60_000 });
  });

  await t.test('an off drops what waits', async () => {
    gate.is_down = true;
    await until('a file waits', async () => (await statusOf(candor)).pending > 0, { within: 60_000 });
    const before = gate.writes().length;
    await candor.ok('off');
    assert.deepEqual(filesIn(candor, 'outbox'), []);
    gate.is_down = false;
    await candor.expect(11, 'send', '--metrics');
    assert.equal(gate.writes().length, before);
  });

  await t.test('who is forgotten is gone from the samples, too', async () => {
    assert.ok(Number(await collector.ask('SELECT count() FROM candor.samples')) > 0);
    await candor.ok('on', '--confirmed-by', 'A. Smith');
    // The store keeps replaced files for a minute.
    const forgotten = await run(kCandor, ['forget', '--yes'], { env: candor.env, limit: 240_000 });
    assert.equal(forgotten.code, 0, forgotten.err);
    assert.equal(await collector.ask('SELECT count() FROM candor.samples'), '0\n');
    assert.equal(await collector.ask('SELECT count() FROM candor.series'), '0\n');
    assert.ok(!existsSync(candor.state('metrics')));
  });
}); // prettier-ignore

test('when more waits than is kept the oldest go, which is told once', { timeout: 120_000 }, async (t) => {
  const { bench, gate, candor } = await start(t);
  gate.is_down = true;
  await candor.ok('on', '--confirmed-by', 'A. Smith');
  mkdirSync(candor.state('metrics', 'outbox'), { recursive: true });
  const kTooMany = 6;
  const ids = Array.from({ length: 5760 + kTooMany }, (_, i) => {
    const at = new Date(Date.now() - 3_600_000 + i * 1000).toISOString();
    const text = JSON.stringify({ candor: { format: 1, product: 'acme', channels: ['monitoring'] }, at, metrics: [] });
    const id = `${at.replaceAll(/[-:]/g, '')}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
    writeFileSync(candor.state('metrics', 'outbox', `${id}.json`), text);
    return id;
  });
  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  await until('the oldest are gone', async () => (await statusOf(candor)).lost > kTooMany, { within: 60_000 }); // and one for the newest
  const left = new Set(filesIn(candor, 'outbox').map(({ id }) => id));
  assert.deepEqual(ids.map((id) => left.has(id)), ids.map((_, i) => i > kTooMany));
  await until('it is told', () => agent.err.includes('the oldest files of metrics are dropped unsent'));
  assert.equal(agent.err.match(/dropped unsent/g).length, 1);
  assert.match((await candor.ok('status')).out, /^metrics .*5760 files pending, 7 dropped unsent/m);
}); // prettier-ignore

test('VictoriaMetrics takes what is passed on, by its address', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const port = await freePort();
  const victoria = bench.start('victoria-metrics', [
    `-storageDataPath=${bench.folder('victoria')}`, `-httpListenAddr=127.0.0.1:${port}`, '-loggerLevel=ERROR',
  ]); // prettier-ignore
  const url = `http://127.0.0.1:${port}`;
  await until('VictoriaMetrics answers', async () => {
    assert.equal(victoria.exit, undefined, victoria.err);
    return (await fetch(`${url}/health`)).ok;
  }, { within: 30_000 }); // prettier-ignore
  const operations = await startOperations(bench, [
    `prometheus = "${url}"`, '[[ops.pushed]]', 'installation = "id-1"', 'name = "eu1"',
  ]); // prettier-ignore
  const at = Date.now();
  const series = seriesOf({ __name__: 'acme_projects', job: 'api', workspace: kCanary, cluster: 'id-1' }, [[7.5, at]]);
  const other = seriesOf({ __name__: 'acme_projects', job: 'api', workspace: kCanary, cluster: 'id-2' }, [[8.5, at]]);
  const answer = await send(`${operations.collector.url}/api/v1/write`, snappyBlock(Buffer.concat([series, other])), kWrite);
  assert.equal(answer.status, 204);
  const found = await until('it is there', async () => {
    const text = await (await fetch(`${url}/api/v1/export?match[]=acme_projects`)).text();
    return text && text.trim().split('\n').map((line) => JSON.parse(line));
  }, { within: 30_000 }); // prettier-ignore
  const named = Object.fromEntries(found.map(({ metric, values }) => [values[0], metric.installation]));
  assert.equal(named[7.5], 'eu1');
  assert.match(named[8.5], /^[0-9a-f]{12}$/);
  assert.deepEqual(found.map(({ values, timestamps }) => [values[0], timestamps[0]]).toSorted(), [[7.5, at], [8.5, at]]);
  assert.ok(!JSON.stringify(found).includes(kCanary) && !JSON.stringify(found).includes('cluster'));
  assert.equal(await operations.metric('candor_ops_passed_on_samples_total{outcome="passed"}'), '2');
});
