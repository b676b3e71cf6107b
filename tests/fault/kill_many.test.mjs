// kill -9 of collector and engine in the middle of 10,000 reports.
import test from 'node:test';
import { Bench } from '../e2e/lib/bench.mjs';
import { killScenario } from '../e2e/lib/kill_scenario.mjs';

test('10,000 reports, collector and engine killed again and again: what was answered 2xx is stored, once', async (t) => {
  await killScenario(new Bench(t), {
    installations: 350,
    days: 30,
    seed: 7,
    kills: [
      [0.1, 'engine'],
      [0.2, 'collector'],
      [0.3, 'both'],
      [0.45, 'engine'],
      [0.5, 'engine'],
      [0.6, 'collector'],
      [0.65, 'collector'],
      [0.8, 'both'],
      [0.95, 'collector'],
    ],
    log: (line) => t.diagnostic(line),
  });
});
