// Samples of metrics by remote write: Debian's Prometheus, and the protocol by hand.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { kEvents } from './lib/clients.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { startPrometheus } from './lib/prometheus.mjs';
import { bytesField, numberField, requestOfVersion2, seriesOf, snappyBlock } from './lib/protobuf.mjs';
import { kVersion2, kWrite, rowsOf, samplesOf, send } from './lib/samples.mjs';

const kStale = 0x7ff0000000000002n;

const collectorOfMesh = (t) => startCollector(new Bench(t), { products: ['mesh'] });

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
    assert.deepEqual([code, method, others], ['200', 'GET', { job: 'platform' }]);
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
    const memory = await until('they are counted', async () => {
      const { metrics } = await collector.json('/api/v1/products/mesh/metrics');
      return metrics.find(({ name, samples }) => name === 'node_memory_MemTotal_bytes' && samples > 0);
    });
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
