// A collector that starts while the engine of the one before still goes down: it waits for that engine's lock.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { contractsOf, nativeReport, postReport } from './lib/documents.mjs';
import { Phoenix } from './lib/phoenix.mjs';

const kWaitMs = 10_000; // kEngineLockWait

async function startWithReport(t) {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['stone'] });
  const collector = await phoenix.start();
  await until('the tables are there', () => collector.accounting('stone'), { within: 60_000 });
  const { stone } = await contractsOf(collector);
  const send = () => postReport(phoenix.collector, nativeReport('stone', stone));
  assert.equal((await send()).status, 200);
  await collector.loaded('stone', 1);
  return { bench, phoenix, send };
}

/** Figures are there, and no engine had to be started twice for it. */
async function assertReady(t, phoenix, began, reports) {
  await until('the store answers', () => phoenix.server.err.includes('the store answers'), { within: kWaitMs + 5_000 });
  t.diagnostic(`figures after ${Math.round(performance.now() - began)} ms`);
  assert.ok(!phoenix.server.err.includes('it is started again'), phoenix.server.err);
  assert.equal((await phoenix.collector.loaded('stone', reports)).accepted, reports);
}

test('an engine that is busy goes with its collector when that is killed', { timeout: 60_000 }, async (t) => {
  const { phoenix, send } = await startWithReport(t);
  const busy = phoenix.collector.ask('SELECT sleepEachRow(1) FROM numbers(30) SETTINGS max_block_size = 1');
  busy.catch(() => {}); // it is cut off
  await until('it works', async () => (await phoenix.collector.ask("SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow%'")) > '1');
  const began = performance.now();
  await phoenix.killCollector();
  await phoenix.start();
  assert.equal((await send()).status, 200, 'reports are taken meanwhile');
  await assertReady(t, phoenix, began, 2);
});

test("another process that holds the engine's lock for some seconds", { timeout: 60_000 }, async (t) => {
  const { bench, phoenix, send } = await startWithReport(t);
  assert.equal(await phoenix.server.stop(), 0, phoenix.server.err);
  const lock = path.join(phoenix.folder, 'data', 'engine', 'engine.lock');
  const holder = bench.start('flock', ['-F', lock, 'sh', '-c', 'echo held; exec sleep 6']);
  await until('it is held', () => holder.out.includes('held'));
  const began = performance.now();
  await phoenix.start();
  assert.equal((await send()).status, 200);
  await assertReady(t, phoenix, began, 2);
  assert.ok(performance.now() - began > 3_000, 'nothing had to be waited for');
});

test('one that holds it for longer is named, and waited for all the same', { timeout: 90_000 }, async (t) => {
  const { bench, phoenix, send } = await startWithReport(t);
  assert.equal(await phoenix.server.stop(), 0, phoenix.server.err);
  const folder = path.join(phoenix.folder, 'data', 'engine');
  const holder = bench.start('flock', ['-F', path.join(folder, 'engine.lock'), 'sh', '-c', 'echo held; exec sleep 60']);
  await until('it is held', () => holder.out.includes('held'));
  await phoenix.start();
  assert.equal((await send()).status, 200);
  await until('it says so', () => phoenix.server.err.includes(`another engine works on ${folder}`), { within: kWaitMs + 5_000 });
  await holder.stop('SIGKILL');
  await phoenix.storeAnswers();
  assert.equal((await phoenix.collector.loaded('stone', 2)).accepted, 2);
});
