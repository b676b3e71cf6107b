// A program with libcandor that is killed at any instant, and one whose vendor cannot be reached.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';
import { kPipesContract, PipesMachine, storedRuns, toldLines } from './lib/pipes.mjs';

const kKills = 1000;
// A hundred runs for every commit, a thousand for `make test-all`.
const kRuns = Number(process.env.CANDOR_EVENTS ?? 100) >= 1000 ? 1000 : 100;
const kAtOnce = 8;
const kLongestLifeMs = 60;
const kMostSlower = 5;

/** Runs `pipes` until it is killed; how many whole lines it passed on. */
function killed(machine, afterMs) {
  return new Promise((done, fail) => {
    const child = machine.spawn(['run', 'endless']);
    let lines = 0;
    child.stdout.on('data', (bytes) => {
      for (const byte of bytes) lines += byte === 10 ? 1 : 0;
    });
    child.on('error', fail);
    child.on('close', (code, signal) => (signal === 'SIGKILL' ? done(lines) : fail(new Error(`pipes ended with ${code ?? signal}`))));
    setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
}

test('whenever it is killed, all that it counted counts, and each of its runs ends once', { timeout: 280_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: [{ name: 'pipes', contract: kPipesContract }] });
  const machine = new PipesMachine(bench, { endpoint: collector.url });
  await machine.does('init');
  await machine.does('add', 'endless', '1.0', 'yes');
  await machine.agree();
  await machine.start();

  let seen = 0;
  let left = kKills;
  const rounds = async () => {
    while (left-- > 0) {
      const lines = await killed(machine, Math.random() * kLongestLifeMs);
      seen += lines;
    }
  };
  await Promise.all(Array.from({ length: kAtOnce }, rounds));
  await until('all rings are taken', () => machine.rings().length === 0, { within: 60_000 });
  await machine.agent.stop();
  await until('all is sent', async () => (await machine.send()) === 0, { within: 60_000 });
  await machine.ok('send');

  await t.test('no increment is lost', async () => {
    const told = await until('the last report is stored', async () => {
      const lines = await toldLines(collector);
      return lines >= seen && lines;
    });
    t.diagnostic(`${seen} lines were seen, ${told} were counted, in ${kKills} kills`);
    assert.ok(seen > kKills, `${seen} lines`);
    // Each was killed at most once between counting a line and passing it on.
    assert.ok(told - seen <= kKills, `${told} counted, ${seen} seen`);
  });

  await t.test('each run has exactly one end', async () => {
    const { programs } = await machine.json('status');
    assert.equal(programs.dropped, 0);
    await until('all events are stored', async () => Number(await collector.ask("SELECT count() FROM candor.events WHERE product = 'pipes'")) === programs.events);
    for (const name of ['command', 'plugin']) {
      const ends = new Map();
      const begun = new Set();
      for (const { run, state } of await storedRuns(collector, name)) {
        if (state === 'started') begun.add(run);
        else ends.set(run, [...(ends.get(run) ?? []), state]);
      }
      t.diagnostic(`${begun.size} runs of ${name}`);
      assert.ok(begun.size > kKills / 2, `${begun.size} runs of ${name}`);
      assert.deepEqual([...ends.keys()].sort(), [...begun].sort());
      assert.ok([...ends.values()].every((states) => states.length === 1 && states[0] === 'lost'));
    }
  });
});

/** An address where everybody is taken in and nobody is answered. */
async function startBlackHole(bench) {
  const held = new Set();
  const server = createServer((socket) => held.add(socket.on('error', () => {})));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  bench.defer(() => {
    for (const socket of held) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, held };
}

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

test('a vendor that cannot be reached costs a program nothing', { timeout: 280_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: [{ name: 'pipes', contract: kPipesContract }] });
  const hole = await startBlackHole(bench);
  const machines = { reached: new PipesMachine(bench, { endpoint: collector.url }), unreached: new PipesMachine(bench, { endpoint: collector.url }) };
  for (const machine of Object.values(machines)) {
    await machine.does('init');
    await machine.agree();
  }
  await machines.unreached.ok('config', 'set', 'endpoint', hole.url);
  for (const machine of Object.values(machines)) await machine.start();
  const took = { reached: [], unreached: [] };
  for (let i = 0; i < kRuns; ++i) {
    for (const [name, machine] of Object.entries(machines)) took[name].push((await machine.does('list')).ms);
  }
  const slower = middle(took.unreached) - middle(took.reached);
  t.diagnostic(`${kRuns} runs each: ${middle(took.reached).toFixed(2)} ms, and ${slower.toFixed(2)} ms more without a vendor`);
  assert.ok(slower < kMostSlower, `${slower} ms more`);
  await until('the agent tried', () => hole.held.size > 0, { within: 30_000 });
});
