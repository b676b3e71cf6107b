// What was acknowledged comes again, five times and out of order, also after restarts: it is in the store once.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from '../e2e/lib/bench.mjs';
import { pause } from './lib/load.mjs';
import { Stage } from './lib/stage.mjs';

const kTimes = 5;
const kLoadMs = 700;
const kRounds = Number(process.env.FAULT_ROUNDS ?? 1000) >= 1000 ? 30 : 4;

test('what comes again five times, out of order, counts once', async (t) => {
  const stage = await Stage.open(new Bench(t), {});
  for (let number = 0; number < kRounds; ++number) {
    stage.load.start();
    await pause(kLoadMs);
    await stage.load.stop();
    const restart = async () => {
      await stage.phoenix.killCollector();
      await stage.phoenix.start();
    };
    // While it waits in the journal, when it is in the store, after a restart, and in the middle of one.
    const ways = [
      () => stage.load.resend(kTimes),
      () => stage.settled().then(() => stage.load.resend(kTimes)),
      () => restart().then(() => stage.load.resend(kTimes)),
      () => Promise.all([stage.load.resend(kTimes), pause(100).then(restart)]),
    ];
    await ways[number % ways.length]();
    await stage.judge(`round ${number}, seed ${stage.seed}`);
  }
  const { sent, acknowledged } = stage.ledger.size;
  assert.ok(acknowledged > 100 * kRounds);
  t.diagnostic(`${acknowledged} of ${sent} things acknowledged, and what was sent last of them five times more`);
});
