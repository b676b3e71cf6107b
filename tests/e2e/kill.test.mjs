// kill -9 of collector and engine while reports arrive. The same in number: tests/fault/kill_many.test.mjs.
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { killScenario } from './lib/kill_scenario.mjs';

test('collector and engine killed twice each: what was answered 2xx is stored, once', async (t) => {
  await killScenario(new Bench(t), {
    installations: 100,
    days: 21,
    seed: 7,
    kills: [
      [0.15, 'engine'],
      [0.35, 'collector'],
      [0.55, 'engine'],
      [0.75, 'collector'],
    ],
    log: (line) => t.diagnostic(line),
  });
});
