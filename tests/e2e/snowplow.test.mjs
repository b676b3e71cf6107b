// Snowplow's tracker protocol: its own tracker, what Meltano sends with it, and what no client of good will sends.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  buildPageView,
  buildSelfDescribingEvent,
  buildStructEvent,
} from '@snowplow/node-tracker';
import { Bench, until } from './lib/bench.mjs';
import { kEvents, snowplowNode } from './lib/clients.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { Phoenix } from './lib/phoenix.mjs';

const kProject = '70b28f00-e38f-41b2-a723-aab344f535b9';
const kTp2 = '/com.snowplowanalytics.snowplow/tp2';
const kIglu = '/com.snowplowanalytics.iglu/v1';
const kMemoryMargin = 32 * 1024; // KiB
const kHash = createHash('sha256').update('tap-github').digest('hex');

const schema = (name, version, vendor = 'com.meltano') => `iglu:${vendor}/${name}/jsonschema/${version}`;
const snowplow = (name, data, version = '1-0-0') => ({
  schema: schema(name, version, 'com.snowplowanalytics.snowplow'),
  data,
});

const contexts = (exit = {}) => [
  {
    schema: schema('environment_context', '1-3-0'),
    data: {
      context_uuid: kProject,
      parent_context_uuid: null,
      meltano_version: '3.5.4',
      is_dev_build: false,
      notable_flag_env_vars: { GITPOD: true },
      num_cpu_cores: 8,
      process_hierarchy: [{ process_name_hash: kHash, process_creation_timestamp: '2026-11-21T05:00:12.251606Z' }],
    },
  },
  {
    schema: schema('project_context', '1-1-0'),
    data: { project_uuid: kProject, project_uuid_source: 'derived', environment_name_hash: null },
  },
  {
    schema: schema('cli_context', '1-1-0'),
    data: { command: 'invoke', parent_command_hint: null, options: { plugin_name: 'jane-canary', no_update: true } },
  },
  {
    schema: schema('plugins_context', '1-0-0'),
    data: { plugins: [{ category: 'extractors', name_hash: kHash, pip_url_hash: 'git+https://canary' }, {}] },
  },
  { schema: schema('exception_context', '1-0-0'), data: { context_uuid: kProject, exception: null }, ...exit },
];
const cliEvent = (event, version = '1-0-1') => ({ schema: schema('cli_event', version), data: { event } });

/** An event of tp2, its JSON in clear. */
const ue = (eid, described, more = {}) => ({
  e: 'ue',
  eid,
  tv: 'py-1.1.0',
  p: 'pc',
  aid: 'meltano',
  dtm: String(Date.now()),
  ue_pr: JSON.stringify(snowplow('unstruct_event', described)),
  ...more,
});
const payload = (...data) => JSON.stringify(snowplow('payload_data', data, '1-0-4'));
const packed = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');

async function send(collector, body, { address = kTp2, headers = {}, method = 'POST' } = {}) {
  const response = await fetch(collector.url + address, {
    method,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: method === 'POST' ? body : undefined,
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

async function assertOk(collector, body, options) {
  const answer = await send(collector, body, options);
  assert.equal(answer.status, 200);
  assert.equal(String(answer.bytes), 'ok');
  assert.match(answer.headers.get('content-type'), /^text\/plain/);
  assert.equal(answer.headers.get('set-cookie'), null);
}

/** {path: "reason type value"} of what is in quarantine. */
async function quarantine(collector) {
  const rows = await collector.ask('SELECT path, reason, type, value FROM candor.quarantine FORMAT JSONEachRow');
  return Object.fromEntries(
    rows
      .split('\n')
      .filter(Boolean)
      .map(JSON.parse)
      .map(({ path, reason, type, value }) => [path, `${reason} ${type} ${value}`.trim()]),
  );
}



for (const [how, options] of [
  ['POST', { eventMethod: 'post' }],
  ['POST, nothing in base64', { eventMethod: 'post', encodeBase64: false }],
  ['GET', { eventMethod: 'get' }],
]) {
  test(`@snowplow/node-tracker delivers each event once by ${how}`, { timeout: 180_000 }, async (t) => {
    const collector = await startCollector(new Bench(t), { products: ['meltano'] });
    const failures = await snowplowNode(
      collector.url,
      (tracker, i) => {
        const event = {
          schema: schema('exit_event', '1-0-1'),
          data: { exit_code: 0, process_duration_microseconds: i },
        };
        tracker.track(buildSelfDescribingEvent({ event }), contexts());
      },
      options,
    );
    assert.deepEqual(failures, []);
    const accounting = await collector.loaded('meltano', kEvents);
    assert.equal(accounting.received, kEvents);
    assert.equal(accounting.accepted, kEvents);
    const { events } = await collector.json('/api/v1/products/meltano/events?days=2');
    assert.deepEqual(
      events.map(({ name, count, installations }) => ({ name, count, installations })),
      [{ name: 'exit_event', count: kEvents, installations: 1 }],
    );
    const rows = await collector.ask(
      "SELECT count(), uniqExact(JSONExtractInt(body, 'data', 'process_duration_microseconds')) FROM candor.events",
    );
    assert.equal(rows.trim(), `${kEvents}\t${kEvents}`);
  });
}

test('what Meltano sends', { timeout: 60_000 }, async (t) => {
  const collector = await startCollector(new Bench(t), { products: ['meltano'] });
  const cx = packed(snowplow('contexts', contexts(), '1-0-1'));
  await assertOk(
    collector,
    payload(
      ue('m-1', cliEvent('started'), { cx, tz: 'Europe/Canary', ip: '192.0.2.77', tnuid: 'canary', ua: 'canary' }),
      ue('m-2', { schema: schema('block_event', '1-0-0'), data: { type: 'ExtractLoadBlocks', event: 'failed' } }, { cx }),
      ue('m-3', { schema: schema('exit_event', '1-0-1'), data: { exit_code: 1 } }, { cx }),
      ue(
        'm-4',
        {
          schema: schema('telemetry_state_change_event', '1-0-0'),
          data: { setting_name: 'send_anonymous_usage_stats', changed_from: true, changed_to: false },
        },
        { cx: packed(snowplow('contexts', contexts().slice(0, 2))) },
      ),
    ),
    { headers: { 'sp-anonymous': '*', 'x-forwarded-for': '192.0.2.77' } },
  );
  const accounting = await collector.loaded('meltano', 4);
  assert.equal(accounting.accepted, 4, JSON.stringify(await quarantine(collector)));
  const rows = await collector.ask(
    "SELECT body, source FROM candor.events WHERE name = 'cli_event' FORMAT JSONEachRow",
  );
  const { body, source } = JSON.parse(rows);
  assert.equal(source, kProject);
  const kept = JSON.parse(body);
  assert.deepEqual(kept.data, { event: 'started' });
  assert.equal(kept.contexts.environment_context.meltano_version, '3.5.4');
  assert.equal(kept.contexts.plugins_context.plugins[0].name_hash, kHash);
  // What should have been hashed is hashed here.
  assert.match(kept.contexts.plugins_context.plugins[0].pip_url_hash, /^[0-9a-f]{64}$/);
  assert.match(kept.contexts.cli_context.options.plugin_name, /^[0-9a-f]{64}$/);
  const figures = await collector.ask(
    "SELECT figure, value, uniqMerge(sources) FROM candor.daily WHERE figure != '' GROUP BY figure, value ORDER BY figure",
  );
  for (const row of ['plugins_called\ttap-github', 'plugins_used\ttap-github', 'commands\tinvoke', 'outcomes\tstarted'])
    assert.ok(figures.includes(`${row}\t1\n`), `${row} is not in\n${figures}`);
  const everything = await collector.everything();
  assert.ok(everything.includes('tracker.tz'), 'what is dropped is counted');
  for (const secret of ['canary', '192.0.2.77']) {
    assert.ok(!everything.toLowerCase().includes(secret), secret);
    assert.ok(!collector.server.err.toLowerCase().includes(secret), secret);
  }
});

test('what the protocol asks for', { timeout: 60_000 }, async (t) => {
  const collector = await startCollector(new Bench(t), { products: ['meltano'] });
  let received = 0;
  const accounted = (more) => collector.loaded('meltano', (received += more));

  await t.test('a pixel is answered with a pixel', async () => {
    for (const address of ['/i', '/ice.png', kTp2]) {
      const query = new URLSearchParams(ue(address, cliEvent('completed')));
      for (const method of ['GET', 'HEAD']) {
        const answer = await send(collector, '', { address: `${address}?${query}`, method });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('content-type'), 'image/gif');
        assert.equal(answer.headers.get('cache-control'), 'no-cache, no-store, must-revalidate');
        assert.equal(answer.headers.get('content-length'), '43');
        assert.equal(answer.bytes.length, method === 'GET' ? 43 : 0);
      }
    }
    const accounting = await accounted(6);
    assert.equal(accounting.accepted, 3);
    assert.equal(accounting.duplicates, 3);
  });

  await t.test('documents without an envelope, gzip, and a prefix', async () => {
    await assertOk(collector, JSON.stringify(cliEvent('failed')), { address: kIglu });
    const address = `/p/meltano${kTp2}`;
    const headers = { 'content-encoding': 'gzip' };
    await assertOk(collector, gzipSync(payload(ue('gz', cliEvent('started')))), { address, headers });
    assert.equal((await accounted(2)).accepted, 5);
  });

  await t.test('a browser may ask first, and send its credentials', async () => {
    const origin = 'https://shop.example';
    const response = await fetch(collector.url + kTp2, { method: 'OPTIONS', headers: { origin } });
    assert.ok(response.ok);
    assert.match(response.headers.get('access-control-allow-headers'), /Content-Type, SP-Anonymous/);
    const answer = await send(collector, payload(), { headers: { origin } });
    for (const { headers } of [response, answer]) {
      assert.equal(headers.get('access-control-allow-origin'), origin);
      assert.equal(headers.get('access-control-allow-credentials'), 'true');
    }
  });

  await t.test('kinds that the contract does not know are quarantined by name', async () => {
    await snowplowNode(
      collector.url,
      (tracker, i) =>
        tracker.track(
          i === 0
            ? buildPageView({ pageUrl: 'https://canary.example/' })
            : buildStructEvent({ category: 'canary', action: 'add', value: 1 }),
        ),
      { count: 2 },
    );
    assert.equal((await accounted(2)).quarantined, 2);
    const rows = await quarantine(collector);
    assert.equal(Object.keys(rows).length, 2);
    assert.ok(Object.keys(rows).every((path) => /page_view|struct_event/.test(path)), JSON.stringify(rows));
    assert.ok(!(await collector.everything()).includes('canary'));
  });

  await t.test('a failure names event and field', async () => {
    await assertOk(
      collector,
      payload(
        ue('f-1', cliEvent('exploded')),
        ue('f-2', cliEvent('started', '2-0-0')),
        ue('f-3', cliEvent('started'), { ue_pr: '{"a":NaN}' }),
        ue('f-4', cliEvent('started'), { cx: 'no base64!' }),
        { e: 'nothing' },
      ),
    );
    const accounting = await accounted(5);
    assertAddsUp(accounting);
    const rows = await quarantine(collector);
    assert.equal(rows['cli_event: data.event'], 'not_allowed string "exploded"');
    assert.equal(rows['cli_event: schema'], 'not_allowed string "com.meltano/cli_event/2"');
    assert.equal(rows['self_describing: ue_pr'], 'wrong_type string');
    assert.equal(rows['cli_event: cx'], 'wrong_type string');
    assert.equal(rows['unknown: e'], 'wrong_type string');
  });

  await t.test('other addresses of two parts are none', async () => {
    for (const address of ['/com.acme/v1', '/com.snowplowanalytics.snowplow/tp1'])
      assert.equal((await send(collector, '', { address, method: 'GET' })).status, 404);
    assert.equal((await fetch(collector.url + kTp2, { method: 'PUT' })).status, 405);
    assert.equal((await send(collector, payload(), { address: `/p/nobody${kTp2}` })).status, 400);
  });
});

test('what nobody of good will sends', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['meltano'] });
  const collector = await phoenix.start();
  await until('the store answers', () => phoenix.server.err.includes('the store answers'), { within: 30_000 });
  const gzip = { 'content-encoding': 'gzip' };
  const good = (id) => payload(ue(id, cliEvent('started')));
  const long = 'x'.repeat(900_000);
  const nested = '['.repeat(50_000) + ']'.repeat(50_000);
  const raw = (text) => ue('', cliEvent('started'), { ue_pr: JSON.stringify(snowplow('unstruct_event', 'X')).replace('"X"', text) });
  // [what, body, headers, what it is counted as]
  const table = [
    ['no JSON', 'foo', {}, { refused: 1 }],
    ['nothing', '', {}, { refused: 1 }],
    ['a list', '[]', {}, { refused: 1 }],
    ['truncated gzip', gzipSync(good('a')).subarray(0, 40), gzip, { refused: 1 }],
    ['no gzip', good('b'), gzip, { refused: 1 }],
    ['a gzip bomb', gzipSync(gzipSync(Buffer.alloc(64 << 20))), gzip, { refused: 1 }],
    ['a bomb that unpacks to much', gzipSync(Buffer.alloc(64 << 20)), gzip, { refused: 1 }],
    ['an unknown coding', good('c'), { 'content-encoding': 'br' }, { refused: 1 }],
    ['too much', Buffer.alloc(3 << 20, ' '), {}, { refused: 1 }],
    ['base64 rubbish', payload({ e: 'ue', ue_px: '%%%', eid: 'd' }), {}, { quarantined: 1 }],
    ['base64 of rubbish', payload({ e: 'ue', ue_px: 'AAAA', eid: 'e' }), {}, { quarantined: 1 }],
    ['a long name', payload(ue('f', { schema: schema(long, '1-0-0'), data: {} })), {}, { quarantined: 1 }],
    ['a long member', payload({ ...ue('g', cliEvent('started')), [long]: '1' }), {}, { accepted: 1 }],
    ['a long id', payload(ue(long, cliEvent('started'))), {}, { accepted: 1 }],
    ['nested lists', nested, {}, { refused: 1 }],
    ['a nested list as an event', `{"data":[${nested}]}`, {}, { refused: 1 }],
    ['nested data', payload(raw(`{"schema":"${schema('cli_event', '1-0-0')}","data":{"a":${nested}}}`)), {}, { quarantined: 1 }],
    ['duplicate members', payload(raw(`{"schema":"${schema('cli_event', '1-0-0')}","data":{"event":"failed","event":"started"}}`)), {}, { accepted: 1 }],
    ['NaN', `{"data":[{"e":"se","se_va":NaN}]}`, {}, { refused: 1 }],
    ['NaN as a text', payload({ e: 'ue', ue_px: Buffer.from('{"a":NaN}').toString('base64') }), {}, { quarantined: 1 }],
    ['the year 50000', payload(ue('h', cliEvent('started'), { dtm: '1515740601600000' })), {}, { accepted: 1 }],
    ['no time at all', payload(ue('i', cliEvent('started'), { dtm: '1e400', stm: '-9223372036854775808' })), {}, { accepted: 1 }],
    ['half a surrogate pair', '{"data":[{"e":"se","se_la":"\\ud800"}]}', {}, { refused: 1 }],
    ['half of one inside', payload(raw(`{"schema":"${schema('cli_event', '1-0-0')}","data":{"event":"\\udc00"}}`)), {}, { quarantined: 1 }],
    ['no UTF-8', Buffer.from('{"data":[{"e":"\xff"}]}', 'latin1'), {}, { refused: 1 }],
    ['200,000 empty events', `{"data":[${Array(200_000).fill('{}').join()}]}`, {}, { quarantined: 10_000, refused: 190_000 }],
    ['a million commas', `{"data":[${','.repeat(999_999 - 20)}]}`, {}, { refused: 999_980 }],
    ['an object of 100,000 members', `{"data":[{${Array.from({ length: 100_000 }, (_, i) => `"${i}":1`).join()}}]}`, {}, { refused: 1 }],
  ];
  const before = phoenix.memory();
  const expected = { accepted: 0, quarantined: 0, refused: 0 };
  for (const [what, body, headers, counted] of table) {
    const answer = await send(collector, body, { headers });
    assert.equal(answer.status, 200, `${what}: ${answer.bytes}`);
    for (const [outcome, number] of Object.entries(counted)) expected[outcome] += number;
    await assertOk(collector, good(`after ${what}`));
    ++expected.accepted;
  }
  const total = Object.values(expected).reduce((sum, number) => sum + number);
  const accounting = await collector.loaded('meltano', total);
  assertAddsUp(accounting);
  const { accepted, quarantined, refused, received } = accounting;
  assert.deepEqual({ accepted, quarantined, refused, received }, { ...expected, received: total });
  const late = await collector.ask('SELECT count() FROM candor.events WHERE day > today() + 1');
  assert.equal(late.trim(), '0');
  const grown = phoenix.memory() - before;
  t.diagnostic(`memory: ${before} KiB before, ${grown} KiB more afterwards`);
  assert.ok(grown <= kMemoryMargin, `the collector holds ${grown} KiB more than before`);

  await t.test('one bad event of a thousand costs itself only', async () => {
    for (const [i, bad] of ['"no event"', 'NaN', '{"e":"se","se_la":"\\ud800"}', '{"e":"ue","ue_px":"%"}'].entries()) {
      const events = Array.from({ length: 1000 }, (_, n) => JSON.stringify(ue(`b-${i}-${n}`, cliEvent('started'))));
      events[500] = bad;
      await assertOk(collector, `{"schema":"x","data":[${events.join()}]}`);
    }
    const after = await collector.loaded('meltano', total + 4000);
    assert.equal(after.accepted - accepted, 4 * 999);
    assert.equal(after.refused - refused, 3);
    assert.equal(after.quarantined - quarantined, 1);
  });
});
