// P4: how long an acknowledgement takes while the collector has 80 % of the events that it can take. Beside it: one bare
// write and fdatasync on the same disk.
import { tmpdir } from 'node:os';
import { until } from '../../tests/e2e/lib/bench.mjs';
import { assertAllAnswered, events, kNumberedMessages, load } from '../lib/load.mjs';
import { median } from '../lib/pairs.mjs';
import { candor } from '../lib/systems.mjs';
import { figure, millis } from '../lib/text.mjs';
import { settled } from '../lib/usage.mjs';

const kConnections = 128;
const kEvents = 20_000;
const kShare = 0.8;
const kLoadLimitMs = 600_000;

export async function run(scope, { pairs, seconds, earlier }) {
  const lines = await events(scope, kEvents);
  const server = await candor(scope);
  let sent = 0;
  const send = async (rate) => {
    const report = await load('http', {
      to: server.address, path: '/v1/track', lines, connections: kConnections, seconds, rate, from: sent,
      ...kNumberedMessages, header: 'Content-Type: application/json',
    });
    assertAllAnswered(report);
    sent += report.items;
    await until('all is loaded', async () => (await server.rows('events')) >= sent, { within: kLoadLimitMs, every: 100 });
    await settled(server.pid);
    return report;
  };
  await send();
  const most = earlier.P1?.maximum ?? (await send().then((report) => report.items / report.seconds));
  const rate = Math.round(kShare * most);
  const turns = [];
  for (let turn = 1; turn <= pairs; ++turn) {
    const disk = (await load('fdatasync', { folder: tmpdir(), seconds: Math.min(2, seconds) })).latency_us;
    const ours = (await send(rate)).latency_us;
    turns.push({ disk, ours });
    process.stderr.write(`    turn ${turn}: p50 ${millis(ours.p50)}, p99 ${millis(ours.p99)}; bare p50 ${millis(disk.p50)}, p99 ${millis(disk.p99)}\n`);
  }
  await server.assertAllAccepted('bench', sent);
  const ours = (name) => median(turns.map((turn) => turn.ours[name]));
  const disk = (name) => median(turns.map((turn) => turn.disk[name]));
  const workload = `acknowledgement at 80 % load, ${figure(rate)} events/s on ${kConnections} connections`;
  return {
    rows: [
      {
        id: 'P4', workload: `${workload}: p99`, candorFigure: millis(ours('p99')), peer: 'one bare fdatasync',
        peerFigure: millis(disk('p99')), value: ours('p99'), bound: 'max', unit: millis, atLeast: 10_000, aim: 3000,
      },
      {
        id: 'P4', workload: 'the same: p50', candorFigure: millis(ours('p50')), peer: 'one bare fdatasync',
        peerFigure: millis(disk('p50')), ratio: median(turns.map((turn) => turn.ours.p50 / turn.disk.p50)), bound: 'max', aim: 2,
      },
    ],
    beside: [
      `P4: an even rate, whatever the answers do; a latency counts from when its request was due. 80 % of what ${kConnections} connections had acknowledged as fast as answers came (P1). p90 ${millis(ours('p90'))}, p99.9 ${millis(ours('p999'))}.`,
    ],
  };
}
