// Snowplow's tracker protocol: its own tracker, and what Meltano sends with it.
import assert from 'node:assert/strict';
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
import {
  kProject,
  kTp2,
  kIglu,
  kHash,
  schema,
  snowplow,
  contexts,
  cliEvent,
  ue,
  payload,
  packed,
  send,
  assertOk,
  quarantine,
} from './lib/snowplow.mjs';

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
    "SELECT figure, value, uniqArrayMerge(sources) FROM candor.daily WHERE figure != '' GROUP BY figure, value ORDER BY figure",
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
