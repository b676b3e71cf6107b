// Reports carried by hand: export at the agent, import at the collector, receipts back.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';
import { Candor, environment, kCandor, run } from './lib/program.mjs';
import { startSink } from './lib/sink.mjs';

const kGivesUpMs = 10_000;

const pending = (candor) => (existsSync(candor.state('outbox')) ? readdirSync(candor.state('outbox')) : []);

test('an installation without a network', { timeout: 90_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['mesh'] });
  const stick = bench.folder('stick');
  const file = path.join(stick, 'reports.jsonl');
  const candor = new Candor(bench.folder('agent'));
  // Nobody listens there.
  await candor.configure({ product: 'mesh', endpoint: 'https://127.0.0.1:1' });
  assert.equal((await candor.expect(11, 'export', file)).out, '');
  assert.equal(existsSync(file), false);
  await candor.ok('on');
  const importing = (...args) => run(kCandor, ['import', file, '--to', collector.url, ...args], { env: environment() });
  let shown;

  await t.test('export holds exactly what show prints, and nothing is sent by it', async () => {
    shown = (await candor.ok('show')).out;
    await candor.expect(75, 'send');
    const would = await candor.ok('export', file, '--dry-run');
    assert.match(would.out, /would write 1 pending report/);
    assert.equal(existsSync(file), false);
    assert.equal((await candor.json('export', file)).reports, 1);
    const [header, line, end] = readFileSync(file, 'utf8').split('\n');
    assert.deepEqual(JSON.parse(header), { candor_export: 1, kind: 'report', product: 'mesh', reports: 1 });
    assert.equal(JSON.parse(line).report, shown);
    assert.equal(end, '');
    assert.equal(pending(candor).length, 1);
    await candor.expect(73, 'export', file);
  });

  await t.test('a file that cannot be made is named, and so is what to do', async () => {
    const nowhere = await candor.expect(73, 'export', path.join(stick, 'no/reports'));
    assert.match(nowhere.err, /no\/reports cannot be written: there is no folder .*no\. Make it/);
    assert.doesNotMatch(nowhere.err, /\.tmp/);
    assert.deepEqual((await candor.ok('export', '-')).bytes, readFileSync(file));
    await candor.expect(2, 'export', '-', '--json');
  });

  await t.test('import counts each outcome, and twice is once', async () => {
    const first = await importing('--json');
    assert.equal(first.code, 0, first.err);
    assert.deepEqual(JSON.parse(first.out).outcomes, { accepted: 1 });
    const again = await importing('--json');
    assert.deepEqual(JSON.parse(again.out).outcomes, { duplicate: 1 });
    const accounting = await collector.loaded('mesh', 2);
    assert.equal(accounting.accepted, 1);
    assert.equal(accounting.duplicates, 1);
  });

  await t.test('an import that fails leaves the receipts of the one before', async () => {
    const before = readFileSync(`${file}.receipts`, 'utf8');
    const away = await run(kCandor, ['import', file, '--to', 'http://127.0.0.1:1'], { env: environment() });
    assert.equal(away.code, 75, away.err);
    assert.match(away.err, /cannot be reached or is busy; trying again in 0\.\d s/);
    assert.match(away.err, /Nothing was imported: .*No receipts were written/);
    assert.doesNotMatch(away.err, /0 reports/);
    const elsewhere = await startSink(bench);
    elsewhere.behaviour = (request, body, answer) => answer(401);
    const refused = await run(kCandor, ['import', file, '--to', elsewhere.url], { env: environment() });
    assert.equal(refused.code, 1, refused.err);
    assert.match(refused.err, /401/);
    assert.equal(readFileSync(`${file}.receipts`, 'utf8'), before);
    assert.deepEqual(readdirSync(stick).sort(), ['reports.jsonl', 'reports.jsonl.receipts']);
  });

  await t.test('without a file: what comes in goes out as receipts', async () => {
    const piped = await run(kCandor, ['import', '-', '--to', collector.url], {
      env: environment(),
      input: readFileSync(file),
    });
    assert.equal(piped.code, 0, piped.err);
    assert.equal(JSON.parse(piped.out.split('\n')[1]).status, 'duplicate');
    const other = new Candor(bench.folder('elsewhere'));
    const filed = await run(kCandor, ['receipts', '-'], { env: other.env, input: piped.out });
    assert.equal(filed.code, 0, filed.err);
    assert.match(filed.err, /1 not of this outbox/);
  });

  await t.test('a file without receipts is no good news', async () => {
    const none = path.join(stick, 'none');
    writeFileSync(none, `${readFileSync(`${file}.receipts`, 'utf8').split('\n')[0]}\n`);
    assert.match((await candor.expect(65, 'receipts', none)).err, /holds no receipt/);
    rmSync(none);
  });

  await t.test('the receipts prove it as if it had been sent', async () => {
    const changed = path.join(stick, 'changed');
    const text = readFileSync(`${file}.receipts`, 'utf8');
    writeFileSync(changed, text.replace(/"signature":"./, (begin) => `${begin.slice(0, -1)}${begin.endsWith('A') ? 'B' : 'A'}`));
    const wrong = await candor.expect(65, 'receipts', changed);
    assert.match(wrong.err, /line 2/);
    assert.equal(pending(candor).length, 1);
    const filed = await candor.ok('receipts', `${file}.receipts`);
    assert.match(filed.err, /1 sent/);
    assert.match(filed.err, /pinned/, 'the first contact is told');
    assert.deepEqual(pending(candor), []);
    const [line] = (await candor.json('log')).reports;
    assert.equal(line.status, 'duplicate', 'the second import wrote these receipts');
    await candor.ok('verify', line.id);
    assert.equal((await candor.ok('log', 'show', line.id)).out, shown);
    assert.match((await candor.ok('receipts', `${file}.receipts`)).err, /1 had their answer before/);
  });

  await t.test('damaged lines are named, passed over, and end with 65', async () => {
    const other = new Candor(bench.folder('other'));
    await other.configure({ product: 'mesh', endpoint: collector.url });
    await other.ok('on');
    const good = path.join(stick, 'good');
    await other.ok('export', good);
    const [header, line] = readFileSync(good, 'utf8').split('\n');
    writeFileSync(file, [header, 'garbage', line, line.replace('sealed', 'sealeD'), ''].join('\n'));
    const imported = await importing('--json');
    assert.equal(imported.code, 65, imported.err);
    assert.match(imported.err, /line 2 .*\n.*line 4 /);
    assert.deepEqual(JSON.parse(imported.out).outcomes, { accepted: 1 });
    assert.equal(JSON.parse(imported.out).damaged, 2);
    writeFileSync(file, 'no export\n');
    assert.equal((await importing()).code, 65);
  });

  await t.test('a collector that is away: 75, and the same file later', async () => {
    const gone = await run(kCandor, ['import', path.join(stick, 'good'), '--to', 'http://127.0.0.1:1'], { env: environment() });
    assert.equal(gone.code, 75, gone.err);
    assert.match(gone.err, /Import the same file again/);
  });

  await t.test('a collector that takes the connection and never answers: 75 within ten seconds', async () => {
    const hangs = await startSink(bench);
    hangs.behaviour = () => {};
    const began = Date.now();
    const hung = await run(kCandor, ['import', path.join(stick, 'good'), '--to', hangs.url], { env: environment() });
    const took = Date.now() - began;
    assert.equal(hung.code, 75, hung.err);
    assert.match(hung.err, /Import the same file again/);
    assert.ok(took <= kGivesUpMs, `${took} ms`);
    assert.ok(hangs.begun > 0, 'it was asked');
  });
});

test('what the outbox lost is told by the next report', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const sink = await startSink(bench);
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'mesh', endpoint: sink.url });
  await candor.ok('on');
  const { bytes } = await candor.ok('show');
  // Two reports of long ago, by their names.
  const outbox = candor.state('outbox');
  for (const id of ['20200101T000000.000Z-00000000', '20200102T000000.000Z-00000000'])
    writeFileSync(path.join(outbox, `${id}.json`), bytes);
  writeFileSync(path.join(outbox, 'x.json.1.tmp'), 'half');
  assert.deepEqual((await candor.ok('show')).bytes, bytes);
  assert.equal((await candor.json('status')).lost, 2);
  assert.match((await candor.ok('status')).out, /2 dropped unsent/);
  assert.equal(readdirSync(outbox).length, 1, 'temporary files of a crash are gone');
  await candor.ok('send');
  assert.equal(JSON.parse(sink.bodies[0]).candor.lost, undefined);
  await candor.ok('send');
  assert.equal(JSON.parse(sink.bodies[1]).candor.lost, 2);
  assert.equal((await candor.json('status')).lost, 0);
  await candor.ok('send');
  assert.equal(JSON.parse(sink.bodies[2]).candor.lost, undefined);
});
