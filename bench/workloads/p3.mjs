// P3: Prometheus's remote write, eight labels a series. Beside it: VictoriaMetrics and Prometheus of Debian.
import { assertAllAnswered, kContract, load, simulated } from '../lib/load.mjs';
import { interleaved, medianOf, ratioOf } from '../lib/pairs.mjs';
import { candor, prometheus, victoriaMetrics } from '../lib/systems.mjs';
import { figure, millis } from '../lib/text.mjs';
import { until } from '../../tests/e2e/lib/bench.mjs';
import assert from 'node:assert/strict';

const kSeries = 10_000;
const kPerRequest = 500; // as Prometheus 2.42 sends
const kConnections = 10;
const kIntervalMs = 15_000;
const kScrapesASecond = 20; // of a turn's length: 200,000 samples
const kBackMs = 9 * 86_400_000; // where the samples' time begins
const kLoadLimitMs = 600_000;

export const workload = 'Prometheus remote write, 8 labels, durable and queryable';

export async function run(scope, { pairs, seconds }) {
  const series = await simulated(scope, 'series.txt', ['--contract', kContract, '--series', kSeries, '--installations', 100]);
  const [server, victoria, prom] = [await candor(scope), await victoriaMetrics(scope), await prometheus(scope)];
  const scrapes = Math.max(1, Math.round(seconds * kScrapesASecond));
  const samples = scrapes * kSeries;
  // On a full minute, so that turns follow each other without a gap.
  const began = Math.floor((Date.now() - kBackMs) / 60_000) * 60_000;
  const send = async (to, number) => {
    const report = await load('remote-write', {
      to, path: '/api/v1/write', series, scrapes, first: began + number * scrapes * kIntervalMs, interval: kIntervalMs,
      'per-request': kPerRequest, connections: kConnections,
    });
    assertAllAnswered(report);
    assert.equal(report.items, samples);
    return report;
  };
  const metric = (text, name) =>
    text.split('\n').filter((line) => line.startsWith(name)).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  const results = await interleaved(scope, pairs, {
    candor: {
      pid: server.pid,
      turn: async (number) => {
        const report = await send(server.address, number);
        await until('all is queryable', async () => (await server.rows('samples')) >= (number + 1) * samples, { within: kLoadLimitMs, every: 100 });
        return report;
      },
    },
    victoria: {
      pid: victoria.pid,
      turn: async (number) => {
        const report = await send(victoria.address, number);
        await victoria.text('/internal/force_flush'); // makes it visible
        const rows = metric(await victoria.text('/metrics'), 'vm_rows_inserted_total{type="promremotewrite"}');
        assert.equal(rows, (number + 1) * samples);
        return report;
      },
    },
    prometheus: {
      pid: prom.pid,
      turn: async (number) => {
        const report = await send(prom.address, number);
        const rows = metric(await prom.text('/metrics'), 'prometheus_tsdb_head_samples_appended_total');
        assert.equal(rows, (number + 1) * samples);
        return report;
      },
    },
  });
  const { candor: ours } = results;
  const candorFigure = `${figure(medianOf(ours, (turn) => turn.perCpuSecond))}/s`;
  const row = (name, peer, bounds) => ({
    id: 'P3', workload, peer, ...bounds, candorFigure,
    peerFigure: `${figure(medianOf(results[name], (turn) => turn.perCpuSecond))}/s`, ratio: ratioOf(ours, results[name]),
  });
  const clock = (turns) => `${figure(medianOf(turns, (turn) => turn.items / turn.seconds))} samples/s, p99 ${millis(medianOf(turns, (turn) => turn.latency_us.p99))}`;
  return {
    profiles: { P3: results.profile },
    rows: [
      row('victoria', 'VictoriaMetrics 1.79', { atLeast: 0.5, aim: 1 }),
      row('prometheus', 'Prometheus 2.42', { atLeast: 1.5, aim: 3 }),
    ],
    beside: [
      `P3: ${kSeries.toLocaleString('en')} series, ${kPerRequest} samples a request, ${kConnections} connections. Acknowledged by the clock: Candor ${clock(ours)}; VictoriaMetrics ${clock(results.victoria)}; Prometheus ${clock(results.prometheus)}. The collector's process alone, without the engine: ${figure(medianOf(ours, (turn) => turn.items / turn.own))} samples for a CPU-second.`,
    ],
  };
}
