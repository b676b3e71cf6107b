// A DC/OS cluster: from what its services answer to the vendor, natively and as Segment's tracks.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { kClusterId, recorded, startCluster, startSegment } from './lib/dcos.mjs';
import { Candor } from './lib/program.mjs';
import { assertSigned, sha256 } from './lib/receipt.mjs';
import { assertWithout } from './lib/secrets.mjs';

const kSample = JSON.parse(recorded('sample.json'));
const kHangLimitMs = 8000;
const kCanaries = { user: 'canaryuser', host: 'canaryhost', address: '10.0.0.5', app: 'canary-customer' };

/** `candor` on a machine of the cluster. `systemctl` says what it says in a container. */
async function agentOf(bench, cluster, settings = {}) {
  const candor = new Candor(bench.folder('agent'), { DCOS_VERSION: '' });
  const file = (name) => path.join(candor.folder, name);
  const program = (name, lines) => {
    writeFileSync(file(name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
    return file(name);
  };
  writeFileSync(file('cluster-id'), `${kClusterId}\n`);
  writeFileSync(file('not-booted'), recorded('systemctl_not_booted.txt'));
  writeFileSync(file('units'), recorded('systemctl_show.txt'));
  candor.noSystemd = program('no-systemd', [`cat ${file('not-booted')} >&2`, 'exit 1']);
  candor.systemd = program('systemd', [`cat ${file('units')}`]);
  writeFileSync(
    file('config.json'),
    JSON.stringify({
      diagnostics_urls: [`${cluster.url}/system/health/v1/report?cache=0`],
      cosmos_urls: [`${cluster.url}/package/list`],
      mesos_urls: [`${cluster.url}/frameworks`, `${cluster.url}/metrics/snapshot`],
      gen_provider: 'aws',
      enabled: 'true',
    }),
  );
  await candor.configure({
    product: 'dcos',
    endpoint: 'https://127.0.0.1:1',
    'collect.dcos.config': file('config.json'),
    'collect.dcos.extra_config': file('extra.json'),
    'collect.dcos.cluster_id_file': file('cluster-id'),
    'collect.units.command': candor.noSystemd,
    ...settings,
  });
  return candor;
}

/** The tracks of a printed report: everything but its header. */
function tracks(text) {
  const { candor, ...rest } = JSON.parse(text);
  assert.equal(candor.product, 'dcos');
  return rest;
}

test('a DC/OS cluster, natively', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const cluster = await startCluster(bench);
  const collector = await startCollector(bench, { products: ['dcos'] });
  const candor = await agentOf(bench, cluster, { endpoint: collector.url });

  await t.test('the number of the cluster is adopted', async () => {
    const on = await candor.json('on');
    assert.equal(on.installation, kClusterId);
    assert.equal(on.adopted, true);
  });

  await t.test('show prints the documented document, byte for byte below the header', async () => {
    const show = await candor.ok('show');
    const end = show.out.indexOf('\n  },\n');
    assert.equal(`{\n${show.out.slice(end + '\n  },\n'.length)}`, recorded('sample.json'));
    assert.match(show.err, /systemd of this machine is left out: .*not been booted with systemd/);
    assertWithout(kCanaries, show.bytes, 'show');
  });

  await t.test('the services were asked as the signal service asks', () => {
    const asked = cluster.asked.slice(0, 4);
    assert.deepEqual(
      asked.map(({ question, body }) => [question, body]),
      [
        ['POST /package/list', '{}'],
        ['GET /system/health/v1/report?cache=0', '{}'],
        ['GET /frameworks', '{}'],
        ['GET /metrics/snapshot', '{}'],
      ],
    );
    const kind = (what) => `application/vnd.dcos.package.list-${what}+json;charset=utf-8;version=v1`;
    assert.equal(asked[0].headers['content-type'], kind('request'));
    assert.equal(asked[0].headers.accept, kind('response'));
  });

  await t.test('the collector keeps all of it', async () => {
    const shown = (await candor.ok('show')).bytes;
    const sent = await candor.json('send');
    assert.equal(sent.status, 'accepted');
    assert.deepEqual(sent.answer.dropped, []);
    assert.deepEqual(sent.answer.quarantined, []);
    const { key } = await collector.json('/v1/key');
    assertSigned(sent.answer.receipt, key, sha256(shown));
    assertAddsUp(await collector.loaded('dcos', 1));
    const { installations, insights } = await collector.overview('dcos');
    assert.equal(installations, 1);
    assert.equal(insights.agents_active, 2);
    assert.equal(insights.cpu_total, 8);
    assert.equal(insights.mem_total_mb, 28036);
  });

  await t.test('packages: names and versions in clear, what the operator called them as a hash', async () => {
    cluster.instead['POST /package/list'] = { status: 200, body: recorded('package_list_kafka.json') };
    await candor.ok('config', 'set', 'collect.units.command', candor.systemd);
    const shown = await candor.ok('show');
    const [kafka] = tracks(shown.out).cosmos.properties.package_list;
    assert.match(kafka.appId, /^[0-9a-f]{64}$/);
    assert.deepEqual(kafka.packageInformation, {
      packageDefinition: { name: 'kafka', version: '1.1.9-0.10.0.0' },
    });
    assertWithout(kCanaries, shown.bytes, 'show');
    const { properties } = tracks(shown.out).diagnostics;
    assert.equal(properties.services_running, 3);
    assert.equal(properties.services_active, 4);
    assert.equal(properties.tasks_running, 12);
    const sent = await candor.json('send');
    assert.equal(sent.status, 'accepted');
    assert.deepEqual(sent.answer.dropped, []);
  });
});

test('a service that fails leaves its track out, and the rest is reported', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const cluster = await startCluster(bench);
  const candor = await agentOf(bench, cluster, { 'collect.dcos.timeout': '1' });
  const preview = async () => {
    const result = await candor.ok('preview');
    return { seen: Object.keys(tracks(result.out)).sort(), ...result };
  };
  const report = 'GET /system/health/v1/report?cache=0';

  await t.test('rubbish', async () => {
    cluster.instead = { 'GET /frameworks': { status: 200, body: '<html>canaryhost</html>' } };
    const { seen, err } = await preview();
    assert.deepEqual(seen, ['cosmos', 'diagnostics']);
    assert.match(err, /The track mesos is left out: .*\/frameworks answered no JSON object/);
    assertWithout(kCanaries, Buffer.from(err), 'standard error');
  });

  await t.test('an error', async () => {
    cluster.instead = { 'POST /package/list': { status: 500, body: '{}' } };
    const { seen, err } = await preview();
    assert.deepEqual(seen, ['diagnostics', 'mesos']);
    assert.match(err, /The track cosmos is left out: .* answered 500/);
  });

  await t.test('one that hangs', async () => {
    cluster.instead = { [report]: 'hang' };
    const { seen, err, ms } = await preview();
    assert.deepEqual(seen, ['cosmos', 'mesos']);
    assert.match(err, /The track diagnostics is left out/);
    assert.ok(ms < kHangLimitMs, `${ms} ms`);
  });

  await t.test('without the diagnostics service the track is of this machine', async () => {
    cluster.instead = { [report]: { status: 404, body: '' } };
    await candor.ok('config', 'set', 'collect.units.command', candor.systemd);
    const { out, bytes } = await preview();
    const { properties } = tracks(out).diagnostics;
    assert.equal(properties.source, 'machine');
    assert.equal(properties['health-unit-dcos-signal-service-unhealthy'], 1);
    assert.equal(properties.services_running, 3);
    assertWithout(kCanaries, bytes, 'preview');
    await candor.ok('config', 'set', 'collect.units.command', candor.noSystemd);
  });

  await t.test('when none answers there is no report', async () => {
    cluster.instead = Object.fromEntries(
      [report, 'POST /package/list', 'GET /frameworks'].map((question) => [
        question,
        { status: 503, body: '' },
      ]),
    );
    const result = await candor.expect(69, 'preview');
    for (const track of ['cosmos', 'diagnostics', 'mesos'])
      assert.match(result.err, new RegExp(`The track ${track} is left out`));
  });

  await t.test('what serves no channel that is on is not asked', async () => {
    cluster.instead = {};
    cluster.asked = [];
    await candor.ok('preview', '--channel', 'cosmos');
    assert.deepEqual(
      cluster.asked.map(({ question }) => question),
      ['POST /package/list'],
    );
  });
});

test("DC/OS's own no counts", { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const cluster = await startCluster(bench);
  const candor = await agentOf(bench, cluster);
  await candor.ok('on');
  writeFileSync(path.join(candor.folder, 'extra.json'), '{"enabled": "false"}');
  const status = await candor.json('status');
  assert.equal(status.telemetry, 'off');
  assert.match(status.reason, /DC\/OS was installed without telemetry/);
  assert.match((await candor.expect(13, 'send')).err, /without telemetry/);
  assert.match((await candor.expect(13, 'on')).err, /cannot be switched on: DC\/OS/);
  writeFileSync(path.join(candor.folder, 'extra.json'), '{"enabled": "fal');
  assert.match((await candor.json('status')).reason, /counts as a no/);
  writeFileSync(path.join(candor.folder, 'extra.json'), '{"enabled": "true"}');
  assert.equal((await candor.json('status')).telemetry, 'on');
});

test('a damaged number of the cluster makes no second identity', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const candor = await agentOf(bench, await startCluster(bench));
  writeFileSync(path.join(candor.folder, 'cluster-id'), 'what');
  assert.match((await candor.expect(65, 'on')).err, /holds no cluster id/);
  assert.equal(existsSync(candor.state('identity.json')), false);
});

test('to a Segment-compatible endpoint', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const cluster = await startCluster(bench);
  const segment = await startSegment(bench);
  const candor = await agentOf(bench, cluster, { endpoint: segment.url, wire: 'segment' });
  const keyFile = path.join(candor.folder, 'write-key');
  writeFileSync(keyFile, 'canary-write-key\n');
  await candor.configure({ write_key_file: keyFile });
  let shown;

  await t.test('on asks it for no key', async () => {
    const on = await candor.ok('on');
    assert.match(on.err, /signs no receipts/);
    assert.deepEqual(segment.requests, []);
    shown = (await candor.ok('show')).bytes;
  });

  await t.test('when it is busy the report is kept', async () => {
    segment.answers = [{ status: 429, headers: { 'Retry-After': '7' } }, { status: 503 }];
    await candor.expect(75, 'send');
    await candor.expect(75, 'send');
    assert.deepEqual((await candor.ok('show')).bytes, shown);
  });

  await t.test("the batch holds the documented sample's tracks, and nothing else", async () => {
    const sent = await candor.json('send');
    assert.equal(sent.status, 'sent');
    assert.equal(sent.url, `${segment.url}/v1/batch`);
    const { method, url, headers, body } = segment.requests.at(-1);
    assert.deepEqual([method, url], ['POST', '/v1/batch']);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(
      headers.authorization,
      `Basic ${Buffer.from('canary-write-key:').toString('base64')}`,
    );
    const { batch, context, sentAt, messageId, ...rest } = JSON.parse(body);
    assert.deepEqual(rest, {});
    assert.equal(context.library.name, 'candor');
    assert.equal(messageId, sha256(shown));
    assert.match(sentAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const { sealed_at } = JSON.parse(shown).candor;
    const expected = Object.entries(kSample).map(([name, track]) => ({
      type: 'track',
      ...track,
      messageId: `${sha256(shown)}-${name}`,
      timestamp: sealed_at,
    }));
    assert.deepEqual(batch, expected);
  });

  await t.test('each try had the same messages', () => {
    assert.equal(segment.requests.length, 3);
    const batches = segment.requests.map(({ body }) => JSON.stringify(JSON.parse(body).batch));
    assert.equal(new Set(batches).size, 1);
  });

  await t.test('it is logged as sent, without a receipt', async () => {
    const lines = readFileSync(candor.state('sent', 'log.jsonl'), 'utf8').trim().split('\n');
    const entry = JSON.parse(lines.at(-1));
    assert.equal(entry.status, 'sent');
    assert.equal(entry.sha256, sha256(shown));
    assert.equal(entry.url, `${segment.url}/v1/batch`);
    assert.deepEqual(readFileSync(candor.state('sent', `${entry.id}.json`)), shown);
    assert.equal(existsSync(candor.state('sent', `${entry.id}.receipt.json`)), false);
    assert.equal((await candor.json('status')).last_status, 'sent');
    assert.match((await candor.ok('status')).out, /receipt key +none: a Segment-compatible/);
  });

  await t.test('a refusal keeps the report and says why', async () => {
    segment.answers = [{ status: 400, text: '{"code": "bad", "message": "Not like this."}' }];
    const send = await candor.expect(1, 'send');
    assert.match(send.err, /Not like this\./);
    assert.equal((await candor.json('status')).refused, 1);
  });

  await t.test('a customer of the vendor is the user', async () => {
    await candor.ok('config', 'set', 'collect.dcos.customer_key', 'customer-7');
    await candor.ok('send');
    const { batch } = JSON.parse(segment.requests.at(-1).body);
    assert.deepEqual(batch.map(({ userId }) => userId), ['customer-7', 'customer-7', 'customer-7']);
  });

  await t.test('a product without tracks cannot be sent there', async () => {
    const mesh = new Candor(bench.folder('mesh'));
    await mesh.configure({ product: 'mesh', endpoint: segment.url, wire: 'segment' });
    assert.match((await mesh.expect(78, 'on')).err, /mesh does not accept segment/);
    const { err } = await mesh.expect(78, 'config', 'set', 'wire', 'smoke');
    assert.match(err, /native or segment, not "smoke"/);
    const bogus = await mesh.expect(78, 'config', 'set', 'collect.dcos.variant', 'bogus');
    assert.match(bogus.err, /open or enterprise, not "bogus"/);
  });
});

test('a program of the contract that fails keeps nothing else home', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const candor = new Candor(bench.folder('agent'), { CANARY_SECRET: 'canary-of-the-environment' });
  const contracts = path.join(candor.folder, 'contracts');
  mkdirSync(contracts);
  const good = path.join(candor.folder, 'good');
  writeFileSync(good, `#!/bin/sh\nenv | wc -l | sed 's/.*/{"variables": &}/'\n`, { mode: 0o755 });
  writeFileSync(
    path.join(contracts, 'acme.toml'),
    `candor = 1
[product]
name = "acme"
contact = "c"
endpoint = "https://127.0.0.1:1"
[[collector]]
kind = "exec"
command = ["/nonexistent/figures"]
under = "bad"
[[collector]]
kind = "exec"
command = ["${good}"]
under = "good"
[[channel]]
name = "basic"
about = "x"
default = true
fields = [
  { path = "bad.n", type = "integer", about = "x" },
  { path = "good.variables", type = "integer", about = "x" },
]
`,
  );
  await candor.configure({ product: 'acme', contracts });
  const show = await candor.ok('show');
  assert.ok(JSON.parse(show.out).good.variables <= 4, show.out);
  assert.match(show.err, /acme\.toml:6: bad is left out: cannot start \/nonexistent\/figures/);
});
