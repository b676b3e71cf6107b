// A version of a plugin breaks for everybody who runs it: from real programs on many machines to what each of them is told.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';
import { kPipesContract, PipesMachine } from './lib/pipes.mjs';

const kMachines = 25; // a verdict is made from 20 on
const kWindowMs = 30_000; // the collector looks each second here
const kPlugin = '/api/v1/products/pipes/plugins/tap';

test('verdict, badge and advice turn when a version breaks', { timeout: 240_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, {
    products: [{ name: 'pipes', contract: kPipesContract }],
    lines: ['insights_every = 1'],
  });
  const machines = Array.from({ length: kMachines }, () => new PipesMachine(bench, { endpoint: collector.url }));
  const each = (what) => Promise.all(machines.map(what));
  const badge = async () => (await fetch(`${collector.url}${kPlugin}/badge.svg`)).text();
  const verdict = async () => {
    const answer = await fetch(collector.url + kPlugin);
    return answer.status === 200 ? (await answer.json()).plugin : {};
  };
  /** Everybody runs that version, and what was recorded is sent. */
  const run = (version, program) =>
    each(async (machine) => {
      await machine.does('add', 'tap', version, program);
      await machine.pipes(['run', 'tap']);
      await machine.send();
    });
  await each(async (machine) => {
    await machine.agree();
    await machine.does('init');
  });

  await t.test('as long as it works', async () => {
    await run('1.0.0', 'true');
    await until('it is healthy', async () => (await verdict()).verdict === 'healthy', { within: kWindowMs });
    assert.match(await badge(), /tap 1\.0\.0: healthy/);
    const [affected] = machines;
    assert.deepEqual((await affected.json('advise', '--fetch')).plugins, []);
    assert.equal((await affected.pipes(['run', 'tap'])).err, '');
  });

  await t.test('once it is broken', async () => {
    await run('1.1.0', 'false');
    const { version, better, rule } = await until('it is failing', async () => {
      const seen = await verdict();
      return seen.verdict === 'failing' && seen;
    }, { within: kWindowMs });
    assert.deepEqual([version, better], ['1.1.0', '1.0.0']);
    assert.match(rule, /^25 of 25 installations/);
    assert.match(await badge(), /tap 1\.1\.0: failing/);
  });

  await t.test('who runs it is told, by the command and by the program', async () => {
    const [affected] = machines;
    const { out } = await affected.ok('advise', '--fetch');
    assert.match(out, /^failing {2}plugin tap 1\.1\.0\n/);
    assert.match(out, /Better: 1\.0\.0\./);
    const { err } = await affected.pipes(['run', 'tap']);
    assert.match(err, /tap 1\.1\.0 does not work for many others\. 25 of 25 installations .*\npipes: 1\.0\.0 works\./);
    await affected.does('add', 'tap', '1.0.0', 'true');
    assert.equal((await affected.does('run', 'tap')).err, '');
  });
});
