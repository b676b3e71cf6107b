// What no telemetry module of Ceph sends, to both of its addresses.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { Bench } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { gzipBomb, kMemoryMargin, manyMembers, nested, tenGigabytes } from './lib/hostile.mjs';
import { Phoenix } from './lib/phoenix.mjs';

const kGzip = { 'content-encoding': 'gzip' };
const stamp = () => new Date().toISOString().slice(0, -1);

/** A report with more JSON text before its end. */
const report = (more = '', at = stamp()) =>
  `{"report_id":"${randomUUID()}","report_timestamp":"${at}","channels":["basic"],"osd":{"count":1}${more}}`;
const device = (more = '', day = '20261120-101112') => `{"V_M_${randomUUID()}":{"${day}":{"host_id":"h"${more}}}}`;

async function send(collector, address, body, headers = {}) {
  const response = await fetch(collector.url + address, { method: 'PUT', headers, body });
  return { status: response.status, text: await response.text() };
}

test('what nobody of good will sends', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['stone'] });
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  const huge = 'x'.repeat(1 << 20);
  const both = [
    // [what, a document with such a text in it, headers, status]
    ['nothing', () => '', {}, 400],
    ['no JSON', () => 'foo', {}, 400],
    ['cut short', (make) => make().slice(0, -5), {}, 400],
    ['truncated gzip', (make) => gzipSync(make()).subarray(0, 60), kGzip, 400],
    ['no gzip', (make) => make(), kGzip, 400],
    ['10 GiB in gzip', tenGigabytes, kGzip, 400],
    ['gzip in gzip', () => gzipSync(gzipBomb(1024)), kGzip, 400],
    ['17 MiB', () => Buffer.alloc(17 << 20, ' '), {}, 413],
    ['a member of 1 MB', (make) => make(`,"${huge}":1`), {}, 200],
    ['a text of 1 MB', (make) => make(`,"a":"${huge}"`), {}, 200],
    ['nested lists', (make) => make(`,"a":${nested(100_000)}`), {}, 400],
    ['nested objects', (make) => make(`,"a":${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`), {}, 400],
    ['a million brackets without an end', (make) => make(`,"a":${'['.repeat(1_000_000)}`), {}, 400],
    ['duplicate members', (make) => make(',"a":1,"a":2,"a":[]'), {}, 200],
    ['NaN', (make) => make(',"a":NaN'), {}, 400],
    ['a number no machine has', (make) => make(',"a":1e999'), {}, 400],
    ['half a surrogate pair', (make) => make(',"a":"\\ud800"'), {}, 400],
    ['half of one as a name', (make) => make(',"\\udc00":1'), {}, 400],
    ['no UTF-8', (make) => Buffer.from(make(',"a":"\xff"'), 'latin1'), {}, 400],
    ['100,000 members', (make) => make(`,"a":${manyMembers(100_000)}`), {}, 200],
    ['100,000 empty lists', (make) => make(`,"a":[${Array(100_000).fill('[]').join()}]`), {}, 200],
  ];
  const table = [
    ...both.map(([what, body, ...rest]) => [what, '/report', body(report), ...rest]),
    ...both.map(([what, body, ...rest]) => [what, '/device', body(device), ...rest]),
    ['a report of the year 50000', '/report', report('', '50000-01-01T00:00:00.000000'), {}, 400],
    ['a report of the year +50000', '/report', report('', '+050000-01-01T00:00:00.000000'), {}, 400],
    ['a report of the year 1', '/report', report('', '0001-01-01T00:00:00.000000'), {}, 400],
    ['a device of the year 50000', '/device', device('', '500000101-000000'), {}, 200],
    ['a device of the year 9999', '/device', device('', '99991231-235959'), {}, 200],
    ['a report_id of 1 MB', '/report', report().replace('"report_id":"', `"report_id":"${huge}`), {}, 400],
    ['two ids', '/report', report(`,"report_id":"${randomUUID()}"`), {}, 200],
    ['crashes that are none', '/report', report(',"crashes":[[],{},7,"x",null,{"backtrace":[[]]},{"entity_name":{}}]'), {}, 200],
    ['100,000 crashes', '/report', report(`,"crashes":[${Array(100_000).fill('{"crash_id":"x"}').join()}]`), {}, 200],
    ['a backtrace of 100,000 frames', '/report', report(`,"crashes":[{"crash_id":"x","backtrace":[${Array(100_000).fill('"f()"').join()}]}]`), {}, 200],
    ['10,000 devices', '/device', `{${Array.from({ length: 10_000 }, (_, i) => `"d${i}":{}`).join()}}`, {}, 200],
    ['devices in place of stamps', '/device', `{"d":${nested(30)}}`, {}, 200],
  ];
  assert.equal((await send(collector, '/report', report())).status, 200);
  const before = phoenix.memory();
  const failures = [];
  for (const [what, address, body, headers, status] of table) {
    const answer = await send(collector, address, body, headers);
    if (answer.status !== status) failures.push(`${address}, ${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
    else if (status !== 200) assert.match(JSON.parse(answer.text).error.message, /^[A-Z].*[.…]$/s, what);
    const next = await send(collector, '/report', report());
    assert.equal(next.status, 200, `after ${what}: ${next.text}`);
  }
  assert.deepEqual(failures, []);
  const refused = table.filter(([, , , , status]) => status !== 200).length;
  const accounting = await collector.loaded('stone', 1 + 2 * table.length);
  assertAddsUp(accounting);
  assert.deepEqual([accounting.received, accounting.refused], [1 + 2 * table.length, refused]);
  const days = 'SELECT count() FROM candor.device_reports WHERE day > today() + 1 OR day < today() - 36';
  assert.equal((await collector.ask(days)).trim(), '0');
  const grown = phoenix.memory() - before;
  t.diagnostic(`memory: ${before} KiB before, ${grown} KiB more afterwards, at most ${phoenix.memory('VmHWM')} KiB`);
  assert.ok(grown <= kMemoryMargin, `the collector holds ${grown} KiB more than before`);
});
