// What no tracker of Plausible of good will sends.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { Bench } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { gzipBomb, kMemoryMargin, manyMembers, nested, tenGigabytes } from './lib/hostile.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { kEvent, send } from './lib/plausible.mjs';

test('what nobody of good will sends', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['mesh', 'stone'] });
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  assert.equal((await send(collector, kEvent)).status, 202);
  const before = phoenix.memory();
  let refused = 0;
  let taken = 1;
  const kUnreadable = { request: ['Unable to parse request body as json'] };
  const gzip = { 'content-encoding': 'gzip' };
  const cases = [
    ['nothing', '', 400, kUnreadable],
    ['no object', '[]', 400, kUnreadable],
    ['cut', '{"n":', 400, kUnreadable],
    ['a lone surrogate as bytes', Buffer.from('{"n":"\xed\xa0\x80"}', 'latin1'), 400, kUnreadable],
    ['NaN', '{"n":NaN}', 400, kUnreadable],
    ['nested', `{"n":"pageview","u":"/","d":"a","p":${nested(100_000)}}`, 400, kUnreadable],
    ['nothing in it', {}, 400, { domain: ["can't be blank"], event_name: ["can't be blank"], url: ['is required'] }],
    ['a name of 900 kB', { ...kEvent, n: 'x'.repeat(900_000) }, 400, { event_name: ['should be at most 120 character(s)'] }],
    ['no URL', { ...kEvent, u: 7 }, 400, { url: ['must be a valid url'] }],
    ['a long URL', { ...kEvent, u: `/${'x'.repeat(3000)}` }, 400, { url: ['must be a valid url'] }],
    ['data', { ...kEvent, u: 'data:text/html,x' }, 400, { url: ['scheme is not allowed'] }],
    ['no domain', { ...kEvent, d: '' }, 400, { domain: ["can't be blank"] }],
    ['a long property', { ...kEvent, p: { a: 'x'.repeat(2001) } }, 400, { props: ['keys should have at most 300 bytes and values 2000 bytes'] }],
    ['engagement of nothing', { ...kEvent, n: 'engagement' }, 400, { event_name: ["engagement event requires a valid integer value for at least one of 'sd' or 'e' fields"] }],
    ['cut gzip', gzipSync(JSON.stringify(kEvent)).subarray(0, 20), 400, undefined, gzip],
    ['10 GiB in gzip', tenGigabytes(), 413, undefined, gzip],
    ['as much as gzip takes', gzipBomb(896), 400, undefined, gzip],
    ['gzip in gzip', gzipSync(gzipBomb(896)), 400, undefined, gzip],
    ['75,000 members', manyMembers(75_000), 400, kUnreadable],
    ['an unknown encoding', 'x', 415, undefined, { 'content-encoding': 'rot13' }],
    ['too large', 'x'.repeat(1_000_001), 413],
  ];
  for (const [name, body, status, errors, headers] of cases) {
    const answer = await send(collector, body, headers);
    assert.equal(answer.status, status, `${name}: ${answer.text}`);
    if (status !== 413) assert.ok(JSON.parse(answer.text).errors, `${name}: ${answer.text}`);
    if (errors) assert.deepEqual(JSON.parse(answer.text), { errors }, name);
    assert.equal((await send(collector, kEvent)).status, 202, `after ${name}`);
    ++refused;
    ++taken;
  }
  // [what, body, what it is counted as]
  const odd = [
    ['half a surrogate pair as a name', { ...kEvent, n: '\ud800' }, 'refused'],
    ['half of one as a property', { ...kEvent, p: { a: '\udc00' } }, 'refused'],
    ['duplicate members', '{"n":"pageview","n":"pageview","u":"/a","u":"/b","d":"x"}', 'accepted'],
    ['properties of JavaScript', { ...kEvent, u: 'https://[::', p: { constructor: 1, __proto__x: 2 } }, 'accepted'],
    ['no UTF-8, packed for an address', { ...kEvent, u: '%ff%00%', sd: 1e308, e: -1 }, 'accepted'],
    ['properties in base64', { ...kEvent, p: 'eyJhIjoxfQ==' }, 'accepted'],
    ['75,000 properties as a text', { ...kEvent, p: manyMembers(75_000) }, 'accepted'],
    ['lists as properties', { ...kEvent, p: { a: [[[]]], b: {} } }, 'accepted'],
    ['NaN as a text', { ...kEvent, $: { currency: 'EUR', amount: 'NaN' } }, 'accepted'],
    ['engagement of the year 50000', { ...kEvent, n: 'engagement', e: 1_515_740_601_600_000, sd: 50 }, 'accepted'],
  ];
  const failures = [];
  for (const [what, body, outcome] of odd) {
    const { status, text } = await send(collector, body);
    if (status !== (outcome === 'accepted' ? 202 : 400)) failures.push(`${what}: ${status} ${text}`);
    assert.equal((await send(collector, kEvent)).status, 202, `after ${what}`);
    ++taken;
    if (outcome === 'accepted') ++taken;
    else ++refused;
  }
  assert.deepEqual(failures, []);
  const accounting = await collector.loaded('mesh', taken + refused);
  assertAddsUp(accounting);
  assert.deepEqual([accounting.received, accounting.refused], [taken + refused, refused]);
  const grown = phoenix.memory() - before;
  t.diagnostic(`memory: ${before} KiB before, ${grown} KiB more afterwards, at most ${phoenix.memory('VmHWM')} KiB`);
  assert.ok(grown <= kMemoryMargin, `the collector holds ${grown} KiB more than before`);
});
