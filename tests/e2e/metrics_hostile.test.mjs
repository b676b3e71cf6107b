// Samples that no exporter and no Prometheus of good will sends.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { Bench, until } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { gzipBomb, kMemoryMargin, tenGigabytes } from './lib/hostile.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { bytesField, doubleField, numberField, seriesOf, snappyBlock, varint } from './lib/protobuf.mjs';
import { kJson, kProtobuf, kVersion2, kWrite, send } from './lib/samples.mjs';

test('hostile requests get their status, and the next one is served', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['mesh'] });
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  const now = Date.now();
  const good = (i) => snappyBlock(seriesOf({ __name__: 'up', job: `good-${i}` }, [[1, now]]));
  const otlp = (points, name = 'up') =>
    JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name, gauge: { dataPoints: points } }] }] }] });
  const write = `${collector.url}/api/v1/write`;
  const metrics = `${collector.url}/v1/metrics`;
  const gzipped = { ...kJson, 'content-encoding': 'gzip' };
  const manyLabels = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`l${i}`, 'x']));
  const manyAttributes = Object.keys(manyLabels).map((key) => ({ key, value: { stringValue: 'x' } }));
  const name = 'n'.repeat(1 << 20);
  // AnyValue.array_value and ArrayValue.values in turn.
  let deep = Buffer.alloc(0);
  for (let i = 0; i < 2_000; ++i) deep = bytesField(5, bytesField(1, deep));
  const label = (value) => bytesField(1, bytesField(1, 'job'), bytesField(2, value));
  const named = bytesField(1, bytesField(1, '__name__'), bytesField(2, 'up'));
  const twice = bytesField(1, named, label('a'), label('b'), bytesField(2, doubleField(1, 1), numberField(2, now)));
  const partly = (text) => assert.ok(Number(JSON.parse(text).partialSuccess.rejectedDataPoints) > 0, text);
  const table = [
    ['gzip cut short', metrics, gzipSync(otlp([{ asInt: 1 }])).subarray(0, 40), gzipped, 400],
    ['10 GiB in gzip', metrics, tenGigabytes(), gzipped, 413],
    ['as much as gzip takes', metrics, gzipBomb(7 * 1024), gzipped, 400],
    ['gzip in gzip', metrics, gzipSync(gzipBomb(1024)), gzipped, 400],
    ['10 GiB in gzip, sent as Protocol Buffers', metrics, gzipBomb(7 * 1024), { ...kProtobuf, 'content-encoding': 'gzip' }, 400],
    ['gzip that is none', metrics, 'rubbish', gzipped, 400],
    ['snappy that claims 4 GiB', write, snappyBlock(Buffer.alloc(8), 0xffffffff), kWrite, 400],
    ['snappy that claims too little', write, snappyBlock(Buffer.alloc(100), 10), kWrite, 400],
    ['snappy that claims 8 MiB', write, snappyBlock(Buffer.alloc(100), 8 << 20), kWrite, 400],
    ['framed snappy', write, Buffer.from('\xff\x06\x00\x00sNaPpY', 'latin1'), kWrite, 400],
    ['nothing at all', write, '', kWrite, 400],
    ['a message cut short', write, snappyBlock(seriesOf({ __name__: 'up' }, [[1, now]]).subarray(0, 9)), kWrite, 400],
    ['a varint without an end', write, snappyBlock(Buffer.alloc(20, 0xff)), kWrite, 400],
    ['a length beyond the end', write, snappyBlock(Buffer.concat([varint(10), varint(1 << 30)])), kWrite, 400],
    ['4 million empty series', write, snappyBlock(Buffer.alloc(8 << 20, Buffer.from([10, 0])).subarray(0, 8_000_000)), kWrite, 204],
    ['3 million empty samples', write, snappyBlock(bytesField(1, bytesField(1, bytesField(1, '__name__'), bytesField(2, 'up')), Buffer.alloc(6_000_000, Buffer.from([18, 0])))), kWrite, 400],
    ['symbols that are nowhere', write, snappyBlock(Buffer.concat([bytesField(4, ''), bytesField(5, bytesField(1, varint(7), varint(9)))])), kVersion2, 400],
    ['an odd number of references', write, snappyBlock(Buffer.concat([bytesField(4, ''), bytesField(5, bytesField(1, varint(0)))])), kVersion2, 400],
    ['a million symbols', write, snappyBlock(Buffer.alloc(2_000_000, Buffer.from([34, 0]))), kVersion2, 400],
    ['no name', write, snappyBlock(seriesOf({ job: 'x' }, [[1, now]])), kWrite, 400],
    ['100,000 label names', write, snappyBlock(seriesOf({ __name__: 'up', ...manyLabels }, [[1, now]])), kWrite, 400],
    ['a label name twice', write, snappyBlock(twice), kWrite, 204],
    ['a name of 1 MB', write, snappyBlock(seriesOf({ __name__: name }, [[1, now]])), kWrite, 400],
    ['a label name of 1 MB', write, snappyBlock(seriesOf({ __name__: 'up', [name]: 'x' }, [[1, now]])), kWrite, 400],
    ['a label value of 1 MB', write, snappyBlock(seriesOf({ __name__: 'up', job: name }, [[1, now + 1]])), kWrite, 400],
    ['a name that is no UTF-8', write, snappyBlock(seriesOf({ __name__: Buffer.from([0xff]) }, [[1, now]])), kWrite, 400],
    ['the year 50000', write, snappyBlock(seriesOf({ __name__: 'up' }, [[1, Date.UTC(50_000, 0)]])), kWrite, 400],
    ['the year -50000', write, snappyBlock(seriesOf({ __name__: 'up' }, [[1, Date.UTC(-50_000, 0)]])), kWrite, 400],
    ['NaN in JSON', metrics, otlp([{ asDouble: 1 }]).replace('1}', 'NaN}'), kJson, 400],
    ['"NaN" as a text', metrics, otlp([{ asDouble: 'NaN' }]), kJson, 200, (text) => assert.equal(text, '{}')],
    ['a number that is none', metrics, otlp([{ asDouble: '1x' }]), kJson, 200, partly],
    ['OTLP of the year 50000', metrics, otlp([{ asInt: 1, timeUnixNano: '18446744073709551615' }]), kJson, 200, partly],
    ['100,000 attributes', metrics, otlp([{ asInt: 1, attributes: manyAttributes }]), kJson, 200, partly],
    ['a metric name of 1 MB', metrics, otlp([{ asInt: 1 }], name), kJson, 200, partly],
    ['lone surrogates', metrics, otlp([{ asInt: 1 }], '\\ud800').replace('\\\\', '\\'), kJson, 400],
    ['an attribute of nested lists', metrics, otlp([{ asInt: 1, attributes: [{ key: 'job', value: { arrayValue: { values: [{ arrayValue: { values: [] } }] } } }] }]), kJson, 200],
    ['nested messages', metrics, bytesField(1, bytesField(2, bytesField(2, bytesField(1, 'up'), bytesField(5, bytesField(1, bytesField(7, bytesField(1, 'job'), bytesField(2, deep))))))), kProtobuf, 200],
    ['nested lists', metrics, `{"resourceMetrics":${'['.repeat(100_000)}`, kJson, 400],
    ['lists where objects should be', metrics, '{"resourceMetrics":[[]]}', kJson, 400],
    ['duplicate keys', metrics, '{"resourceMetrics":[],"resourceMetrics":7}', kJson, 200],
    ['200,000 buckets', metrics, JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'http_request_duration_seconds', histogram: { dataPoints: [{ count: 1, bucketCounts: Array(200_000).fill(0) }] } }] }] }] }), kJson, 200, partly],
    ['9 MB', metrics, Buffer.alloc(9 << 20, ' '), kJson, 413],
    ['protobuf of 1 million points', metrics, bytesField(1, bytesField(2, bytesField(2, bytesField(1, 'up'), bytesField(5, Buffer.alloc(2_000_000, Buffer.from([10, 0])))))), kProtobuf, 200],
  ];
  assert.equal((await send(write, good('first'), kWrite)).status, 204);
  const before = phoenix.memory();
  const failures = [];
  for (const [i, [what, url, body, headers, status, check]] of table.entries()) {
    const answer = await send(url, body, headers);
    try {
      assert.equal(answer.status, status, `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
      check?.(answer.text);
    } catch (error) {
      failures.push(`${what}: ${error.message}`);
    }
    const next = await send(write, good(i), kWrite);
    assert.equal(next.status, 204, `after ${what}: ${next.text}`);
  }
  assert.deepEqual(failures, []);
  const grown = phoenix.memory() - before;
  t.diagnostic(`memory: ${before} KiB before, ${grown} KiB more afterwards, at most ${phoenix.memory('VmHWM')} KiB`);
  assert.ok(grown <= kMemoryMargin, `the collector holds ${grown} KiB more than before`);
  await until('the good ones are all there', async () =>
    Number(await collector.ask("SELECT count() FROM candor.samples FINAL WHERE series IN (SELECT series FROM candor.series WHERE labels LIKE '%good-%')")) === table.length + 1);
  assertAddsUp(await collector.accounting('mesh'));

  await t.test('one bad sample of a thousand costs itself only', async () => {
    const series = (i, at) => seriesOf({ __name__: 'up', job: `thousand-${i}` }, [[i, at]]);
    const all = Array.from({ length: 1000 }, (_, i) => series(i, i === 500 ? Date.UTC(50_000, 0) : now));
    const answer = await send(write, snappyBlock(Buffer.concat(all)), kWrite);
    assert.equal(answer.headers.get('x-prometheus-remote-write-samples-written'), '999');
    const points = Array.from({ length: 1000 }, (_, i) => ({ asInt: i, timeUnixNano: `${now}000000`, attributes: [{ key: 'job', value: { stringValue: `o-${i}` } }] }));
    points[500].asInt = 'x';
    const partial = await send(metrics, otlp(points), kJson);
    assert.equal(JSON.parse(partial.text).partialSuccess.rejectedDataPoints, '1');
    for (const job of ['thousand', 'o']) {
      const question = `SELECT count() FROM candor.samples FINAL WHERE series IN (SELECT series FROM candor.series WHERE labels LIKE '%"${job}-%')`;
      await until('the others are there', async () => Number(await collector.ask(question)) === 999);
    }
    assertAddsUp(await collector.accounting('mesh'));
  });
});
