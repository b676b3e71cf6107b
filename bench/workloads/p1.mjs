// P1: one Segment event of 512 bytes in each POST. Beside it: nginx, which reads the request and answers 200.
import { assertAllAnswered, events, kNumberedMessages, load } from '../lib/load.mjs';
import { interleaved, medianOf, ratioOf } from '../lib/pairs.mjs';
import { candor, nginx } from '../lib/systems.mjs';
import { figure, millis, times } from '../lib/text.mjs';
import { until } from '../../tests/e2e/lib/bench.mjs';

const kConnections = [128, 32];
const kEvents = 20_000;
const kLoadLimitMs = 600_000;

export const workload = 'one 512-byte Segment event per POST, 128 keep-alive connections';

export async function run(scope, { pairs, seconds }) {
  const lines = await events(scope, kEvents);
  const server = await candor(scope);
  const peer = await nginx(scope);
  let sent = 0;
  const send = async (to, connections) => {
    const report = await load('http', {
      to, path: '/v1/track', lines, connections, seconds, from: sent, ...kNumberedMessages,
      header: 'Content-Type: application/json',
    });
    assertAllAnswered(report);
    return report;
  };
  const measured = {};
  for (const connections of kConnections) {
    process.stderr.write(`  ${connections} connections\n`);
    measured[connections] = await interleaved(scope, pairs, {
      candor: {
        pid: server.pid,
        turn: async () => {
          const report = await send(server.address, connections);
          sent += report.items;
          // What the engine does for these events counts, too.
          await until('all is loaded', async () => (await server.rows('events')) >= sent, { within: kLoadLimitMs, every: 100 });
          return report;
        },
      },
      nginx: { pid: peer.pid, turn: () => send(peer.address, connections) },
    });
  }
  await server.assertAllAccepted('bench', sent);
  const at = (connections) => {
    const { candor: ours, nginx: theirs } = measured[connections];
    return {
      ours: medianOf(ours, (turn) => turn.perCpuSecond),
      theirs: medianOf(theirs, (turn) => turn.perCpuSecond),
      ratio: ratioOf(ours, theirs),
      // Without the engine: receiving, admitting, hashing, journal.
      receiving: medianOf(ours, (turn) => turn.items / turn.own),
      receivingRatio: ratioOf(ours, theirs, (turn) => turn.items / turn.own),
      throughput: medianOf(ours, (turn) => turn.items / turn.seconds),
      p50: medianOf(ours, (turn) => turn.latency_us.p50),
      p99: medianOf(ours, (turn) => turn.latency_us.p99),
      theirP99: medianOf(theirs, (turn) => turn.latency_us.p99),
    };
  };
  const [many, few] = kConnections.map(at);
  return {
    maximum: many.throughput, // P4 is measured below it
    profiles: { 'P1, 128 connections': measured[128].profile },
    rows: [
      {
        id: 'P1', workload, peer: 'nginx `return 200`', atLeast: 0.5, aim: 0.75,
        candorFigure: `${figure(many.ours)}/s`, peerFigure: `${figure(many.theirs)}/s`, ratio: many.ratio,
      },
      {
        id: 'P1', workload: 'the same, 32 connections', peer: 'nginx `return 200`',
        candorFigure: `${figure(few.ours)}/s`, peerFigure: `${figure(few.theirs)}/s`, ratio: few.ratio,
      },
    ],
    beside: kConnections.map((connections, i) => {
      const at = [many, few][i];
      return `P1, ${connections} connections: ${figure(at.throughput)} events/s acknowledged by the clock on the machine's cores, which the load shares; p50 ${millis(at.p50)}, p99 ${millis(at.p99)} (nginx p99 ${millis(at.theirP99)}). The collector's process alone, without the engine that loads: ${figure(at.receiving)} events for a CPU-second, ${times(at.receivingRatio)}.`;
    }),
  };
}
