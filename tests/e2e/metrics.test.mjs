// Samples of metrics: OpenTelemetry's exporters, Debian's Prometheus, and what no client of good will sends.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { Bench, until } from './lib/bench.mjs';
import { kEvents } from './lib/clients.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { startPrometheus } from './lib/prometheus.mjs';
import {
  bytesField,
  doubleField,
  numberField,
  requestOfVersion2,
  seriesOf,
  snappyBlock,
  varint,
} from './lib/protobuf.mjs';

const kStale = 0x7ff0000000000002n;
const kMemoryMargin = 32 * 1024; // KiB that the collector may hold more afterwards

const collectorOfMesh = (t) => startCollector(new Bench(t), { products: ['mesh'] });

/** Rows of a question to the store, as objects. */
async function rowsOf(collector, sql) {
  const text = await collector.ask(`${sql} FORMAT JSONEachRow`);
  return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const samplesOf = (collector, metric) =>
  rowsOf(
    collector,
    `SELECT labels, installation, toString(at) AS at, toString(value) AS value FROM candor.samples FINAL
     WHERE metric = '${metric}' ORDER BY labels, at`,
  );

async function send(url, body, headers = {}, method = 'POST') {
  const response = await fetch(url, { method, headers, body: method === 'GET' ? undefined : body });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, text: bytes.toString('utf8'), bytes };
}

const kJson = { 'content-type': 'application/json' };
const kProtobuf = { 'content-type': 'application/x-protobuf' };
const kWrite = { ...kProtobuf, 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' };
const kVersion2 = {
  'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '2.0.0',
};

for (const [name, Exporter, options] of [
  ['exporter-metrics-otlp-http', JsonExporter, {}],
  ['exporter-metrics-otlp-proto, gzip', ProtoExporter, { compression: 'gzip' }],
]) {
  test(`${name} delivers every value`, { timeout: 180_000 }, async (t) => {
    const collector = await collectorOfMesh(t);
    const exporter = new Exporter({ url: `${collector.url}/v1/metrics`, ...options });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const meter = provider.getMeter('test');
    const requests = meter.createCounter('http_requests_total');
    const rounds = 10;
    const expected = new Map();
    for (let round = 0; round < rounds; ++round) {
      for (let i = 0; i < kEvents / rounds; ++i) {
        const service = `s${i}`;
        const step = round + i / 8;
        requests.add(step, { service, method: 'GET', code: 200, user: 'jane.canary' });
        const values = expected.get(service) ?? [];
        values.push((values.at(-1) ?? 0) + step);
        expected.set(service, values);
      }
      const before = Date.now();
      await reader.forceFlush();
      // Two samples of one series have two times.
      await until('the next millisecond', () => Date.now() > before, { every: 1 });
    }
    // The exporter alone: the provider would collect once more.
    await exporter.shutdown();
    const accounting = await collector.loaded('mesh', kEvents);
    assert.equal(accounting.accepted, kEvents);
    assert.equal(accounting.received, kEvents);
    const seen = new Map();
    for (const { labels, value, installation } of await samplesOf(collector, 'http_requests_total')) {
      const { service, ...others } = JSON.parse(labels);
      assert.deepEqual(others, { code: '200', method: 'GET' });
      assert.equal(installation, '');
      seen.set(service, [...(seen.get(service) ?? []), Number(value)]);
    }
    assert.deepEqual(
      [...seen].sort(([a], [b]) => a.localeCompare(b)),
      [...expected].sort(([a], [b]) => a.localeCompare(b)),
    );
    const { metrics } = await collector.json('/api/v1/products/mesh/metrics?days=2');
    assert.deepEqual(
      metrics.map(({ name: metric, samples, series }) => ({ metric, samples, series })),
      [{ metric: 'http_requests_total', samples: kEvents, series: kEvents / rounds }],
    );
    const drops = await collector.ask(
      "SELECT path, reason, sum(count) FROM candor.drops WHERE path LIKE '%{user}' GROUP BY path, reason",
    );
    assert.equal(drops, `http_requests_total{user}\tundeclared\t${kEvents}\n`);
    assert.ok(!(await collector.everything()).includes('jane.canary'));
  });
}

test('what an exporter is told of what was not taken', { timeout: 60_000 }, async (t) => {
  const collector = await collectorOfMesh(t);
  const nanos = `${Date.now()}000000`;
  const point = (more = {}) => ({ timeUnixNano: nanos, asDouble: 1.5, attributes: [], ...more });
  const metricsOf = (...metrics) => ({
    resourceMetrics: [
      {
        resource: {
          attributes: [
            { key: 'cluster', value: { stringValue: 'c-1' } },
            { key: 'host.name', value: { stringValue: 'canary-host' } },
          ],
        },
        scopeMetrics: [{ scope: { name: 'x' }, metrics }],
      },
    ],
  });
  const json = async (address, body) => {
    const answer = await send(`${collector.url}${address}`, JSON.stringify(body), kJson);
    return { ...answer, json: JSON.parse(answer.text) };
  };

  await t.test('all was taken: an empty object', async () => {
    const answer = await json(
      '/v1/metrics',
      metricsOf(
        { name: 'up', gauge: { dataPoints: [point({ asDouble: undefined, asInt: '1' })] } },
        {
          name: 'http_request_duration_seconds',
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [
              {
                timeUnixNano: nanos,
                count: '6',
                sum: 2.5,
                bucketCounts: [1, '2', 3],
                explicitBounds: [0.5, 1],
                attributes: [{ key: 'service', value: { stringValue: 'api' } }],
              },
            ],
          },
        },
      ),
    );
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    assert.deepEqual(answer.json, {});
    await collector.loaded('mesh', 6);
    const [up] = await samplesOf(collector, 'up');
    assert.match(up.installation, /^[0-9a-f]{64}$/);
    assert.deepEqual([up.labels, up.value], ['{}', '1']);
    const buckets = await samplesOf(collector, 'http_request_duration_seconds_bucket');
    assert.deepEqual(
      buckets.map(({ labels, value }) => [JSON.parse(labels).le, Number(value)]),
      [['+Inf', 6], ['0.5', 1], ['1', 3]],
    );
    assert.deepEqual(
      (await samplesOf(collector, 'http_request_duration_seconds_sum')).map(({ value }) => value),
      ['2.5'],
    );
  });

  await t.test('undeclared, of another type, delta: rejected points and a sentence', async () => {
    const answer = await json(
      '/v1/metrics',
      metricsOf(
        { name: 'nobody.declared.this', gauge: { dataPoints: [point()] } },
        { name: 'http_requests_total', gauge: { dataPoints: [point()] } },
        {
          name: 'http_requests_total',
          sum: { isMonotonic: true, aggregationTemporality: 1, dataPoints: [point()] },
        },
        { name: 'up', gauge: { dataPoints: ['no point', point()] } },
      ),
    );
    assert.equal(answer.status, 200);
    assert.equal(answer.json.partialSuccess.rejectedDataPoints, '4');
    assert.match(answer.json.partialSuccess.errorMessage, /nobody\.declared\.this.*delta_temporality: 1/);
  });

  await t.test('logs and traces: every record is rejected, nothing is stored', async () => {
    const logs = await json('/v1/logs', {
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'canary-host' } }, {}] }] }],
    });
    assert.equal(logs.status, 200);
    assert.equal(logs.json.partialSuccess.rejectedLogRecords, '2');
    const spans = bytesField(1, bytesField(2, bytesField(2, ''), bytesField(2, ''), bytesField(2, '')));
    const traces = await send(`${collector.url}/v1/traces`, spans, kProtobuf);
    assert.equal(traces.status, 200);
    assert.equal(traces.headers.get('content-type'), 'application/x-protobuf');
    assert.deepEqual([...traces.bytes.subarray(2, 4)], [0x08, 3]);
    assert.deepEqual((await json('/v1/logs', {})).json, {});
    const refused = "SELECT reason, sum(count) FROM candor.accounting WHERE outcome = 'refused' GROUP BY reason ORDER BY reason";
    await until('they are accounted for', async () =>
      (await collector.ask(refused)) === 'bad_point\t1\ndelta_temporality\t1\nlogs\t2\ntraces\t3\n');
    assert.ok(!(await collector.everything()).includes('canary-host'));
    assertAddsUp(await collector.accounting('mesh'));
  });

  await t.test('errors have a status with a message, in the encoding of the request', async () => {
    const bad = await json('/v1/metrics', []);
    assert.equal(bad.status, 400);
    assert.match(bad.json.message, /\w \w/);
    const binary = await send(`${collector.url}/v1/metrics`, Buffer.from('\xff\xff', 'latin1'), kProtobuf);
    assert.equal(binary.status, 400);
    assert.match(binary.text, /Protocol Buffers/);
    assert.equal((await send(`${collector.url}/v1/metrics`, 'x', { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await send(`${collector.url}/v1/metrics`, '', {}, 'GET')).status, 405);
  });
});

test('Prometheus writes every sample, through a collector that dies', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['mesh'] });
  let collector = await phoenix.start();
  await phoenix.storeAnswers();
  const series = Math.ceil(kEvents / 4);
  const value = (scrape, i) => scrape * 1000 + i / 4;
  let last = Infinity;
  const page = (scrape) =>
    scrape <= last ? textOf(scrape) : undefined;
  const textOf = (scrape) =>
    [
      '# TYPE http_requests_total counter',
      ...Array.from(
        { length: series },
        (_, i) => `http_requests_total{service="s${i}",method="GET",code="200",path="/canary/${i}"} ${value(scrape, i)}`,
      ),
      '# TYPE undeclared_canary gauge',
      'undeclared_canary 7',
      '',
    ].join('\n');
  const prometheus = await startPrometheus(bench, {
    writeUrl: `${collector.url}/api/v1/write`,
    page,
    externalLabels: { cluster: 'canary-cluster' },
  });
  const stored = async () =>
    Number(await collector.ask("SELECT count() FROM candor.samples FINAL WHERE metric = 'http_requests_total'"));
  await until('the first samples are there', async () => (await stored()) >= series, { within: 60_000 });
  await phoenix.killCollector();
  const dead = prometheus.scrapes();
  await until('it scrapes on', () => prometheus.scrapes() >= dead + 2);
  collector = await phoenix.start();
  await phoenix.storeAnswers();
  const alive = prometheus.scrapes();
  await until('it scrapes on', () => prometheus.scrapes() >= alive + 2);
  last = prometheus.scrapes() + 1;
  // When the target has nothing more to say, Prometheus marks the end of each series.
  await until('all that was scraped is there, and the end', async () => (await stored()) >= (last + 1) * series, {
    within: 60_000,
  });
  assert.equal(await stored(), (last + 1) * series);
  assert.equal(await prometheus.stop(), 0, prometheus.server.err);
  const seen = new Map();
  for (const { labels, installation, value: number } of await samplesOf(collector, 'http_requests_total')) {
    assert.match(installation, /^[0-9a-f]{64}$/);
    const { service, code, method, ...others } = JSON.parse(labels);
    assert.deepEqual([code, method, others], ['200', 'GET', {}]);
    seen.set(service, [...(seen.get(service) ?? []), Number(number)]);
  }
  assert.equal(seen.size, series);
  for (let i = 0; i < series; ++i) {
    const values = seen.get(`s${i}`);
    assert.ok(Number.isNaN(values.pop()));
    assert.deepEqual(values, Array.from({ length: last }, (_, scrape) => value(scrape + 1, i)));
  }
  const up = await samplesOf(collector, 'up');
  assert.equal(up.filter(({ value: number }) => number === '1').length, last);
  assert.ok(up.every(({ labels }) => labels === '{"job":"platform"}'));
  const everything = await collector.everything();
  for (const canary of ['/canary/', 'canary-cluster', '127.0.0.1']) assert.ok(!everything.includes(canary), canary);
  const drops = await collector.ask('SELECT DISTINCT path, reason FROM candor.drops ORDER BY path');
  for (const row of ['http_requests_total{path}\tundeclared', 'up{instance}\tundeclared', 'undeclared_canary\tundeclared'])
    assert.ok(drops.includes(row), drops);
  assertAddsUp(await collector.accounting('mesh'));
});

test('remote write, both versions, as the protocol asks', { timeout: 60_000 }, async (t) => {
  const collector = await collectorOfMesh(t);
  const url = `${collector.url}/api/v1/write`;
  const now = Date.now();
  const written = (answer) => answer.headers.get('x-prometheus-remote-write-samples-written');

  await t.test('1.0, and a NaN, an infinity and the mark of a series that ended stay what they are', async () => {
    const values = [[1.25, now], [Number.NaN, now + 1], [Infinity, now + 2], [kStale, now + 3], [-0, now + 4]];
    const body = snappyBlock(seriesOf({ __name__: 'up', job: 'a' }, values));
    for (const headers of [kWrite, { 'content-type': 'application/vnd.google.protobuf' }]) {
      const answer = await send(url, body, headers);
      assert.deepEqual([answer.status, answer.text, written(answer)], [204, '', '5']);
    }
    await collector.loaded('mesh', 10);
    const rows = await rowsOf(
      collector,
      "SELECT hex(reinterpretAsUInt64(reinterpretAsString(value))) AS bits FROM candor.samples FINAL WHERE metric = 'up' ORDER BY at",
    );
    assert.deepEqual(
      rows.map(({ bits }) => bits.toLowerCase()),
      ['3ff4000000000000', '7ff8000000000000', '7ff0000000000000', '7ff0000000000002', '8000000000000000'],
    );
  });

  await t.test('2.0, and its drafts', async () => {
    for (const [i, options] of [{}, { createdTimestamp: now - 1000 }].entries()) {
      const labels = { __name__: 'http_requests_total', service: 'two', code: '200' };
      const body = snappyBlock(requestOfVersion2([[labels, [[i + 0.5, now + i]]]], options));
      const answer = await send(url, body, kVersion2);
      assert.deepEqual([answer.status, written(answer)], [204, '1']);
      assert.equal(answer.headers.get('x-prometheus-remote-write-histograms-written'), '0');
      assert.equal(answer.headers.get('x-prometheus-remote-write-exemplars-written'), '0');
    }
    await until('both are there', async () => {
      const rows = await samplesOf(collector, 'http_requests_total');
      return rows.map(({ value }) => value).join() === '0.5,1.5';
    });
  });

  await t.test('series that a dropped label made one keep their samples, and none is stored twice', async () => {
    const body = snappyBlock(
      Buffer.concat(
        ['a', 'b', 'c'].map((instance, i) =>
          seriesOf({ __name__: 'node_memory_MemTotal_bytes', instance }, [[i, now]]),
        ),
      ),
    );
    for (let i = 0; i < 2; ++i) assert.equal((await send(url, body, kWrite)).status, 204);
    await until('they are there', async () =>
      (await samplesOf(collector, 'node_memory_MemTotal_bytes')).map(({ value }) => value).sort().join() === '0,1,2');
    const { metrics } = await collector.json('/api/v1/products/mesh/metrics');
    const memory = metrics.find(({ name }) => name === 'node_memory_MemTotal_bytes');
    assert.deepEqual([memory.samples, memory.series], [3, 1]);
  });

  await t.test('one bad sample costs that sample', async () => {
    const body = snappyBlock(
      seriesOf({ __name__: 'node_filesystem_avail_bytes' }, [[1, now], [2, now + 365 * 86_400_000], [3, now + 1]]),
    );
    const answer = await send(url, body, kWrite);
    assert.equal(answer.status, 400);
    assert.match(answer.text, /outside_time_window: 1/);
    assert.equal(written(answer), '2');
    await until('the others are there', async () =>
      (await samplesOf(collector, 'node_filesystem_avail_bytes')).map(({ value }) => value).join() === '1,3');
  });

  await t.test('other types and codings: 415; metadata alone: 204', async () => {
    const body = snappyBlock(seriesOf({ __name__: 'up' }, [[1, now]]));
    for (const headers of [
      { ...kWrite, 'content-type': 'application/json' },
      { ...kWrite, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v3.Request' },
      { ...kWrite, 'content-encoding': 'gzip' },
    ])
      assert.equal((await send(url, body, headers)).status, 415);
    assert.equal((await send(url, '', {}, 'GET')).status, 405);
    const metadata = snappyBlock(bytesField(3, numberField(1, 1), bytesField(2, 'up')));
    assert.equal((await send(url, metadata, kWrite)).status, 204);
  });
});

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
  const bomb = gzipSync(Buffer.alloc(256 << 20, ' '), { level: 9 });
  const manyLabels = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`l${i}`, 'x']));
  const manyAttributes = Object.keys(manyLabels).map((key) => ({ key, value: { stringValue: 'x' } }));
  const name = 'n'.repeat(1 << 20);
  const partly = (text) => assert.ok(Number(JSON.parse(text).partialSuccess.rejectedDataPoints) > 0, text);
  const table = [
    ['gzip cut short', metrics, gzipSync(otlp([{ asInt: 1 }])).subarray(0, 40), gzipped, 400],
    ['a gzip bomb', metrics, bomb, gzipped, 400],
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
    Number(await collector.ask("SELECT count() FROM candor.samples FINAL WHERE labels LIKE '%good-%'")) === table.length + 1);
  assertAddsUp(await collector.accounting('mesh'));
});
