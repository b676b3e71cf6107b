// Rate limits: none unless configured; 429 as each protocol says it, counted, and no address anywhere.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { segmentNode } from './lib/clients.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { post } from './lib/documents.mjs';
import { Phoenix } from './lib/phoenix.mjs';

const kProducts = ['stone', 'dcos', 'meltano', 'mesh'];
const kMessage = 'There are too many requests a second. Nothing was stored; send it again later.';
const kJson = { 'Content-Type': 'application/json' };

// [what, method, address, headers, product, what the 429 has to look like]
const kProtocols = [
  ['native report', 'POST', '/v1/reports', kJson, 'stone', ({ json }) => assert.equal(json.error.message, kMessage)],
  ['native events', 'POST', '/v1/events', kJson, 'mesh', ({ json }) => assert.equal(json.error.reason, 'rate_limited')],
  ['Ceph', 'PUT', '/report', kJson, 'stone', ({ json }) => assert.equal(json.error.reason, 'rate_limited')],
  ['Segment', 'POST', '/v1/batch', kJson, 'dcos', ({ json }) => assert.deepEqual(json, { code: 'rate_limited', message: kMessage })],
  ['Snowplow', 'POST', '/com.snowplowanalytics.snowplow/tp2', { ...kJson, origin: 'https://a.test' }, 'meltano', ({ headers }) =>
    assert.equal(headers.get('access-control-allow-origin'), 'https://a.test')],
  ['Plausible', 'POST', '/api/event', kJson, 'mesh', ({ json, headers }) => {
    assert.deepEqual(json, { errors: { request: [kMessage] } });
    assert.equal(headers.get('access-control-allow-origin'), '*');
    assert.equal(headers.get('access-control-expose-headers'), 'Retry-After');
  }],
  ['OTLP', 'POST', '/v1/metrics', kJson, 'mesh', ({ json }) => assert.deepEqual(json, { code: 8, message: kMessage })],
  ['OTLP, protobuf', 'POST', '/v1/metrics', { 'Content-Type': 'application/x-protobuf' }, 'mesh', ({ headers, text }) => {
    assert.equal(headers.get('content-type'), 'application/x-protobuf');
    assert.ok(text.startsWith('\x08\x08') && text.includes(kMessage), JSON.stringify(text));
  }],
  ['remote write', 'POST', '/api/v1/write', { 'Content-Type': 'application/x-protobuf' }, 'mesh', ({ text, headers }) => {
    assert.equal(text, `${kMessage}\n`);
    assert.equal(headers.get('x-prometheus-remote-write-samples-written'), '0');
  }],
]; // prettier-ignore

const refusedRows = (collector) =>
  collector.ask(
    "SELECT product, sum(count) FROM candor.accounting WHERE outcome = 'refused' AND reason = 'rate_limited' GROUP BY product ORDER BY product FORMAT TSV",
  );

function everyByte(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

test('a network that sends too much is answered 429, as each protocol says it', async (t) => {
  const bench = new Bench(t);
  const lines = ['trusted_proxies = ["127.0.0.1"]', '[rate_limit]', 'per_network = 1'];
  const phoenix = new Phoenix(bench, { products: kProducts, lines });
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  const counted = {};
  for (const [i, [what, method, address, headers, product, looksRight]] of kProtocols.entries()) {
    const send = (from, how = method) =>
      post(`${collector.url}/p/${product}${address}`, how === 'OPTIONS' ? undefined : '{}', {
        method: how,
        headers: { ...headers, 'X-Forwarded-For': `198.51.100.7, ${from}` },
      });
    let limited;
    for (let n = 0; n < 30 && limited === undefined; ++n) {
      const answer = await send(`203.0.${i}.${n + 1}`);
      if (answer.status === 429) limited = answer;
      else assert.ok(n < 20, `${what}: no limit`);
      if (answer.status !== 429) assert.notEqual(answer.status, 503, what);
      else assert.ok(n >= 10, `${what}: limited from the ${n + 1}th on`);
    }
    assert.ok(limited, what);
    assert.equal(limited.headers.get('Retry-After'), '1', what);
    looksRight(limited);
    counted[product] = (counted[product] ?? 0) + 1;
    // Others are not held up, nor is what a browser asks before it sends.
    assert.notEqual((await send(`192.0.${i}.1`)).status, 429, what);
    assert.notEqual((await send(`203.0.${i}.1`, 'OPTIONS')).status, 429, what);
  }
  const rows = Object.keys(counted)
    .toSorted()
    .map((product) => `${product}\t${counted[product]}\n`)
    .join('');
  await until('all is counted', async () => (await refusedRows(collector)) === rows, { within: 20_000 });
  for (const product of kProducts) assertAddsUp(await collector.accounting(product));
  // Pages have no limit.
  for (let i = 0; i < 30; ++i) assert.equal((await fetch(`${collector.url}/version`)).status, 200);

  assert.equal(await phoenix.server.stop(), 0);
  const kept = everyByte(path.join(phoenix.folder, 'data')) + phoenix.server.err;
  assert.ok(!/203\.0\.\d|198\.51\.100|192\.0\.\d/.test(kept), 'an address is on the disk, or in the log');
});

test('a key that sends too much waits, and nothing is lost', { timeout: 120_000 }, async (t) => {
  const kEvents = 90;
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, {
    products: [{ name: 'dcos', write_keys: ['key-a', 'key-b'] }],
    lines: ['[rate_limit]', 'per_key = 4'],
  });
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  const track = (key, name) =>
    post(
      `${collector.url}/v1/track`,
      JSON.stringify({ event: name, anonymousId: 'a', messageId: `${key}-${name}` }),
      { headers: { authorization: `Basic ${btoa(`${key}:`)}` } },
    );
  const statuses = await Promise.all(Array.from({ length: 60 }, (_, i) => track('key-a', `e-${i}`)));
  const taken = statuses.filter(({ status }) => status === 200).length;
  assert.ok(taken >= 40 && taken <= 50, `${taken} were taken`);
  assert.equal((await track('key-b', 'one')).status, 200, 'the other key has its own');
  await Promise.all(Array.from({ length: 60 }, (_, i) => track('key-b', `e-${i}`)));
  const began = performance.now();
  const failures = await segmentNode(collector.url, 'key-b', (analytics) => {
    for (let i = 0; i < kEvents; ++i) {
      const properties = { cpu_total: i };
      analytics.track({ anonymousId: 'b', event: 'mesos_track', properties });
    }
  });
  assert.deepEqual(failures, []);
  const ms = performance.now() - began;
  t.diagnostic(`@segment/analytics-node took ${Math.round(ms)} ms`);
  assert.ok(ms > 900, 'it met no limit');
  const each = async () =>
    (
      await collector.ask(
        "SELECT count(), uniqExact(JSONExtractInt(body, 'properties', 'cpu_total')) FROM candor.events WHERE name = 'mesos_track'",
      )
    ).trim();
  await until('all are in the store', async () => (await each()) === `${kEvents}\t${kEvents}`, { within: 60_000 });
  const accounting = await collector.accounting('dcos');
  assertAddsUp(accounting);
  t.diagnostic(`${accounting.refused} requests were refused`);
});

test('nothing is limited unless it is configured', async (t) => {
  const phoenix = new Phoenix(new Bench(t), { products: ['dcos'] });
  const collector = await phoenix.start();
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, i) =>
      post(`${collector.url}/v1/track`, `{"event":"mesos_track","messageId":"m-${i}","userId":"u"}`),
    ),
  );
  assert.ok(answers.every(({ status }) => status === 200));
});
