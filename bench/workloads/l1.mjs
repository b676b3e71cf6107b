// L1: what recording costs a program: libcandor beside prometheus-cpp and spdlog, in one process, turn by turn; and what
// the library takes of disk and memory.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, statSync } from 'node:fs';
import path from 'node:path';
import assert from 'node:assert/strict';
import { kCandor } from '../../tests/e2e/lib/program.mjs';
import { median } from '../lib/pairs.mjs';
import { output } from '../lib/scope.mjs';
import { figure } from '../lib/text.mjs';

const kBuilt = path.dirname(path.resolve(kCandor));
const kLibrary = path.join(kBuilt, 'libcandor.so');
const kTurnShare = 0.1; // of a turn of other workloads: these settle in milliseconds
const kMost = 300 * 1024;

const nanoseconds = (value) => `${figure(value)} ns`;
const kibibytes = (bytes) => `${Math.round(bytes / 1024)} kB`;

/** [name in the program's answer, what the table calls it, its peer, at least, aim in ns] */
const kMeasures = [
  ['counter', 'a counter incremented', 'prometheus-cpp', 1, 1.5],
  ['histogram', 'a value into a histogram of 11 bounds', 'prometheus-cpp', 1, 5],
  ['event', 'an event with 3 attributes', 'spdlog async, one line', 0.15, 12],
  ['two_threads', 'two threads on one counter', 'prometheus-cpp', 0.5, undefined],
];

export async function run(scope, { pairs, seconds }) {
  const folder = scope.folder('library');
  const state = (name) => mkdtempSync(path.join(folder, name));
  const measured = JSON.parse(
    await output(path.join(kBuilt, 'candor_library_bench'), [state('measured'), String(pairs), String(seconds * kTurnShare)]),
  );
  assert.equal(measured.dropped, 0, 'events found no room: the figures would be of drops');
  const of = (name) => measured.measures.find((one) => one.name === name);
  const rows = kMeasures.flatMap(([name, workload, peer, atLeast, aim]) => besidePeer(of(name), { workload, peer, atLeast, aim }));
  const off = of('off');
  rows.push(bounded('what is off, more than an empty function', median(off.candor.map((ns, i) => ns - off.peer[i])), nanoseconds, { atLeast: 1 }));
  const tail = (name) => median(measured.event_tail.map((turn) => turn[name]));
  rows.push(bounded('an event with 3 attributes: p99.9 of single calls', tail('p999'), nanoseconds, { aim: 100 }));
  rows.push(bounded('requests for memory in 100,000 of each', measured.allocations, String, { atLeast: 0 }));
  rows.push(bounded('the library, stripped', strippedBytes(path.join(folder, 'stripped.so')), kibibytes, { atLeast: kMost }));
  rows.push(bounded('resident memory that it adds, the ring of a thread full', await residentBytes(state('resident')), kibibytes, { atLeast: 2 << 20 }));
  return {
    rows,
    beside: [
      `L1: the median of turns of ${figure(seconds * kTurnShare)} s, of which each is the median of batches. An event has two texts in clear, one of them of three that are listed, and a number; it is taken out of the ring between batches of 256, as spdlog's queue is emptied into /dev/null. Single events: p50 ${nanoseconds(tail('p50'))}, p99 ${nanoseconds(tail('p99'))}.`,
    ],
  };
}

/** Rows of what both do: the ratio, and Candor's own time where one is aimed at. */
function besidePeer({ candor, peer: peers }, { workload, peer, atLeast, aim }) {
  const ours = median(candor);
  const row = {
    id: 'L1', workload, peer, candorFigure: nanoseconds(ours), peerFigure: nanoseconds(median(peers)),
    ratio: median(candor.map((ns, i) => ns / peers[i])), bound: 'max', atLeast,
  };
  return aim === undefined ? [row] : [row, bounded('the same: a call', ours, nanoseconds, { aim })];
}

function bounded(workload, value, unit, bounds) {
  return { id: 'L1', workload, peer: '–', candorFigure: unit(value), value, bound: 'max', unit, ...bounds };
}

function strippedBytes(to) {
  assert.equal(spawnSync('strip', ['-o', to, kLibrary]).status, 0, 'strip failed');
  return statSync(to).size;
}

async function residentBytes(folder) {
  return JSON.parse(await output(path.join(kBuilt, 'candor_library_resident'), [folder, kLibrary])).resident;
}
