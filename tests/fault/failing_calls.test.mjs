// The Nth open, write, sync, rename, fallocate or ftruncate of the collector in its data folder fails, for every N of a
// trace of 200 that begins with its start: it refuses or goes on, and nothing acknowledged is lost.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from '../e2e/lib/bench.mjs';
import { FailingCalls } from './lib/failing_calls.mjs';
import { pause } from './lib/load.mjs';
import { Stage } from './lib/stage.mjs';

const kTrace = 200;
const kStep = Number(process.env.FAULT_STEP ?? 1);
const kJudgeEvery = 10;
const kIo = 5; // EIO
const kNoSpace = 28; // ENOSPC
const kPauseMs = 3; // so that the loader has its share of the trace

/** Starts it with the calls failing; when it refuses, that has a reason, and the next start works. */
async function startUnder(stage, calls) {
  try {
    await stage.phoenix.start();
    return true;
  } catch (error) {
    assert.match(error.message, /the collector ended with [1-9]\d*: [^]*cannot \w+/, error.message);
    calls.fail({});
    await stage.phoenix.start();
    return false;
  }
}

async function trace(stage, calls, fault) {
  calls.fail({ ...fault, calls: 0 });
  const started = await startUnder(stage, calls);
  while (started && calls.count < kTrace) {
    await stage.load.deliver(stage.requests.next(stage.random.pick(stage.load.kinds)));
    await pause(kPauseMs);
  }
  calls.fail({});
  await stage.live();
  assert.equal(stage.phoenix.server.exit, undefined, stage.phoenix.server.err);
  return started;
}

for (const [name, inARow, errno] of [
  ['one call fails', 1, kIo],
  ['seven in a row fail, as on a full disk', 7, kNoSpace],
]) {
  test(`${name}, whichever it is`, async (t) => {
    const bench = new Bench(t);
    const folder = bench.folder('failing');
    const calls = await FailingCalls.build(bench, folder);
    const stage = await Stage.open(bench, { folder, program: calls.program });
    const began = calls.count;
    let refused = 0;
    const offset = inARow > 1 ? Math.floor(kStep / 2) : 0;
    let since = 0;
    for (let first = 1 + offset; first <= kTrace; first += kStep) {
      // Every other life ends as it should, so that its last calls are part of a trace too.
      if (first % 2 === 0) await stage.phoenix.killCollector();
      else await stage.phoenix.server.stop();
      if (!(await trace(stage, calls, { first, last: first + inARow - 1, errno }))) ++refused;
      if (++since % kJudgeEvery === 0) await stage.judge(`calls up to ${first} failed, seed ${stage.seed}`);
    }
    await stage.judge('all');
    t.diagnostic(
      `${since} faults; a first start makes ${began} calls; ${refused} starts were refused; ` +
        `${stage.ledger.size.acknowledged} of ${stage.ledger.size.sent} things were acknowledged`,
    );
  });
}
