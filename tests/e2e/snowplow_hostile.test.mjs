// What no tracker of Snowplow of good will sends.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { Bench, until } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { kMemoryMargin, mostOfTwoMegabytes, nested, tenGigabytes } from './lib/hostile.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { schema, snowplow, cliEvent, ue, payload, send, assertOk } from './lib/snowplow.mjs';

test('what nobody of good will sends', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['meltano'] });
  const collector = await phoenix.start();
  await until('the store answers', () => phoenix.server.err.includes('the store answers'), { within: 30_000 });
  const gzip = { 'content-encoding': 'gzip' };
  const good = (id) => payload(ue(id, cliEvent('started')));
  const long = 'x'.repeat(900_000);
  const deep = nested(50_000);
  const raw = (text) => ue('', cliEvent('started'), { ue_pr: JSON.stringify(snowplow('unstruct_event', 'X')).replace('"X"', text) });
  // [what, body, headers, what it is counted as]
  const table = [
    ['no JSON', 'foo', {}, { refused: 1 }],
    ['nothing', '', {}, { refused: 1 }],
    ['a list', '[]', {}, { refused: 1 }],
    ['truncated gzip', gzipSync(good('a')).subarray(0, 40), gzip, { refused: 1 }],
    ['no gzip', good('b'), gzip, { refused: 1 }],
    ['gzip in gzip', gzipSync(mostOfTwoMegabytes()), gzip, { refused: 1 }],
    ['10 GiB in gzip', tenGigabytes(), gzip, { refused: 1 }],
    ['as much as gzip takes', mostOfTwoMegabytes(), gzip, { refused: 1 }],
    ['an unknown coding', good('c'), { 'content-encoding': 'br' }, { refused: 1 }],
    ['too much', Buffer.alloc(3 << 20, ' '), {}, { refused: 1 }],
    ['base64 rubbish', payload({ e: 'ue', ue_px: '%%%', eid: 'd' }), {}, { quarantined: 1 }],
    ['base64 of rubbish', payload({ e: 'ue', ue_px: 'AAAA', eid: 'e' }), {}, { quarantined: 1 }],
    ['a long name', payload(ue('f', { schema: schema(long, '1-0-0'), data: {} })), {}, { quarantined: 1 }],
    ['a long member', payload({ ...ue('g', cliEvent('started')), [long]: '1' }), {}, { accepted: 1 }],
    ['a long id', payload(ue(long, cliEvent('started'))), {}, { accepted: 1 }],
    ['nested lists', deep, {}, { refused: 1 }],
    ['a nested list as an event', `{"data":[${deep}]}`, {}, { refused: 1 }],
    ['nested data', payload(raw(`{"schema":"${schema('cli_event', '1-0-0')}","data":{"a":${deep}}}`)), {}, { quarantined: 1 }],
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
