// Who asks to be forgotten takes along what programs recorded.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';
import { kPipesContract, PipesMachine, storedRuns } from './lib/pipes.mjs';
import { kCandor, run } from './lib/program.mjs';
import { bytesBelow } from './lib/relay.mjs';

test('who asks to be forgotten takes along what programs recorded', { timeout: 280_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: [{ name: 'pipes', contract: kPipesContract }] });
  const machine = new PipesMachine(bench, { endpoint: collector.url });
  await machine.agree();
  const { installation } = await machine.json('status');
  await machine.does('init');
  await machine.send();
  await machine.ok('send');
  await until('it is stored', async () => (await storedRuns(collector, 'command')).length === 2);
  const { code, err } = await run(kCandor, ['forget', '--yes'], { env: machine.env, limit: 250_000 });
  assert.equal(code, 0, err);
  assert.deepEqual(await storedRuns(collector, 'command'), []);
  assert.ok(!(await collector.everything()).includes(installation));
  assert.ok(!existsSync(machine.state('library')));
  // What the collector signed names whom it forgot, and stays.
  rmSync(machine.state('deletions'), { recursive: true });
  assert.ok(!bytesBelow(machine.state()).includes(installation));
});
