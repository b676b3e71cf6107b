// A program with libcandor, from its calls to the vendor's store: what was agreed to arrives, once, and nothing else.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCapture } from './lib/capture.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { kPipesContract, PipesMachine, storedRuns, toldLines } from './lib/pipes.mjs';
import { bytesBelow } from './lib/relay.mjs';

const kCanary = 'typed-canary-7f';

const startPipesCollector = (bench) => startCollector(bench, { products: [{ name: 'pipes', contract: kPipesContract }] });

const states = (runs) => runs.map(({ state }) => state).sort();

test('what a program records arrives, without what its user typed', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startPipesCollector(bench);
  const capture = await startCapture(bench);
  const machine = new PipesMachine(bench, { endpoint: collector.url });
  await machine.does('init');
  await machine.does('add', 'tap', '1.2.3', 'printf', `${kCanary}\\nb\\n`);
  await machine.agree();
  await machine.ok('config', 'set', 'proxy', capture.url);
  await machine.start();

  await t.test('nothing of the time before the yes', async () => {
    assert.deepEqual(machine.rings(), []);
    assert.deepEqual(await storedRuns(collector, 'command'), []);
  });

  await t.test('the agent takes it and sends it by itself', async () => {
    assert.equal((await machine.does('run', 'tap')).out, `${kCanary}\nb\n`);
    await machine.does('add', 'bad', '1', 'false', kCanary);
    assert.equal((await machine.pipes(['run', 'bad'])).code, 1);
    await until('all of it is stored', async () => (await storedRuns(collector, 'plugin')).length === 4, { within: 30_000 });
    const plugins = await storedRuns(collector, 'plugin');
    assert.deepEqual(states(plugins), ['completed', 'failed', 'started', 'started']);
    const [began, ended] = plugins.filter(({ name }) => name === 'tap');
    const { state, duration_ms, ...rest } = ended.state === 'started' ? began : ended;
    assert.equal(state, 'completed');
    assert.equal(typeof duration_ms, 'number');
    assert.deepEqual({ ...rest, state: 'started' }, began.state === 'started' ? began : ended, 'its end repeats its beginning');
    await until('the rings are gone', () => machine.rings().length === 0);
  });

  await t.test('what was counted is in the next report', async () => {
    await machine.report();
    await until('it is stored', async () => (await toldLines(collector)) === 2);
    await machine.report();
    await collector.loaded('pipes', 10);
    assert.equal(await toldLines(collector), 2, 'and told once');
  });

  await t.test('no byte of what was typed left, or is kept anywhere', async () => {
    const kept = {
      'the state folder': bytesBelow(machine.state()),
      'what was sent': capture.seen.map(({ headers, body }) => headers.join() + body).join(),
      'the agent\'s log': machine.agent.err,
      'the collector\'s files': bytesBelow(collector.folder),
      'the store': await collector.everything(),
      'the collector\'s log': collector.server.err,
    };
    for (const [where, bytes] of Object.entries(kept)) assert.ok(!bytes.includes(kCanary), where);
    assert.ok(capture.seen.some(({ path, body }) => path === '/v1/events' && body.includes('"tap"')), 'the search finds');
    assertAddsUp(await collector.accounting('pipes'));
  });

  await t.test('what was sent can be read and proven', async () => {
    const { reports } = await machine.json('log', '--programs');
    assert.ok(reports.length > 0);
    assert.equal(JSON.parse((await machine.ok('log', 'show', reports[0].id)).out).candor.kind, 'events');
    await machine.ok('verify', reports[0].id);
    const { programs } = await machine.json('status');
    assert.ok(programs.events >= 8);
    assert.equal(programs.pending, 0);
  });

  await t.test('an off reaches what runs, and takes back what it recorded', async () => {
    await machine.does('add', 'endless', '1', 'sleep', '1000');
    const running = machine.spawn(['run', 'endless']);
    await until('it has begun', () => machine.rings().length > 0);
    await machine.ok('off');
    const ended = new Promise((done) => running.on('close', done));
    running.kill('SIGTERM');
    await ended;
    await machine.does('run', 'tap');
    await machine.ok('on');
    const seen = (await storedRuns(collector, 'plugin')).length;
    await machine.does('run', 'tap');
    await until('what came after the yes is stored', async () => (await storedRuns(collector, 'plugin')).length >= seen + 2, { within: 30_000 });
    const plugins = await storedRuns(collector, 'plugin');
    assert.equal(plugins.length, seen + 2);
    assert.ok(plugins.every(({ name }) => name !== 'endless'));
  });
});

test('a run in continuous integration says so, and one forbidden by the environment is none', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startPipesCollector(bench);
  const machine = new PipesMachine(bench, { endpoint: collector.url });
  await machine.agree();
  await machine.pipes(['init'], { GITHUB_ACTIONS: 'true' });
  await machine.pipes(['list'], { DO_NOT_TRACK: '1' });
  await machine.pipes(['list'], { CANDOR_TELEMETRY: 'off' });
  await machine.pipes(['list']);
  assert.equal(await machine.send(), 4);
  await until('they are stored', async () => (await storedRuns(collector, 'command')).length === 4);
  const runs = await storedRuns(collector, 'command');
  assert.deepEqual(
    runs.map(({ name, automation }) => `${name} ${automation}`).sort(),
    ['init true', 'init true', 'list false', 'list false'],
  );
  // The figures of a day come behind the rows of events.
  const told = await until('they are counted', async () => {
    const answer = await collector.json('/api/v1/products/pipes/events?days=2');
    const command = answer.events.find(({ name }) => name === 'command');
    return command?.count === 2 && command.automation === 2 && { ...answer, command };
  });
  const { installations, automation } = told;
  const { count, automation: automated } = told.command;
  assert.deepEqual({ count, automated, installations, automation }, { count: 2, automated: 2, installations: 1, automation: 1 });
});
