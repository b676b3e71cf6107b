// slowhttptest's four attacks: slow headers, slow bodies, many ranges, slow reading. Others are served meanwhile and
// afterwards, and memory has a bound.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from '../e2e/lib/bench.mjs';
import { pause } from './lib/load.mjs';
import { percentile, Stage } from './lib/stage.mjs';

const kConnections = 1_000;
const kSeconds = Number(process.env.FAULT_ROUNDS ?? 1000) >= 1000 ? 30 : 8;
const kSlowestMs = 2_000; // p99 of the others' requests
const kMemoryKiB = 128 * 1024; // more than before

const kAttacks = {
  'slow headers': ['-H', '-i', '1'],
  'slow bodies': ['-B', '-i', '1', '-s', '8192', '-t', 'POST'],
  'many ranges': ['-R', '-a', '10', '-b', '3000'],
  'slow reading': ['-X', '-k', '10', '-w', '10', '-y', '20', '-n', '1', '-z', '32'],
};

for (const [name, options] of Object.entries(kAttacks)) {
  test(name, { timeout: 240_000 }, async (t) => {
    const bench = new Bench(t);
    const stage = await Stage.open(bench, {});
    await stage.live();
    const before = stage.phoenix.memory();
    const address = name === 'slow bodies' ? '/v1/track' : '/metrics';
    const attack = bench.start('slowhttptest', [
      ...['-c', `${kConnections}`, '-r', '500', '-l', `${kSeconds}`, '-p', '3', '-v', '0'],
      ...options,
      ...['-u', stage.collector.url + address],
    ]);
    const times = [];
    while (attack.exit === undefined) {
      const began = performance.now();
      assert.ok(await stage.load.deliver(stage.requests.next(stage.random.pick(stage.load.kinds))));
      times.push(performance.now() - began);
      await pause(5);
    }
    const p99 = percentile(times, 0.99);
    const grown = stage.phoenix.memory() - before;
    t.diagnostic(`${times.length} requests of others, p99 ${Math.round(p99)} ms; ${grown} KiB more`);
    assert.ok(times.length > kSeconds * 10, `the attack ended with ${attack.exit}: ${attack.out}${attack.err}`);
    assert.ok(p99 <= kSlowestMs, `p99 ${p99} ms`);
    assert.ok(grown <= kMemoryKiB, `${grown} KiB more`);
    assert.deepEqual([stage.load.unanswered, stage.load.later], [0, []]);
    await stage.live();
    await stage.judge(name);
  });
}
