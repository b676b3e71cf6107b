// candor_load, and the data that `candor simulate` makes for it.
import assert from 'node:assert/strict';
import { createReadStream, createWriteStream, existsSync, openSync, closeSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { once } from 'node:events';
import { kCandor } from '../../tests/e2e/lib/program.mjs';
import { output } from './scope.mjs';

export const kContract = path.resolve('bench/product.toml');
const kLoad = path.resolve(process.env.CANDOR_LOAD ?? path.join(path.dirname(kCandor), 'candor_load'));
const kSeed = '7';

/** Makes a file with `candor simulate`'s output for those arguments. */
export async function simulated(scope, name, args) {
  const file = path.join(scope.folder('data'), name);
  const out = openSync(file, 'w');
  try {
    await output(kCandor, ['simulate', '--seed', kSeed, '--print', ...args.map(String)], { stdout: out });
  } finally {
    closeSync(out);
  }
  return file;
}

/** Segment messages of 512 bytes, from 1,000 sources. */
export function events(scope, count, days = 1) {
  return simulated(scope, 'events.jsonl', ['--contract', kContract, '--events', count, '--bytes', 512, '--days', days, '--installations', 1000]);
}

/** Writes each line again as `change` makes it. */
export async function rewritten(file, name, change) {
  const to = path.join(path.dirname(file), name);
  const out = createWriteStream(to);
  for await (const line of readline.createInterface({ input: createReadStream(file) })) {
    if (!out.write(`${change(line)}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return to;
}

/** Runs candor_load; its document. Options are given as {name: value or list of values}. */
export async function load(mode, options) {
  assert.ok(existsSync(kLoad), `${kLoad} is missing; \`make bench\` builds it`);
  const args = Object.entries(options).flatMap(([name, values]) =>
    [values].flat().filter((value) => value !== undefined).flatMap((value) => [`--${name}`, String(value)]),
  );
  return JSON.parse(await output(kLoad, [mode, ...args]));
}

/** The ids of the messages are numbered: each is sent once. */
export const kNumberedMessages = { number: '"messageId":"', offset: 24, width: 12, base: 16 };

/** What a benchmark may not pass over: an answer that is not 2xx. */
export function assertAllAnswered(report) {
  const others = Object.keys(report.statuses).filter((status) => !status.startsWith('2'));
  assert.deepEqual(others, [], `answers: ${JSON.stringify(report.statuses)} ${report.first_failure}`);
}
