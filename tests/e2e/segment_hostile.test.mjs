// What no client of Segment's API of good will sends.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { Bench, until } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { kMemoryMargin, manyMembers, mostOfTwoMegabytes, nested, tenGigabytes } from './lib/hostile.mjs';
import { Phoenix } from './lib/phoenix.mjs';

const kKey = 'dcos-write-key';
const kAuthorization = `Basic ${Buffer.from(`${kKey}:`).toString('base64')}`;
const kGzip = { 'content-encoding': 'gzip' };

async function send(collector, body, headers = {}, address = '/v1/batch') {
  const response = await fetch(collector.url + address, {
    method: 'POST',
    headers: { authorization: kAuthorization, ...headers },
    body,
  });
  return { status: response.status, text: await response.text() };
}

/** A message as JSON; `properties` are JSON. */
const message = (id, properties = '{"cpu_total":1}', more = '') =>
  `{"type":"track","event":"mesos_track","messageId":"${id}","properties":${properties}${more}}`;
const batchOf = (...messages) => `{"batch":[${messages.join()}]}`;

test('what nobody of good will sends', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: [{ name: 'dcos', write_keys: [kKey] }] });
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  const good = (id) => batchOf(message(id));
  const long = 'x'.repeat(30_000);
  const huge = 'x'.repeat(1 << 20);
  // [what, body, headers, status, what it is counted as]
  const table = [
    ['no JSON', 'foo', {}, 400, { refused: 1 }],
    ['nothing', '', {}, 400, { refused: 1 }],
    ['cut short', good('a').slice(0, -4), {}, 400, { refused: 1 }],
    ['truncated gzip', gzipSync(good('a')).subarray(0, 40), kGzip, 400, { refused: 1 }],
    ['no gzip', good('a'), kGzip, 400, { refused: 1 }],
    ['10 GiB in gzip', tenGigabytes(), kGzip, 413, { refused: 1 }],
    ['as much as gzip takes', mostOfTwoMegabytes(), kGzip, 400, { refused: 1 }],
    ['gzip in gzip', gzipSync(mostOfTwoMegabytes()), kGzip, 400, { refused: 1 }],
    ['an unknown coding', good('a'), { 'content-encoding': 'br' }, 415, { refused: 1 }],
    ['a key in no base64 is none', good('u'), { authorization: 'Basic %%%' }, 200, { accepted: 1 }],
    ['a key of 20 kB', good('a'), { authorization: `Basic ${Buffer.from(long.slice(0, 15_000)).toString('base64')}` }, 401, { refused: 1 }],
    ['a name of 1 MB', batchOf(`{"type":"track","event":"${huge}"}`), {}, 400, { refused: 1 }],
    ['a name of 30 kB', batchOf(`{"type":"track","event":"${long}"}`), {}, 200, { quarantined: 1 }],
    ['a member of 30 kB', batchOf(message('b', `{"${long}":1}`)), {}, 200, { accepted: 1 }],
    ['an id of 30 kB', batchOf(message(long)), {}, 200, { accepted: 1 }],
    ['a source of 30 kB', batchOf(message('c', '{}', `,"anonymousId":"${long}"`)), {}, 200, { accepted: 1 }],
    ['a value of 30 kB', batchOf(message('d', `{"cpu_total":1,"variant":"${long}"}`)), {}, 200, { partly_quarantined: 1 }],
    ['nested lists', nested(100_000), {}, 400, { refused: 1 }],
    ['a batch of nested lists', batchOf(nested(100_000)), {}, 200, { refused: 1 }],
    ['nested properties', batchOf(message('e', `{"a":${nested(10_000)}}`)), {}, 200, { refused: 1 }],
    ['nested brackets without an end', `{"batch":${'['.repeat(200_000)}`, {}, 400, { refused: 1 }],
    ['duplicate members', batchOf(message('f', '{"cpu_total":1,"cpu_total":2,"cpu_total":-1}')), {}, 200, { accepted: 1 }],
    ['two batches', `{"batch":[],"batch":[${message('g')}]}`, {}, 200, { accepted: 1 }],
    ['NaN', batchOf(message('h', '{"cpu_total":NaN}')), {}, 200, { refused: 1 }],
    ['NaN as a text', batchOf(message('i', '{"cpu_total":"NaN"}')), {}, 200, { quarantined: 1 }],
    ['a number no machine has', batchOf(message('j', '{"cpu_total":1e999}')), {}, 200, { refused: 1 }],
    ['the year 50000', batchOf(message('k', '{}', ',"timestamp":"+50000-01-01T00:00:00Z"')), {}, 200, { accepted: 1 }],
    ['the year 50000, and sent in it', batchOf(message('l', '{}', ',"timestamp":"50000-01-01T00:00:00Z","sentAt":"50000-01-01T00:00:01Z"')), {}, 200, { accepted: 1 }],
    ['sent 8,000 years before it happened', batchOf(message('m', '{}', ',"timestamp":"9999-12-31T23:59:59Z","sentAt":"0001-01-01T00:00:00Z"')), {}, 200, { accepted: 1 }],
    ['the year 50000 as a number', batchOf(message('n', '{}', ',"timestamp":1515740601600000')), {}, 200, { accepted: 1 }],
    ['half a surrogate pair', batchOf(message('o', '{"variant":"\\ud800"}')), {}, 200, { refused: 1 }],
    ['half of one beside the batch', `{"context":{"a":"\\udc00"},"batch":[${message('p')}]}`, {}, 400, { refused: 1 }],
    ['no UTF-8', Buffer.from(batchOf(message('q', '{"variant":"\xff"}')), 'latin1'), {}, 200, { refused: 1 }],
    ['100,000 properties', batchOf(message('r', manyMembers(100_000))), {}, 400, { refused: 1 }],
    ['40,000 properties', batchOf(message('s', manyMembers(40_000))), {}, 200, { refused: 1 }],
    ['40,000 members beside the batch', `{"batch":[],${manyMembers(40_000).slice(1)}`, {}, 400, { refused: 1 }],
    ['2,000 properties', batchOf(message('t', manyMembers(2_000))), {}, 200, { accepted: 1 }],
    ['171,000 messages that are none', batchOf(Array(171_000).fill('{}').join()), {}, 400, { refused: 1 }],
    ['100,000 of them', batchOf(Array(100_000).fill('{}').join()), {}, 200, { quarantined: 2_500, refused: 97_500 }],
    ['200,000 commas', batchOf(','.repeat(200_000)), {}, 400, { refused: 1 }],
  ];
  assert.equal((await send(collector, good('first'))).status, 200);
  const before = phoenix.memory();
  const expected = { accepted: 1, partly_quarantined: 0, quarantined: 0, refused: 0 };
  const failures = [];
  for (const [i, [what, body, headers, status, counted]] of table.entries()) {
    const answer = await send(collector, body, headers);
    if (answer.status !== status) failures.push(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
    else if (status !== 200) assert.match(JSON.parse(answer.text).message, /\w \w/);
    for (const [outcome, number] of Object.entries(counted)) expected[outcome] += number;
    assert.equal((await send(collector, good(`after-${i}`))).status, 200, `after ${what}`);
    ++expected.accepted;
  }
  assert.deepEqual(failures, []);
  const total = Object.values(expected).reduce((sum, number) => sum + number);
  const accounting = await collector.loaded('dcos', total);
  assertAddsUp(accounting);
  const { accepted, partly_quarantined, quarantined, refused, received } = accounting;
  assert.deepEqual({ accepted, partly_quarantined, quarantined, refused, received }, { ...expected, received: total });
  const outside = await collector.ask('SELECT count() FROM candor.events WHERE day > today() + 1 OR day < today() - 36');
  assert.equal(outside.trim(), '0');
  const grown = phoenix.memory() - before;
  t.diagnostic(`memory: ${before} KiB before, ${grown} KiB more afterwards, at most ${phoenix.memory('VmHWM')} KiB`);
  assert.ok(grown <= kMemoryMargin, `the collector holds ${grown} KiB more than before`);

  await t.test('what did not fit is in quarantine with its reason', async () => {
    const { rows } = await collector.json('/api/v1/products/dcos/quarantine');
    const reasons = Object.fromEntries(rows.map(({ field, reason }) => [field, reason]));
    assert.equal(reasons['mesos_track: properties.variant'], 'not_allowed');
    assert.match(reasons['mesos_track: properties.cpu_total'], /too_small|wrong_type/);
  });

  await t.test('one bad message of a thousand costs itself only', async () => {
    const bads = ['"no message"', '{"a":NaN}', '{"a":"\\ud800"}', nested(100), `"${'x'.repeat(33_000)}"`];
    for (const [i, bad] of bads.entries()) {
      const messages = Array.from({ length: 1000 }, (_, n) => message(`b-${i}-${n}`));
      messages[500] = bad;
      assert.equal((await send(collector, batchOf(...messages))).status, 200);
    }
    const after = await collector.loaded('dcos', total + bads.length * 1000);
    assert.deepEqual([after.accepted - accepted, after.refused - refused], [bads.length * 999, bads.length]);
    assertAddsUp(after);
  });

  await t.test('the key and the time beside a batch hold for its messages, whatever one of them is', async () => {
    const body = `{"writeKey":"${kKey}","sentAt":"2026-11-21T12:00:00Z","batch":[{"a":NaN}, ${message('z', '{"cpu_total":77}', ',"timestamp":"2026-11-21T11:00:00Z"')} ]}`;
    assert.equal((await send(collector, body, { authorization: '' })).status, 200);
    const age = "SELECT toUInt64(toUInt32(received)) - intDiv(at, 1000) FROM candor.events WHERE JSONExtractInt(body, 'properties', 'cpu_total') = 77";
    await until('it happened an hour before its receipt', async () =>
      [3599, 3600, 3601].includes(Number((await collector.ask(age)).trim() || 0)));
  });
});
