// kill -9 of collector, engine or both at a random moment under load: FAULT_ROUNDS times, fifty in a data folder.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from '../e2e/lib/bench.mjs';
import { until } from '../e2e/lib/bench.mjs';
import { pause } from './lib/load.mjs';
import { kSeed, percentile, Stage } from './lib/stage.mjs';

const kRounds = Number(process.env.FAULT_ROUNDS ?? 1000);
const kRoundsInFolder = 50;
// Under load before the kill. A few rounds take the shorter times only, so that a commit need not wait.
const kShortestMs = 50;
const kLongestMs = kRounds > 50 ? 3_000 : 800;
const kReadyMs = 2_000; // p99

const kKills = {
  async collector(stage) {
    await stage.phoenix.killCollector();
    return again(stage);
  },
  async both(stage) {
    stage.phoenix.killEngine();
    await stage.phoenix.killCollector();
    return again(stage);
  },
  async engine(stage) {
    await until('there is an engine to kill', () => stage.phoenix.killEngine());
    return undefined;
  },
};

/** Milliseconds from the start to the first records taken. */
async function again(stage) {
  const began = performance.now();
  await stage.phoenix.start();
  await stage.live();
  return performance.now() - began;
}

async function round(stage, what) {
  stage.load.forget();
  stage.load.start();
  await pause(stage.random.between(kShortestMs, kLongestMs));
  const failed = () => stage.load.unanswered + stage.load.later.length;
  const before = failed();
  const ready = await kKills[what](stage);
  await pause(kShortestMs);
  // Nobody who sends learns that there is an engine.
  if (what === 'engine') assert.equal(failed(), before, JSON.stringify(stage.load.later.slice(0, 3)));
  await stage.load.stop();
  return ready;
}

test(`${kRounds} kills: nothing acknowledged is lost, nothing counts twice`, async (t) => {
  const began = performance.now();
  const ready = [];
  const kills = { collector: 0, both: 0, engine: 0 };
  let sent = 0;
  for (let first = 0; first < kRounds; first += kRoundsInFolder) {
    await t.test(`from ${first}`, async (part) => {
      const stage = await Stage.open(new Bench(part), { seed: kSeed + first });
      for (let number = first; number < Math.min(first + kRoundsInFolder, kRounds); ++number) {
        const what = stage.random.pick(Object.keys(kKills));
        const took = await round(stage, what);
        if (took !== undefined) ready.push(took);
        ++kills[what];
        await stage.judge(`round ${number}, seed ${kSeed + first}: ${what} killed`);
      }
      sent += stage.ledger.size.sent;
    });
  }
  const p99 = percentile(ready, 0.99);
  t.diagnostic(
    `${JSON.stringify(kills)}, ${sent} things sent, ${Math.round(performance.now() - began)} ms; ` +
      `ready again: median ${Math.round(percentile(ready, 0.5))} ms, p99 ${Math.round(p99)} ms`,
  );
  assert.ok(p99 <= kReadyMs, `ready again: p99 ${p99} ms`);
});
