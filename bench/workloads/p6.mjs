// P6: resident memory, idle and under the loads of P1 to P3.
import { assertAllAnswered, events, kContract, kNumberedMessages, load, simulated } from '../lib/load.mjs';
import { pause } from '../lib/scope.mjs';
import { candor } from '../lib/systems.mjs';
import { mebibytes } from '../lib/text.mjs';
import { memoryOf, settled, treeOf } from '../lib/usage.mjs';
import { until } from '../../tests/e2e/lib/bench.mjs';

const kMiB = 2 ** 20;
const kEvents = 20_000;
const kIdleMs = 5000;
const kLoadLimitMs = 600_000;

export async function run(scope, { seconds }) {
  const lines = await events(scope, kEvents);
  const series = await simulated(scope, 'series.txt', ['--contract', kContract, '--series', 10_000]);
  const server = await candor(scope);
  const engine = treeOf(server.pid)[1];
  await pause(kIdleMs);
  const idle = { ingest: memoryOf(server.pid).now, engine: memoryOf(engine).now };
  const to = server.address;
  let sent = 0;
  for (const shape of [
    { path: '/v1/track', connections: 128 },
    { path: '/v1/batch', connections: 32, group: 100, before: '{"batch":[', between: ',', after: ']}' },
  ]) {
    const report = await load('http', { to, lines, seconds: seconds * 2, from: sent, ...shape, ...kNumberedMessages });
    assertAllAnswered(report);
    sent += report.items;
  }
  const scrapes = Math.max(1, Math.round(seconds * 20));
  assertAllAnswered(
    await load('remote-write', { to, path: '/api/v1/write', series, scrapes, first: Date.now() - 86_400_000, connections: 10 }),
  );
  const isLoaded = async () => (await server.rows('events')) >= sent && (await server.rows('samples')) >= scrapes * 10_000;
  await until('all is loaded', isLoaded, { within: kLoadLimitMs, every: 100 });
  const loaded = { ingest: memoryOf(server.pid).most, engine: memoryOf(engine).most };
  await settled(server.pid);
  const after = { ingest: memoryOf(server.pid).now, engine: memoryOf(engine).now };
  const row = (workload, bytes, atLeast, aim) => ({
    id: 'P6', workload, peer: '–', candorFigure: mebibytes(bytes), value: bytes, bound: 'max', unit: mebibytes,
    atLeast: atLeast && atLeast * kMiB, aim: aim * kMiB,
  });
  return {
    rows: [
      row('resident memory of the collector, idle', idle.ingest, undefined, 16),
      row('the same, the most under load', loaded.ingest, 64, 48),
      row('resident memory of the engine, the most under load', loaded.engine, 512, 256),
    ],
    beside: [
      `P6: the most that each process ever had, while P1's, P2's and P3's loads came one after the other (${sent.toLocaleString('en')} events and ${(scrapes * 10_000).toLocaleString('en')} samples); afterwards, at rest, ${mebibytes(after.ingest)} and ${mebibytes(after.engine)}. The engine idle: ${mebibytes(idle.engine)}, most of it pages of its library's file. De-duplication's memory grows with the events of a day.`,
    ],
  };
}
