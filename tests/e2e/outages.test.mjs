// Clients that try again, through a collector that refuses for a while (429 and 503), whose answers get lost, and
// that is restarted in the middle: everything is in the store, once.
import assert from 'node:assert/strict';
import test from 'node:test';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { buildSelfDescribingEvent } from '@snowplow/node-tracker';
import { Bench, until } from './lib/bench.mjs';
import { kEvents, segmentBrowser, segmentNode, snowplowNode } from './lib/clients.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { startOutage } from './lib/outage.mjs';
import { Phoenix } from './lib/phoenix.mjs';

const kKey = 'dcos-write-key';
const kCluster = '70b28f00-e38f-41b2-a723-aab344f535b9';
const kTimeout = { timeout: 280_000 };

/** What happens to the first requests; all later ones pass. */
const kFates = ['refused', 'lost', 'busy', 'passes', 'lost', 'busy', 'refused'];

async function startWay(t, product, fate = (number) => kFates[number] ?? 'passes') {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: [product] });
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  const way = await startOutage(bench, collector.url, fate);
  return { bench, phoenix, way, collector };
}

/** Kills the collector once something was taken, and (unless said) came again, and starts it again. */
async function restartInTheMiddle({ phoenix, collector }, product, { again = true } = {}) {
  const some = async () => {
    const { accepted, duplicates } = await collector.accounting(product);
    return accepted > 0 && (duplicates > 0 || !again);
  };
  await until('some are taken', some, { within: 60_000 });
  await phoenix.killCollector();
  await phoenix.start();
}

/** `all` of them are in the store, as told apart by the number at a path of their documents. */
async function assertEachOnce({ collector, way }, product, steps, all) {
  const path = steps.map((step) => `'${step}'`).join(', ');
  const stored = async () =>
    (await collector.ask(`SELECT count(), uniqExact(JSONExtractInt(body, ${path})) FROM candor.events`)).trim();
  await until('all are in the store', async () => (await stored()).startsWith(`${all}\t`), { within: 60_000 });
  const accounting = await until('what came again is counted', async () => {
    const counts = await collector.accounting(product);
    return counts.duplicates > 0 && counts.accepted >= all && counts;
  });
  assert.equal(accounting.accepted, all);
  assertAddsUp(accounting);
  assert.equal(await stored(), `${all}\t${all}`);
  assert.ok(way.fates.refused > 0 && way.fates.lost > 0, JSON.stringify(way.fates));
}

test('@segment/analytics-node', kTimeout, async (t) => {
  const stage = await startWay(t, { name: 'dcos', write_keys: [kKey] });
  const sending = segmentNode(stage.way.url, kKey, (analytics) => {
    for (let i = 0; i < kEvents; ++i) {
      const properties = { clusterId: kCluster, cpu_total: i };
      analytics.track({ anonymousId: kCluster, event: 'mesos_track', properties });
    }
  });
  await restartInTheMiddle(stage, 'dcos');
  assert.deepEqual(await sending, []);
  await assertEachOnce(stage, 'dcos', ['properties', 'cpu_total'], kEvents);
});

test('analytics.js', kTimeout, async (t) => {
  // It sends all it has before it tries one again; so answers get lost to the end.
  const stage = await startWay(
    t,
    { name: 'dcos', write_keys: [kKey] },
    (number) => kFates[number] ?? (number % 50 === 49 ? 'lost' : 'passes'),
  );
  const sending = segmentBrowser(
    stage.bench,
    stage.way.url,
    kKey,
    async (analytics, { cluster, count }) => {
      const calls = [];
      for (let i = 0; i < count; ++i)
        calls.push(analytics.track('mesos_track', { clusterId: cluster, cpu_total: i }));
      await Promise.all(calls);
    },
    { cluster: kCluster, count: kEvents },
    // The page stays, so that what failed is tried again, what was taken among it.
    () =>
      until(
        'all are taken, and some came again',
        async () => {
          const { accepted, duplicates } = await stage.collector.accounting('dcos');
          return accepted === kEvents && duplicates > 0;
        },
        { within: 200_000 },
      ),
  );
  await Promise.all([sending, restartInTheMiddle(stage, 'dcos', { again: false })]);
  await assertEachOnce(stage, 'dcos', ['properties', 'cpu_total'], kEvents);
});

test('@snowplow/node-tracker', kTimeout, async (t) => {
  // The first tries are refused; later on some answers get lost.
  const stage = await startWay(t, 'meltano', (number) =>
    number < 5 ? 'refused' : number % 4 === 1 ? 'lost' : 'passes',
  );
  const schema = 'iglu:com.meltano/exit_event/jsonschema/1-0-1';
  const half = async (first) => {
    const failures = await snowplowNode(
      stage.way.url,
      (tracker, i) => {
        const event = { schema, data: { process_duration_microseconds: first + i } };
        tracker.track(buildSelfDescribingEvent({ event }));
      },
      // Many requests, of a few events each.
      { count: kEvents / 2, maxPostBytes: 4000 },
    );
    assert.ok(failures.every(({ status, willRetry }) => status === 503 && willRetry));
  };
  await half(0);
  await restartInTheMiddle(stage, 'meltano');
  await half(kEvents / 2);
  await assertEachOnce(stage, 'meltano', ['data', 'process_duration_microseconds'], kEvents);
});

for (const [name, Exporter, options] of [
  ['exporter-metrics-otlp-http', JsonExporter, {}],
  ['exporter-metrics-otlp-proto, gzip', ProtoExporter, { compression: 'gzip' }],
]) {
  test(name, kTimeout, async (t) => {
    const rounds = 5;
    const stage = await startWay(t, 'mesh', (number) => ['busy', 'lost', 'passes', 'refused'][number] ?? 'passes');
    const exporter = new Exporter({ url: `${stage.way.url}/v1/metrics`, ...options });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const counter = new MeterProvider({ readers: [reader] }).getMeter('test').createCounter('http_requests_total');
    for (let round = 0; round < rounds; ++round) {
      if (round === 3) await restartInTheMiddle(stage, 'mesh');
      for (let i = 0; i < kEvents / rounds; ++i) counter.add(1, { service: `s${i}`, method: 'GET', code: 200 });
      await reader.forceFlush();
    }
    await exporter.shutdown();
    const stored = async () =>
      (await stage.collector.ask('SELECT count(), sum(value) FROM candor.samples FINAL')).trim();
    const sum = (kEvents / rounds) * ((rounds * (rounds + 1)) / 2);
    await until('all are in the store', async () => (await stored()) === `${kEvents}\t${sum}`, { within: 60_000 });
    const accounting = await stage.collector.loaded('mesh', kEvents + kEvents / rounds);
    assert.deepEqual([accounting.accepted, accounting.duplicates], [kEvents, kEvents / rounds]);
    assertAddsUp(accounting);
    assert.deepEqual({ ...stage.way.fates, passes: 0 }, { passes: 0, busy: 1, lost: 1, refused: 1 });
  });
}
