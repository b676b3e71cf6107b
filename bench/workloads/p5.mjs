// P5: a dashboard of twelve tiles over 1 million and 20 million events. Beside it: the same twelve questions over the
// raw rows in the same engine.
import assert from 'node:assert/strict';
import { until } from '../../tests/e2e/lib/bench.mjs';
import { assertAllAnswered, events, kNumberedMessages, load } from '../lib/load.mjs';
import { candor } from '../lib/systems.mjs';
import { figure, millis, times } from '../lib/text.mjs';
import { settled } from '../lib/usage.mjs';

const kEvents = 200_000;
const kBatch = 100;
const kChunk = 500_000;
const kFew = Number(process.env.FEW_EVENTS ?? 1_000_000);
const kMany = Number(process.env.MANY_EVENTS ?? 20_000_000);
const kDays = 30;
const kLoads = 200;
const kLoadLimitMs = 1_800_000;
// Merging of what else came in over weeks.
const kSettleMs = 300_000;

// What the page asks for: six sums, five lists of what is used most, one of ratings.
const kAddresses = ['overview', `popular?days=${kDays}`, `ratings?days=${kDays}`];

/** The questions over events, one a tile, as somebody would ask who has nothing but the events. */
function rawQuestions() {
  const rows = `FROM candor.events WHERE product = 'bench' AND day > today() - ${kDays}`;
  const text = (...path) => `JSONExtractString(body, ${path.map((name) => `'${name}'`).join(', ')})`;
  const whole = (...path) => text(...path).replace('String', 'UInt');
  const popular = (...path) => `SELECT ${text(...path)} AS v, uniq(source) AS n, count() ${rows} GROUP BY v ORDER BY n DESC, v LIMIT 100`;
  const sum = (name) => `SELECT sum(${whole('properties', name)}) ${rows}`;
  const sumBy = (name, by) => `SELECT ${text('properties', by)} AS v, sum(${whole('properties', name)}) ${rows} GROUP BY v`;
  return [
    popular('properties', 'kind'),
    popular('properties', 'outcome'),
    popular('properties', 'region'),
    popular('context', 'library', 'version'),
    popular('context', 'os', 'name'),
    sum('duration_ms'),
    sum('items'),
    sum('bytes'),
    sumBy('duration_ms', 'kind'),
    sumBy('items', 'region'),
    sumBy('bytes', 'outcome'),
    `SELECT ${text('properties', 'kind')} AS v, day, ${whole('properties', 'rating')} AS b, count() ${rows} GROUP BY v, day, b`,
  ];
}

const millions = (count) => `${count / 1e6} M`;

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

/** Milliseconds until all answers are there; as a browser asks, at once. */
async function dashboard(server) {
  const began = performance.now();
  await Promise.all(
    kAddresses.map(async (address) => {
      const response = await fetch(`http://${server.address}/api/v1/products/bench/${address}`);
      await response.arrayBuffer();
      assert.equal(response.status, 200, address);
    }),
  );
  return performance.now() - began;
}

/** Milliseconds until the last raw question is answered, and that two of its tiles are the dashboard's own figures. */
async function raw(server) {
  const began = performance.now();
  const answers = [];
  for (const question of rawQuestions()) answers.push(await server.collector.ask(question));
  const took = performance.now() - began;
  const { insights } = await server.collector.json('/api/v1/products/bench/overview');
  assert.equal(insights.items, Number(answers[6]), 'the sum over the raw rows is another one');
  const { figures } = await server.collector.json(`/api/v1/products/bench/popular?days=${kDays}`);
  const outcomes = figures.find(({ name }) => name === 'outcomes').rows;
  assert.deepEqual(
    outcomes.map(({ value, installations, count }) => [value, installations, count].join('\t')).sort(),
    answers[1].trim().split('\n').sort(),
  );
  return took;
}

async function measured(server, events_, rawLoads) {
  assert.equal(await server.rows('events'), events_);
  await settled(server.pid, kSettleMs);
  const loads = [];
  for (let i = 0; i < kLoads + 1; ++i) loads.push(await dashboard(server));
  loads.shift(); // the first one opens connections
  const raws = [];
  for (let i = 0; i < rawLoads; ++i) raws.push(await raw(server));
  const result = { p50: percentile(loads, 0.5), p95: percentile(loads, 0.95), raw: percentile(raws, 0.5) };
  process.stderr.write(`    ${events_.toLocaleString('en')} events: p95 ${figure(result.p95)} ms, raw ${figure(result.raw)} ms\n`);
  return result;
}

/** Sends events until there are so many, by the way that all events take, and waits until they can be asked for. */
async function fill(server, lines, from, to) {
  const began = performance.now();
  for (let sent = from; sent < to; ) {
    const requests = Math.min(kChunk, to - sent) / kBatch;
    const report = await load('http', {
      to: server.address, path: '/v1/batch', lines, group: kBatch, before: '{"batch":[', between: ',', after: ']}',
      connections: 16, requests, from: sent, ...kNumberedMessages, header: 'Content-Type: application/json',
    });
    assertAllAnswered(report);
    sent += report.items;
    // What waits in the journal stays small beside what that may hold.
    await until('all is loaded', async () => (await server.rows('events')) >= sent, { within: kLoadLimitMs, every: 100 });
  }
  const seconds = (performance.now() - began) / 1000;
  process.stderr.write(`    ${(to - from).toLocaleString('en')} events came in within ${Math.round(seconds)} s\n`);
}

export async function run(scope) {
  const lines = await events(scope, kEvents, kDays - 1);
  const server = await candor(scope);
  await fill(server, lines, 0, kFew);
  const few = await measured(server, kFew, 3);
  await fill(server, lines, kFew, kMany);
  const many = await measured(server, kMany, 1);
  await server.assertAllAccepted('bench', kMany);
  const shown = (result, count) => ({
    id: 'P5', workload: `dashboard of 12 tiles, ${millions(count)} events: p95`, candorFigure: `${figure(result.p95)} ms`,
    peer: 'the same questions over raw rows', peerFigure: `${figure(result.raw)} ms`, value: result.p95, bound: 'max',
    unit: (value) => `${figure(value)} ms`, atLeast: 150, aim: 50,
  });
  return {
    rows: [
      shown(few, kFew),
      shown(many, kMany),
      {
        id: 'P5', workload: `growth of p95 from ${millions(kFew)} to ${millions(kMany)} events`, candorFigure: times(many.p95 / few.p95),
        peer: 'the same questions over raw rows', peerFigure: times(many.raw / few.raw), value: many.p95 / few.p95,
        bound: 'max', unit: times, atLeast: 2, aim: 1.3,
      },
    ],
    beside: [
      `P5: ${kLoads} loads one after the other, each the three addresses that the page asks at once, over the last ${kDays} days; p50 ${millis(few.p50 * 1000)} and ${millis(many.p50 * 1000)}. The raw questions are asked one after the other. All events came in through the collector.`,
    ],
  };
}
