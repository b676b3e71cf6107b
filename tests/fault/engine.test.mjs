// An engine that is stopped, hangs, is slow or stays away: clients notice nothing until the journal is full, then they
// are told to send again; and when it is back, all of it is in the store once.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from '../e2e/lib/bench.mjs';
import { kCandor, environment } from '../e2e/lib/program.mjs';
import { startBadEngine } from './lib/bad_engine.mjs';
import { pause } from './lib/load.mjs';
import { Stage } from './lib/stage.mjs';

const kMany = Number(process.env.FAULT_ROUNDS ?? 1000) >= 1000;
const kTroubleMs = kMany ? 20_000 : 2_500;
const kSlowMs = 150;
const kJournalBytes = 128 * 2 ** 20;
// Room is there once a segment of what waited is in the store.
const kBackMs = 20_000;
const kExitMs = 5_000;

/** Loads the collector for that long, and nobody is refused. */
async function loadCalmly(stage, ms) {
  stage.load.forget();
  stage.load.start();
  await pause(ms);
  await stage.load.stop();
  const { taken, unanswered, later, wrong } = stage.load;
  assert.deepEqual({ unanswered, later, wrong }, { unanswered: 0, later: [], wrong: [] });
  assert.ok(Object.values(taken).every((count) => count > 0), JSON.stringify(taken));
}

test('the engine is stopped (SIGSTOP) and goes on', { timeout: 240_000 }, async (t) => {
  const stage = await Stage.open(new Bench(t), {});
  const { engine } = stage.phoenix;
  process.kill(engine, 'SIGSTOP');
  await loadCalmly(stage, kTroubleMs);
  await until('health says so', async () => (await stage.health()).components.db.status === 'DOWN');
  process.kill(engine, 'SIGCONT');
  await stage.judge('stopped for a while');
  process.kill(stage.phoenix.engine, 'SIGSTOP');
  await loadCalmly(stage, 300);
  // It does not go by itself, and its folder is to be had.
  await stage.phoenix.killCollector();
  await stage.phoenix.start();
  await stage.live();
  await stage.judge('stopped, and its collector killed');
  // A block and a question that wait for it do not hold up the end.
  process.kill(stage.phoenix.engine, 'SIGSTOP');
  await loadCalmly(stage, 1_500);
  const question = fetch(`${stage.collector.url}/api/v1/products/stone/overview`).catch(() => undefined);
  const began = performance.now();
  assert.equal(await stage.phoenix.server.stop(), 0, stage.phoenix.server.err);
  const exit = performance.now() - began;
  t.diagnostic(`SIGTERM while the engine does not answer: gone after ${Math.round(exit)} ms`);
  assert.ok(exit <= kExitMs, `${exit} ms`);
  await question;
  await stage.phoenix.start();
  await stage.live();
  await stage.judge('stopped, and its collector ended');
});

/** A collector whose engine is reached through `startBadEngine`; an embedded one of its own is behind. */
async function openBehind(bench, options = {}) {
  const folder = bench.folder('engine');
  const socket = path.join(folder, 'data', 'engine.sock');
  const real = startEngine(bench, folder, socket);
  const engine = await startBadEngine(bench, socket, kSlowMs);
  const lines = [`engine = "${engine.url}"`, ...(options.lines ?? [])];
  const stage = await Stage.open(bench, { ...options, folder, lines });
  return { stage, engine, real, again: () => startEngine(bench, folder, socket) };
}

function startEngine(bench, folder, socket) {
  const data = path.join(folder, 'data', 'engine');
  return bench.start(kCandor, ['engine', '--data', data, '--socket', socket], { env: environment() });
}

test('the engine hangs, then is slow, then is well', { timeout: 240_000 }, async (t) => {
  const { stage, engine } = await openBehind(new Bench(t));
  await stage.judge('well');
  engine.mode = 'hangs';
  await loadCalmly(stage, kTroubleMs);
  await until('health says so', async () => (await stage.health()).components.db.status === 'DOWN');
  // A collector that begins with such an engine serves its clients too.
  await stage.phoenix.killCollector();
  await stage.phoenix.start();
  await loadCalmly(stage, 500);
  engine.mode = 'slow';
  engine.cut();
  await loadCalmly(stage, kTroubleMs);
  await stage.judge('slow');
  engine.mode = 'passes';
  await loadCalmly(stage, 500);
  await stage.judge('well again');
});

test('the engine stays away until the journal is full', { skip: !kMany && 'it takes minutes', timeout: 900_000 }, async (t) => {
  const { stage, real, again } = await openBehind(new Bench(t), {
    lines: [`journal_max_bytes = ${kJournalBytes}`],
  });
  await stage.judge('well');
  assert.equal(await real.stop('SIGKILL'), 'SIGKILL');
  const { load } = stage;
  load.forget();
  // Large ones first; when these find no room any more, smaller ones still do.
  for (const size of [1_500, 150, 15]) {
    const batch = () => stage.requests.next('batch', { filler: 'x'.repeat(60), size });
    while (await load.deliver(batch())) continue;
    const { status, retryAfter } = load.later.at(-1);
    assert.deepEqual([status, Number(retryAfter) > 0], [429, true]);
  }
  const bytes = await stage.metric('candor_journal_bytes');
  assert.ok(bytes > kJournalBytes * 0.95, `refused although it held ${bytes} bytes only`);
  while (await load.deliver(stage.requests.next('report'))) continue;
  const report = load.later.at(-1);
  assert.deepEqual([report.status, Number(report.retryAfter) > 0], [503, true], JSON.stringify(report));
  assert.deepEqual([load.unanswered, load.wrong], [0, []]);
  const sick = await stage.health();
  assert.deepEqual([sick.code, sick.components.journal.status], [503, 'OUT_OF_SERVICE']);

  again();
  const began = performance.now();
  await stage.phoenix.storeAnswers();
  const answers = performance.now();
  const live = await stage.live(60_000);
  t.diagnostic(`the store answers after ${Math.round(answers - began)} ms, records are taken ${Math.round(live)} ms later`);
  await stage.judge('the journal was full');
  assert.ok(live <= kBackMs, `${live} ms`);
  await until('health is well', async () => (await stage.health()).status === 'UP');
});
