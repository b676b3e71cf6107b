// Samples of metrics by OTLP: OpenTelemetry's exporters, unmodified.
import assert from 'node:assert/strict';
import test from 'node:test';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { Bench, until } from './lib/bench.mjs';
import { kEvents } from './lib/clients.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { bytesField } from './lib/protobuf.mjs';
import { kJson, kProtobuf, samplesOf, send } from './lib/samples.mjs';

const collectorOfMesh = (t) => startCollector(new Bench(t), { products: ['mesh'] });

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
