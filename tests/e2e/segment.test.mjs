// Segment's tracking API: its own clients, those of DC/OS, and what no client of good will sends.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { Bench, until } from './lib/bench.mjs';
import { kEvents, segmentBrowser, segmentNode } from './lib/clients.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { bytesBelow } from './lib/files.mjs';

const kKey = 'dcos-write-key';
const kCluster = '70b28f00-e38f-41b2-a723-aab344f535b9';
const kAuthorization = `Basic ${Buffer.from(`${kKey}:`).toString('base64')}`;

async function collectorOfDcos(t) {
  const bench = new Bench(t);
  return startCollector(bench, { products: [{ name: 'dcos', write_keys: [kKey] }] });
}

async function send(collector, address, body, headers = {}) {
  const response = await fetch(collector.url + address, {
    method: 'POST',
    headers: { authorization: kAuthorization, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text && JSON.parse(text) };
}

const track = (more = {}) => ({
  type: 'track',
  event: 'mesos_track',
  anonymousId: kCluster,
  messageId: 'm-1',
  timestamp: '2026-11-21T04:56:25+0000',
  properties: { clusterId: kCluster, cpu_total: 12, variant: 'open', source: 'cluster' },
  ...more,
});

test('@segment/analytics-node delivers each event once', { timeout: 180_000 }, async (t) => {
  const collector = await collectorOfDcos(t);
  const failures = await segmentNode(collector.url, kKey, (analytics) => {
    for (let i = 0; i < kEvents; ++i) {
      analytics.track({
        anonymousId: kCluster,
        event: 'mesos_track',
        properties: { clusterId: kCluster, cpu_total: i },
      });
    }
  });
  assert.deepEqual(failures, []);
  const accounting = await collector.loaded('dcos', kEvents);
  assert.equal(accounting.received, kEvents);
  assert.equal(accounting.accepted, kEvents);
  const { events } = await collector.json('/api/v1/products/dcos/events?days=2');
  assert.deepEqual(
    events.map(({ name, count, installations }) => ({ name, count, installations })),
    [{ name: 'mesos_track', count: kEvents, installations: 1 }],
  );
  const rows = await collector.ask(
    "SELECT count(), uniqExact(JSONExtractInt(body, 'properties', 'cpu_total')) FROM candor.events",
  );
  assert.equal(rows.trim(), `${kEvents}\t${kEvents}`);
});

test('analytics.js delivers each event once, out of a page of another origin', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: [{ name: 'dcos', write_keys: [kKey] }] });
  await segmentBrowser(
    bench,
    collector.url,
    kKey,
    async (analytics, { cluster, count }) => {
      const calls = [analytics.page({ path: '/services/[id]', clusterId: cluster })];
      calls.push(analytics.identify('jane@customer.example', { email: 'jane@customer.example', clusterId: cluster }));
      for (let i = 2; i < count; ++i) calls.push(analytics.track('dcos_login', { clusterId: cluster }));
      await Promise.all(calls);
    },
    { cluster: kCluster, count: kEvents },
  );
  const accounting = await collector.loaded('dcos', kEvents);
  assert.equal(accounting.received, kEvents);
  assert.equal(accounting.accepted, kEvents);
  const { events } = await collector.json('/api/v1/products/dcos/events?days=2');
  assert.deepEqual(
    events.map(({ name, count, installations }) => [name, count, installations]),
    [['dcos_login', kEvents - 2, 1], ['identify', 1, 1], ['page', 1, 1]],
  );
  assert.ok(!(await collector.everything()).includes('jane@customer'));
});

test("the tracks of DC/OS's signal service are the figures of its clusters", { timeout: 60_000 }, async (t) => {
  const collector = await collectorOfDcos(t);
  const packages = (...names) =>
    names.map((name) => ({ appId: `/canary/${name}`, packageInformation: { packageDefinition: { name, version: '1' } } }));
  const tracks = [
    ['a', 'package_list', { package_list: packages('kafka', 'spark') }],
    ['b', 'package_list', { package_list: packages('kafka', 'kafka') }],
    ['a', 'mesos_track', { cpu_total: 8, environmentVersion: '1.12' }],
    ['b', 'mesos_track', { cpu_total: 4, environmentVersion: '1.12' }],
    ['b', 'health', { 'health-unit-dcos-net-total': 3 }],
    // An hour later.
    ['a', 'package_list', { package_list: packages('kafka') }],
    ['a', 'mesos_track', { cpu_total: 16, environmentVersion: '1.13' }],
  ];
  const began = Date.now() - 7_200_000;
  const batch = tracks.map(([clusterId, event, properties], i) => ({
    type: 'track',
    event,
    messageId: `t-${i}`,
    timestamp: new Date(began + (i < 5 ? 0 : 3_600_000)).toISOString(),
    properties: { ...properties, clusterId },
  }));
  assert.equal((await send(collector, '/v1/batch', { batch })).status, 200);
  await collector.loaded('dcos', tracks.length);
  const { figures } = await collector.json('/api/v1/products/dcos/popular');
  assert.deepEqual(
    figures.find(({ name }) => name === 'packages').rows.map(({ value, installations }) => [value, installations]),
    [['kafka', 2]],
    'of the newest list of each cluster',
  );
  const overview = await collector.overview('dcos');
  assert.equal(overview.installations, 2);
  assert.equal(overview.figures.find(({ name }) => name === 'cpu_total').value, 20);
  assert.deepEqual(
    Object.fromEntries(overview.versions.map(({ version, installations }) => [version, installations])),
    { 1.12: 1, 1.13: 1 },
  );
  assert.ok(!(await collector.everything()).includes('/canary/'), 'an operator chose that name');
});

test('what the protocol asks for', { timeout: 60_000 }, async (t) => {
  const collector = await collectorOfDcos(t);

  await t.test('null and empty batches are taken', async () => {
    for (const batch of [null, []]) {
      const answer = await send(collector, '/v1/batch', { batch, messageId: 'x' });
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json, { success: true });
    }
  });

  await t.test('a batch that comes again is counted once', async () => {
    for (let i = 0; i < 2; ++i) {
      const answer = await send(collector, '/v1/batch', { batch: [track(), track()] });
      assert.equal(answer.status, 200);
    }
    const accounting = await collector.loaded('dcos', 4);
    assert.equal(accounting.accepted, 1);
    assert.equal(accounting.duplicates, 3);
  });

  await t.test('gzip, text/plain, the key in the body, and each short path', async () => {
    const body = { ...track({ messageId: 'g' }), writeKey: kKey };
    delete body.type;
    const packed = gzipSync(JSON.stringify(body));
    assert.equal((await send(collector, '/v1/track', packed, { 'content-encoding': 'gzip' })).status, 200);
    for (const short of ['t', 'i', 'p', 's', 'g', 'a', 'b', 'import']) {
      const response = await fetch(`${collector.url}/v1/${short}`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: JSON.stringify({ writeKey: kKey, event: 'nobody declared this', messageId: short }),
      });
      assert.equal(response.status, 200, short);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
    }
  });

  await t.test('a browser may ask first', async () => {
    const response = await fetch(`${collector.url}/v1/t`, {
      method: 'OPTIONS',
      headers: { origin: 'https://dcos.example', 'access-control-request-headers': 'authorization' },
    });
    assert.equal(response.status, 204);
    assert.match(response.headers.get('access-control-allow-headers'), /Authorization, .*X-Retry-Count/);
  });

  await t.test('errors have code and message', async () => {
    const cases = [
      [401, '/v1/batch', { batch: [] }, { authorization: 'Basic d3Jvbmc6' }],
      [400, '/v1/batch', '{"batch":'],
      [400, '/v1/batch', '[]'],
      [400, '/v1/batch', { batch: 7 }],
      [400, '/v1/track', { event: 'x'.repeat(40_000) }],
      [400, '/v1/batch', { batch: [{ x: 'x'.repeat(600_000) }] }],
      [400, '/v1/batch', { context: { x: 'x'.repeat(40_000) }, batch: [track()] }],
    ];
    for (const [status, address, body, headers] of cases) {
      const answer = await send(collector, address, body, headers);
      assert.equal(answer.status, status, answer.text);
      assert.equal(typeof answer.json.code, 'string');
      assert.match(answer.json.message, /\w \w/);
    }
    assert.equal((await fetch(`${collector.url}/v1/batch`)).status, 405);
  });

  await t.test('one bad message of a batch costs that message only', async () => {
    const batch = Array.from({ length: 1000 }, (_, i) => track({ messageId: `b-${i}` }));
    batch[500] = 'no message';
    assert.equal((await send(collector, '/v1/batch', { batch })).status, 200);
    const refused = "SELECT sum(count) FROM candor.accounting WHERE reason = 'bad_event'";
    await until('the bad one is accounted for', async () => Number(await collector.ask(refused)) === 1);
    const stored = await collector.ask("SELECT count() FROM candor.events WHERE name = 'mesos_track'");
    assert.equal(Number(stored), 1 + 1 + 999);
  });

  await t.test('what a batch shares is in each message, and has a limit there', async () => {
    const context = { x: 'x'.repeat(30_000) };
    const own = { context: { y: 'y'.repeat(3_000) } };
    const batch = Array.from({ length: 400 }, (_, i) => track({ messageId: `c-${i}`, ...(i === 0 ? own : {}) }));
    assert.equal((await send(collector, '/v1/batch', { context, batch })).status, 200);
    const refused = "SELECT sum(count) FROM candor.accounting WHERE reason = 'too_large' AND product = 'dcos'";
    // Of 8 MiB each message takes some 30,200 bytes.
    await until('they are accounted for', async () => Number(await collector.ask(refused)) > 100);
    const stored = await collector.ask("SELECT count() FROM candor.events WHERE name = 'mesos_track'");
    const taken = Number(stored) - 1001;
    assert.ok(taken > 250 && taken < 300, stored);
  });
});

test('the user interface of DC/OS: no address reaches the disk', { timeout: 60_000 }, async (t) => {
  const collector = await collectorOfDcos(t);
  const address = 'jane.canary@customer.example';
  const page = { path: '/services/[id]', appVersion: '1.2', version: '2.1', clusterId: kCluster, url: '' };
  const calls = [
    ['/v1/p', { anonymousId: 'browser-1', userId: null, properties: page }],
    ['/v1/i', { anonymousId: 'browser-1', userId: address, traits: { clusterId: kCluster, email: address } }],
    ['/v1/t', { userId: address, event: 'dcos_login', properties: { clusterId: kCluster } }],
    ['/v1/t', { userId: address, event: 'dcos_logout', properties: {} }],
  ];
  for (const [where, body] of calls) {
    const answer = await send(collector, where, { ...body, messageId: where + body.event });
    assert.equal(answer.status, 200, answer.text);
  }
  await collector.loaded('dcos', calls.length);
  const { events } = await collector.json('/api/v1/products/dcos/events');
  assert.deepEqual(events.map(({ name }) => name).sort(), ['dcos_login', 'dcos_logout', 'identify', 'page']);
  const rows = await collector.ask('SELECT name, source, body FROM candor.events FORMAT JSONEachRow');
  const [identify] = rows.split('\n').filter(Boolean).map(JSON.parse).filter(({ name }) => name === 'identify');
  assert.equal(identify.source, kCluster);
  assert.match(JSON.parse(identify.body).traits.email, /^[0-9a-f]{64}$/);
  const drops = await collector.ask("SELECT path, sum(count) FROM candor.drops WHERE reason = 'hashed_here' GROUP BY path ORDER BY path");
  assert.match(drops, /identify: traits\.email\t1/);
  assert.ok(!bytesBelow(collector.folder).includes('jane.canary'));
  assert.ok(!collector.server.err.includes('jane.canary'));
});
