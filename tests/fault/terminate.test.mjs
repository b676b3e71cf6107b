// SIGTERM under load, again and again: every request is answered, and it is gone within five seconds.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from '../e2e/lib/bench.mjs';
import { pause } from './lib/load.mjs';
import { Stage } from './lib/stage.mjs';
import { KeepAliveClients } from './lib/keep_alive.mjs';

const kRounds = Number(process.env.FAULT_ROUNDS ?? 1000) >= 1000 ? 50 : 8;
const kExitMs = 5_000;
const kShortMs = 30;
const kClients = 16;

test('SIGTERM under load: no request fails, and it ends soon', async (t) => {
  const stage = await Stage.open(new Bench(t), {});
  const exits = [];
  let answered = 0;
  for (let number = 0; number < kRounds; ++number) {
    await stage.phoenix.storeAnswers();
    const clients = new KeepAliveClients(stage, kClients);
    // In every other round all that is under way waits for the disk; in the others a few are still sending.
    const begun = new KeepAliveClients(stage, number % 2 === 0 ? 0 : kClients, { begun: true });
    await pause(stage.random.between(50, 500));
    const began = performance.now();
    const stopped = stage.phoenix.server.stop();
    await pause(kShortMs);
    begun.finish();
    assert.equal(await stopped, 0, stage.phoenix.server.err);
    exits.push(Math.round(performance.now() - began));
    for (const each of [clients, begun]) {
      const { cut, ...counts } = await each.end();
      answered += counts.answered;
      assert.deepEqual(cut, [], `round ${number}`);
      assert.equal(counts.unanswered, 0, JSON.stringify(counts));
    }
    await stage.phoenix.start();
    await stage.live();
    await stage.judge(`round ${number}, seed ${stage.seed}`);
  }
  t.diagnostic(`${answered} requests answered; exits after ${exits.join(', ')} ms`);
  assert.ok(Math.max(...exits) <= kExitMs, `${Math.max(...exits)} ms`);
});
