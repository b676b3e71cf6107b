// Runs the workloads, prints the table and writes docs/benchmarks.md.
//
//   ONLY=P1,P3        these alone; the page is not written
//   PAIRS=5           interleaved pairs of turns
//   SECONDS_EACH=5    how long a turn sends
//   TMPDIR=/tmp       where all of them keep their data: the disk that is measured
import { Scope } from './lib/scope.mjs';
import { machine } from './lib/machine.mjs';
import { page, profileLines, table } from './lib/page.mjs';
import { statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

const kAll = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'L1', 'M1'];

const only = (process.env.ONLY ?? '').split(',').map((id) => id.trim().toUpperCase()).filter(Boolean);
const wanted = only.length > 0 ? only : kAll;
const unknown = wanted.filter((id) => !kAll.includes(id));
if (unknown.length > 0) {
  console.error(`There is no workload ${unknown.join(', ')}: ONLY takes ${kAll.join(', ')}.`);
  process.exit(2);
}
const kMemoryFileSystem = 0x01021994; // tmpfs
if (statfsSync(tmpdir()).type === kMemoryFileSystem) {
  console.error(`${tmpdir()} is in memory, where nothing is synced. Name a folder on a disk: TMPDIR=/var/tmp make bench.`);
  process.exit(1);
}
const options = {
  pairs: Number(process.env.PAIRS ?? 5),
  seconds: Number(process.env.SECONDS_EACH ?? 5),
};

let scope;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    if (interrupted) return; // it is being tidied up
    interrupted = true;
    await scope?.close();
    process.exit(130);
  });
}

/** Runs one workload in a scope of its own, whatever becomes of it. */
async function measured(id, earlier) {
  const { run } = await import(`./workloads/${id.toLowerCase()}.mjs`);
  scope = new Scope();
  try {
    return await run(scope, { ...options, earlier });
  } finally {
    await scope.close();
    scope = undefined;
  }
}

const results = {};
const failed = [];
for (const id of wanted) {
  process.stderr.write(`==> ${id}\n`);
  try {
    results[id] = await measured(id, results);
  } catch (error) {
    if (interrupted) break;
    failed.push(id);
    console.error(`${id} failed: ${error.message}`);
  }
}
if (interrupted) process.exit(130);
const rows = Object.values(results).flatMap((result) => result.rows);
const beside = Object.values(results).flatMap((result) => result.beside);
const profiles = Object.assign({}, ...Object.values(results).map((result) => result.profiles));
console.log(`\n${table(rows)}\n\n${beside.map((line) => `* ${line}`).join('\n')}\n\n${profileLines(profiles)}`);
if (failed.length > 0) {
  console.error(`\n${failed.join(', ')} failed, so no page is written.`);
  process.exitCode = 1;
} else if (only.length === 0) {
  const here = await machine();
  writeFileSync('docs/benchmarks.md', page({ rows, beside, profiles, machine: here, options }));
  console.log('\nwrote docs/benchmarks.md');
}
