// P7: reports of Ceph's telemetry module. Beside it: a small WSGI server with the reference server's behaviour.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import assert from 'node:assert/strict';
import { until } from '../../tests/e2e/lib/bench.mjs';
import { assertAllAnswered, load, simulated } from '../lib/load.mjs';
import { interleaved, medianOf, ratioOf } from '../lib/pairs.mjs';
import { candor, gunicorn } from '../lib/systems.mjs';
import { figure, millis } from '../lib/text.mjs';

const kFleet = 300;
const kBodies = 20;
const kConnections = 16;
const kLoadLimitMs = 600_000;
const kSizes = { '4 kB': 4_000, '430 kB': 430_000 };

/** A report as the module puts it: a simulated cluster's, with as many pools as make it that long. */
function asModule(report, bytes) {
  const { candor: header, ...content } = report;
  const document = {
    report_id: header.installation,
    report_version: 1,
    report_timestamp: new Date(header.sealed_at).toISOString().replace('Z', '000'),
    channels: ['basic', 'crash', 'device', 'ident'],
    license: header.licence,
    ...content,
  };
  const length = () => JSON.stringify(document).length;
  const pools = content.pools;
  const each = JSON.stringify(pools).length / pools.length + 1;
  const missing = Math.max(0, Math.ceil((bytes - length()) / each));
  document.pools = Array.from({ length: pools.length + missing }, (_, i) => ({ ...pools[i % pools.length], pool: i + 1 }));
  return JSON.stringify(document);
}

/** The text of several indented documents, one after the other. */
const documentsOf = (text) => text.split(/(?<=^\}\n)/m).filter(Boolean).map((one) => JSON.parse(one));

async function bodies(scope, bytes) {
  const fleet = documentsOf(readFileSync(await simulated(scope, 'fleet.json', ['--product', 'stone', '--installations', kFleet, '--days', 1]), 'utf8'));
  const nearest = fleet
    .map((report) => asModule(report, bytes))
    .sort((a, b) => Math.abs(a.length - bytes) - Math.abs(b.length - bytes))
    .slice(0, kBodies);
  const folder = scope.folder('bodies');
  return nearest.map((text, i) => {
    const file = path.join(folder, `${i}.json`);
    writeFileSync(file, text);
    return file;
  });
}

async function compared(scope, size, { pairs, seconds }) {
  const files = await bodies(scope, kSizes[size]);
  const server = await candor(scope, [{ name: 'stone' }]);
  const reports = scope.folder('reports');
  const peer = await gunicorn(scope, reports);
  const sent = { candor: 0, peer: 0 };
  const send = async (who, to) => {
    const report = await load('http', {
      to, path: '/report', method: 'PUT', file: files, connections: kConnections, seconds, from: sent[who],
      number: '"report_id":"', offset: 24, width: 12, header: 'Content-Type: application/json',
    });
    assertAllAnswered(report);
    sent[who] += report.items;
    return report;
  };
  const { candor: ours, peer: theirs, profile } = await interleaved(scope, pairs, {
    candor: {
      pid: server.pid,
      turn: async () => {
        const report = await send('candor', server.address);
        await until('all is loaded', async () => (await server.rows('reports')) >= sent.candor, { within: kLoadLimitMs, every: 100 });
        return report;
      },
    },
    peer: { pid: peer.pid, turn: () => send('peer', peer.address) },
  });
  await server.assertAllAccepted('stone', sent.candor);
  assert.equal(readdirSync(reports).length, sent.peer);
  const clock = (turns) => `${figure(medianOf(turns, (turn) => turn.items / turn.seconds))}/s, p99 ${millis(medianOf(turns, (turn) => turn.latency_us.p99))}`;
  return {
    profile: [`P7, ${size}`, profile],
    row: {
      id: 'P7', workload: `Ceph reports of ${size}`, peer: 'Python WSGI server', atLeast: 20, aim: 100,
      candorFigure: `${figure(medianOf(ours, (turn) => turn.perCpuSecond))}/s`,
      peerFigure: `${figure(medianOf(theirs, (turn) => turn.perCpuSecond))}/s`, ratio: ratioOf(ours, theirs),
    },
    line: `P7, ${size}: by the clock Candor ${clock(ours)}; the WSGI server ${clock(theirs)}. The collector's process alone: ${figure(medianOf(ours, (turn) => turn.items / turn.own))} reports for a CPU-second.`,
  };
}

export async function run(scope, options) {
  const done = [];
  for (const size of Object.keys(kSizes)) done.push(await compared(scope, size, options));
  const profiles = Object.fromEntries(done.map(({ profile }) => profile));
  return { profiles, rows: done.map(({ row }) => row), beside: done.map(({ line }) => line) };
}
