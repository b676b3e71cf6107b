// P2: batches of 100 events, durable and queryable. Beside it: ClickHouse of Debian, which takes the same events as raw
// rows, unvalidated and unsynced.
import { assertAllAnswered, events, kNumberedMessages, load, rewritten } from '../lib/load.mjs';
import { interleaved, medianOf, ratioOf } from '../lib/pairs.mjs';
import { candor, clickhouse } from '../lib/systems.mjs';
import { figure, millis } from '../lib/text.mjs';
import { until } from '../../tests/e2e/lib/bench.mjs';
import assert from 'node:assert/strict';

const kEvents = 200_000;
const kBatch = 100;
const kConnections = 32;
// What ClickHouse is fastest with: few large blocks, already flat, the numbers as numbers.
const kBlock = 100_000;
const kBlockConnections = 2;
const kLoadLimitMs = 600_000;
const kParts = 16; // of all events, by their ids

export const workload = 'batches of 100 events, durable and queryable';

const kTable = `CREATE TABLE events (id String, source String, event String, day Date, at UInt64, kind String, outcome String,
  region String, duration_ms UInt64, items UInt64, bytes UInt64, rating UInt8, project String, pipeline String, detail String,
  library String, version String, system String)
  ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (event, day, at, id)`;

function flat(line) {
  const { messageId, anonymousId, event, timestamp, properties, context } = JSON.parse(line);
  return JSON.stringify({
    id: messageId, source: anonymousId, event, day: timestamp.slice(0, 10), at: Date.parse(timestamp), ...properties,
    library: context.library.name, version: context.library.version, system: context.os.name,
  });
}

export async function run(scope, { pairs, seconds }) {
  const lines = await events(scope, kEvents);
  const flatLines = await rewritten(lines, 'flat.jsonl', flat);
  const server = await candor(scope);
  const peer = await clickhouse(scope);
  await peer.ask(kTable);
  let sent = 0;
  let inserted = 0;
  const results = await interleaved(scope, pairs, {
    candor: {
      pid: server.pid,
      turn: async () => {
        const began = performance.now();
        const report = await load('http', {
          to: server.address, path: '/v1/batch', lines, group: kBatch, before: '{"batch":[', between: ',', after: ']}',
          connections: kConnections, seconds, from: sent, ...kNumberedMessages, header: 'Content-Type: application/json',
        });
        assertAllAnswered(report);
        sent += report.items;
        await until('all is queryable', async () => (await server.rows('events')) >= sent, { within: kLoadLimitMs, every: 100 });
        return { ...report, whole: (performance.now() - began) / 1000 };
      },
    },
    clickhouse: {
      pid: peer.pid,
      turn: async () => {
        const report = await load('http', {
          to: peer.address, path: `/?query=${encodeURIComponent('INSERT INTO events FORMAT JSONEachRow')}`,
          lines: flatLines, group: kBlock, between: '\n', after: '\n', connections: kBlockConnections, seconds,
          from: inserted, ...kNumberedMessages, number: '"id":"',
        });
        assertAllAnswered(report);
        inserted += report.items;
        assert.equal(Number(await peer.ask('SELECT count() FROM events')), inserted);
        return { ...report, whole: report.seconds };
      },
    },
  });
  await server.assertAllAccepted('bench', sent);
  // In parts: the engine holds a question to little memory.
  let ids = 0;
  for (let part = 0; part < kParts; ++part) {
    const question = `SELECT uniqExact(id) FROM candor.events WHERE product = 'bench' AND cityHash64(id) % ${kParts} = ${part}`;
    ids += Number(await server.collector.ask(question));
  }
  assert.equal(ids, sent);
  const { candor: ours, clickhouse: theirs } = results;
  const perCpuSecond = medianOf(ours, (turn) => turn.perCpuSecond);
  return {
    profiles: { P2: results.profile },
    rows: [
      {
        id: 'P2', workload, peer: 'ClickHouse 18.16, raw `JSONEachRow`', atLeast: 0.35, aim: 0.6,
        candorFigure: `${figure(perCpuSecond)}/s`, peerFigure: `${figure(medianOf(theirs, (turn) => turn.perCpuSecond))}/s`,
        ratio: ratioOf(ours, theirs),
      },
      {
        id: 'P2', workload: 'the same, events for a CPU-second', peer: '–', atLeast: 300_000, aim: 500_000,
        candorFigure: `${figure(perCpuSecond)}/s`, value: perCpuSecond, bound: 'min', unit: (value) => figure(value),
      },
    ],
    beside: [
      `P2: ${figure(medianOf(ours, (turn) => turn.items / turn.seconds))} events/s acknowledged by the clock, ${figure(medianOf(ours, (turn) => turn.items / turn.whole))} until the last one was queryable; p50 ${millis(medianOf(ours, (turn) => turn.latency_us.p50))}, p99 ${millis(medianOf(ours, (turn) => turn.latency_us.p99))} a batch. The collector's process alone: ${figure(medianOf(ours, (turn) => turn.items / turn.own))} events for a CPU-second. ClickHouse got the events flat, in blocks of ${kBlock.toLocaleString('en')} rows over ${kBlockConnections} connections, without rollups; ${figure(medianOf(theirs, (turn) => turn.items / turn.seconds))} rows/s by the clock.`,
    ],
  };
}
