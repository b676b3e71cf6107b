// The benchmark's own load: what candor_load says was answered is what the collector's store has.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { events, kContract, kNumberedMessages, load, simulated } from '../../bench/lib/load.mjs';
import { table } from '../../bench/lib/page.mjs';
import { Bench } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';

const kLines = 300;

async function stage(t) {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: [{ name: 'bench', contract: kContract }] });
  return { bench, collector, to: new URL(collector.url).host };
}

test('each numbered event is another one, alone and in batches, and all are in the store', async (t) => {
  const { bench, collector, to } = await stage(t);
  const lines = await events(bench, kLines);
  const alone = await load('http', { to, path: '/v1/track', lines, connections: 8, requests: 1000, ...kNumberedMessages });
  assert.deepEqual(alone.statuses, { 200: 1000 });
  assert.equal(alone.items, 1000);
  assert.equal(alone.latency_us.count, 1000);
  const batches = await load('http', {
    to, path: '/v1/batch', lines, group: 100, before: '{"batch":[', between: ',', after: ']}', connections: 3,
    requests: 20, rate: 200, from: alone.next_number, ...kNumberedMessages,
  });
  assert.deepEqual(batches.statuses, { 200: 20 });
  assert.equal(batches.items, 2000);
  const accounting = await collector.loaded('bench', 3000);
  assert.equal(accounting.accepted, 3000, JSON.stringify(accounting));
  assert.equal(Number(await collector.ask('SELECT uniqExact(id) FROM candor.events')), 3000);
  const again = await load('http', { to, path: '/v1/track', lines, requests: 10, from: 0, ...kNumberedMessages });
  assert.deepEqual(again.statuses, { 200: 10 });
  assert.equal((await collector.loaded('bench', 3010)).duplicates, 10);
});

test('scrapes of all series follow each other, and each sample is in the store', async (t) => {
  const { bench, collector, to } = await stage(t);
  const series = await simulated(bench, 'series.txt', ['--contract', kContract, '--series', 250]);
  const first = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
  const report = await load('remote-write', {
    to, path: '/api/v1/write', series, scrapes: 4, first, 'per-request': 100, connections: 2,
  });
  assert.deepEqual(report.statuses, { 204: 12 });
  assert.equal(report.items, 1000);
  const accounting = await collector.loaded('bench', 1000);
  assert.equal(accounting.accepted, 1000, JSON.stringify(accounting));
  assert.equal(
    await collector.ask('SELECT count(), uniqExact(series), uniqExact(at) FROM candor.samples'),
    '1000\t250\t4\n',
  );
});

test('answers that are no success, and connections that end, are counted as such', async (t) => {
  const bench = new Bench(t);
  let asked = 0;
  const server = http.createServer((request, response) => {
    request.resume();
    if (++asked % 3 === 0) return request.socket.destroy();
    response.statusCode = asked % 3 === 1 ? 503 : 200;
    response.end('as chunks');
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  bench.defer(() => new Promise((closed) => server.close(closed)));
  bench.defer(() => server.closeAllConnections());
  const lines = await events(bench, 3);
  const report = await load('http', { to: `127.0.0.1:${server.address().port}`, lines, requests: 30 });
  assert.deepEqual(report.statuses, { 0: 10, 200: 10, 503: 10 });
  assert.equal(report.items, 10);
  assert.match(report.first_failure, /^HTTP\/1\.1 503 /);
});

test('a row of the table says whether its bounds hold', () => {
  const row = { id: 'P9', workload: 'w', peer: 'p', candorFigure: '1', peerFigure: '2', ratio: 0.5, atLeast: 0.5, aim: 0.75 };
  assert.match(table([row]), /\| 0\.50× \| 0\.50× yes \| 0\.75× \*\*no\*\* \|$/);
  const most = { id: 'P9', workload: 'w', peer: '–', candorFigure: '9', value: 9, bound: 'max', unit: String, atLeast: 10, aim: 3 };
  assert.match(table([most]), /\| – \| ≤ 10 yes \| ≤ 3 \*\*no\*\* \|$/);
});
