// A store whose files are damaged: the collector says so and what to do, goes on taking what arrives, and its store comes
// back from a backup and the journal, without those who asked to be forgotten since.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { contractsOf, nativeReport, postReport } from './lib/documents.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { Played } from './lib/played.mjs';
import { kCandor, run } from './lib/program.mjs';

/** Every file below the store's folder, relative to it. */
const filesOf = (engine) =>
  readdirSync(engine, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

function flip(file) {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 0xff;
  writeFileSync(file, bytes);
}

/** A stopped collector with 40 reports in its store; `again()` brings its data folder back to that. */
async function storeOf40(t) {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['stone'] });
  const collector = await phoenix.start();
  await until('the tables are there', () => collector.accounting('stone'), { within: 60_000 });
  const { stone } = await contractsOf(collector);
  const send = (fields = { osd: { count: 3 } }) =>
    postReport(phoenix.collector, nativeReport('stone', stone, { fields }));
  for (let i = 0; i < 40; ++i) assert.equal((await send()).status, 200);
  await collector.loaded('stone', 40);
  assert.equal(await phoenix.server.stop(), 0, phoenix.server.err);
  const { data } = collector;
  const engine = path.join(data, 'engine');
  const good = path.join(bench.folder('good'), 'data');
  execFileSync('cp', ['-a', data, good]); // the links of the store as they are
  const again = () => {
    rmSync(data, { recursive: true, force: true });
    execFileSync('cp', ['-a', good, data]);
  };
  const files = filesOf(engine);
  const reportsSql = files.find((file) => file.endsWith('/reports.sql'));
  const [, uuid] = /UUID '([0-9a-f-]+)'/.exec(readFileSync(reportsSql, 'utf8'));
  const parts = files.filter((file) => file.includes(`/${uuid}/`) && !/deduplication|format_version/.test(file));
  return { bench, phoenix, send, again, engine, reportsSql, parts };
}

const kBringBack = /candor restore BACKUP --store/;

test('damage of the store is told, with what to do, and reports go on being taken', { timeout: 280_000 }, async (t) => {
  const { phoenix, send, again, engine, reportsSql, parts } = await storeOf40(t);
  const data = parts.filter((file) => file.endsWith('/data.bin'));
  assert.ok(data.length > 0);
  const kOut = 'OUT_OF_SERVICE';
  const cases = {
    'rows that are cut': [() => data.forEach((file) => truncateSync(file, 10)), kOut, /are damaged, .*parts: \d+ of reports/],
    'checksums that are gone': [() => parts.filter((file) => file.endsWith('checksums.txt')).forEach((file) => writeFileSync(file, '')), kOut, /parts: \d+ of reports/],
    'rows in which a byte is another one': [() => data.forEach(flip), kOut, /damaged: \d+ times something/, 'SELECT sum(cityHash64(*)) FROM candor.reports'],
    'a table whose description is no SQL': [() => writeFileSync(reportsSql, 'garbage('), 'DOWN', /cannot be opened/],
    'a table whose description is empty': [() => writeFileSync(reportsSql, ''), 'DOWN', /cannot be opened/],
    'a table that is gone': [() => rmSync(reportsSql), kOut, /has lost tables \(.*\breports\b/],
    'all tables are gone': [() => rmSync(path.join(engine, 'metadata'), { recursive: true }), kOut, /has lost all of its tables/],
    'the folder is gone': [() => rmSync(engine, { recursive: true }), kOut, /has lost all of its tables/],
    'something else is in its place': [() => { rmSync(engine, { recursive: true }); writeFileSync(engine, ''); }, 'DOWN', undefined],
  }; // prettier-ignore
  for (const [name, [damage, status, sentence, question]] of Object.entries(cases)) {
    await t.test(name, async () => {
      again();
      damage();
      const collector = await phoenix.start();
      assert.equal((await send()).status, 200);
      if (question !== undefined) {
        await phoenix.storeAnswers();
        await assert.rejects(collector.ask(question));
      }
      const db = await until(
        'health says so',
        async () => {
          const health = await (await fetch(`${collector.url}/actuator/health`)).json();
          assert.equal(health.components.journal.status, 'UP');
          const { db: of } = health.components;
          return of.status === status && (sentence === undefined || of.details.trouble) && of;
        },
        { within: 30_000 },
      );
      if (sentence !== undefined) {
        assert.match(db.details.trouble, sentence);
        assert.match(db.details.trouble, kBringBack);
        await until('the log says so', () => phoenix.server.err.includes(db.details.trouble.split(': ')[0]));
      }
      assert.equal((await send()).status, 200);
      if (status === 'DOWN') {
        await until('the command says so', () => /reports are taken and kept, but/.test(phoenix.server.err), { within: 20_000 });
        if (sentence !== undefined) assert.match(/but there are no figures yet: .*/.exec(phoenix.server.err)[0], sentence);
      }
      assert.equal(await phoenix.server.stop(), 0, phoenix.server.err);
    });
  }
  // What was taken in the meantime is in the journal; with the store as it was it is loaded.
  await t.test('well again', async () => {
    again();
    await phoenix.start();
    await phoenix.storeAnswers();
    const accounting = await phoenix.collector.loaded('stone', 40);
    assertAddsUp(accounting);
    const health = async () => (await fetch(`${phoenix.collector.url}/actuator/health`)).status;
    await until('health is well', async () => (await health()) === 200);
  });
});

test('a store comes back from a backup and the journal, without the forgotten', { timeout: 280_000 }, async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['stone'] });
  let collector = await phoenix.start();
  await until('the tables are there', () => collector.accounting('stone'), { within: 60_000 });
  const { stone } = await contractsOf(collector);
  const candor = (...args) => run(kCandor, [...args, '--config', phoenix.config]);
  const sent = [];
  const send = async (one) => {
    const body = one.report();
    const answer = await postReport(collector, body);
    assert.equal(answer.json?.status, 'accepted', answer.text);
    sent.push(body);
  };
  const players = (count) => Array.from({ length: count }, () => new Played(stone));
  const before = players(30);
  for (const one of before) await send(one);
  await collector.loaded('stone', 30);
  const backup = path.join(bench.folder('backup'), 'one');
  assert.equal((await candor('backup', backup)).code, 0);
  const after = players(30);
  for (const one of after) await send(one);
  await collector.loaded('stone', 60);
  const key = await collector.json('/v1/key');

  const inUse = await candor('restore', backup, '--store');
  assert.equal(inUse.code, 75, inUse.err);
  assert.match(inUse.err, /in use by a collector; stop it first/);

  // The store is lost, and what arrives waits.
  await phoenix.killCollector();
  await until('its engine has gone', async () => !(await fetch(`${collector.url}/version`).catch(() => undefined)));
  rmSync(path.join(collector.data, 'engine'), { recursive: true });
  collector = await phoenix.start();
  const waiting = players(5);
  for (const one of waiting) await send(one);
  assert.equal(await phoenix.server.stop(), 0, phoenix.server.err);

  const restored = await candor('restore', backup, '--store', '--json');
  assert.equal(restored.code, 0, restored.err);
  assert.equal(JSON.parse(restored.out).tables.find(({ name }) => name === 'reports').rows, 30);
  collector = await phoenix.start();
  await phoenix.storeAnswers();
  const accounting = await collector.loaded('stone', 65);
  assertAddsUp(accounting);
  assert.equal(accounting.accepted, 65);
  const rows = async () =>
    (await collector.ask('SELECT installation, count() FROM candor.reports GROUP BY installation ORDER BY installation FORMAT TSV')).trim().split('\n');
  const expected = (players_) => players_.map((one) => `${one.installation}\t1`).toSorted();
  assert.deepEqual(await rows(), expected([...before, ...after, ...waiting]));
  assert.equal((await collector.overview('stone')).installations, 65);
  for (const body of sent) assert.equal((await postReport(collector, body)).json.status, 'duplicate');
  assert.deepEqual((await collector.json('/v1/key')).key, key.key);
  const health = async () => (await fetch(`${collector.url}/actuator/health`)).status;
  await until('health is well', async () => (await health()) === 200);

  // Some ask to be forgotten: two of the backup, one of after it.
  const forgotten = [before[0], before[1], after[0]];
  for (const one of forgotten) assert.equal((await one.forget(collector)).status, 202);
  for (const one of forgotten) await one.forgotten(collector);
  const late = players(5);
  for (const one of late) await send(one);
  await collector.loaded('stone', 70);
  assert.equal(await phoenix.server.stop(), 0, phoenix.server.err);
  for (const name of readdirSync(collector.data))
    if (name.startsWith('engine')) rmSync(path.join(collector.data, name), { recursive: true, force: true });

  const again = await candor('restore', backup, '--store');
  assert.equal(again.code, 0, again.err);
  assert.match(again.err, /records that were loaded after the backup.* may be missing/s);
  collector = await phoenix.start();
  await phoenix.storeAnswers();
  await until('the journal is loaded', async () => (await rows()).length >= 28 + 5);
  const there = new Set((await rows()).map((row) => row.split('\t')[0]));
  for (const one of [...before.slice(2), ...late]) assert.ok(there.has(one.installation), 'it is gone');
  for (const one of forgotten) {
    assert.ok(!there.has(one.installation), 'it is back');
    assert.equal((await postReport(collector, one.report())).status, 410);
  }
  // To forget somebody the journal let go what was loaded; who has it may send it again.
  let accepted = 0;
  for (const body of sent) {
    if (forgotten.some(({ installation }) => body.includes(installation))) continue;
    const { json } = await postReport(collector, body);
    assert.ok(['accepted', 'duplicate'].includes(json.status), JSON.stringify(json));
    if (json.status === 'accepted') ++accepted;
  }
  t.diagnostic(`${accepted} reports were in neither backup nor journal, and were taken again`);
  const all = [...before, ...after, ...waiting, ...late].filter((one) => !forgotten.includes(one));
  await until('all are there', async () => (await rows()).length >= all.length);
  assert.deepEqual(await rows(), expected(all));
});

test('a store without a backup begins anew with what the journal holds', { timeout: 120_000 }, async (t) => {
  const { bench, phoenix, send, engine } = await storeOf40(t);
  const candor = (...args) => run(kCandor, [...args, '--config', phoenix.config]);
  rmSync(engine, { recursive: true });
  const nothing = await candor('restore');
  assert.equal(nothing.code, 2, nothing.err);
  const meant = await candor('restore', '--store');
  assert.equal(meant.code, 2, meant.err);
  assert.match(meant.err, /if that is meant: candor restore --store --empty/);
  for (const args of [['--empty'], ['--store', '--empty', 'BACKUP']]) assert.equal((await candor('restore', ...args)).code, 2);
  const made = await candor('restore', '--store', '--empty');
  assert.equal(made.code, 0, made.err);
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  await collector.loaded('stone', 40);
  assert.equal((await send()).json.status, 'accepted');
  await collector.loaded('stone', 41);
  const backup = path.join(bench.folder('backup'), 'one');
  assert.equal((await candor('backup', backup)).code, 0);
  assert.equal(await phoenix.server.stop(), 0, phoenix.server.err);

  // A backup of another collector's is none of this one's store; a damaged one is none at all.
  const stranger = new Phoenix(bench, { products: ['stone'] });
  await stranger.start();
  await stranger.storeAnswers();
  assert.equal(await stranger.server.stop(), 0);
  const foreign = await run(kCandor, ['restore', backup, '--store', '--config', stranger.config]);
  assert.equal(foreign.code, 65, foreign.err);
  assert.match(foreign.err, /another journal/);
  const copy = path.join(bench.folder('backup'), 'two');
  cpSync(backup, copy, { recursive: true });
  flip(path.join(copy, 'tables', readdirSync(path.join(copy, 'tables')).find((name) => name.startsWith('reports.'))));
  const damaged = await candor('restore', copy, '--store');
  assert.equal(damaged.code, 65, damaged.err);
  assert.ok(existsSync(engine));
  assert.deepEqual(readdirSync(path.dirname(engine)).filter((name) => name.includes('aside')), []);

  // One that was broken off is not taken for whole, and is finished by the next.
  writeFileSync(path.join(path.dirname(engine), 'restore-store.unfinished'), '');
  const half = await run(kCandor, ['server', '--config', phoenix.config], { limit: 20_000 });
  assert.equal(half.code, 65, half.err);
  assert.match(half.err, /candor restore --store was not finished .*: run it again/);
  assert.equal((await candor('restore', backup, '--store')).code, 0);
  await phoenix.start();
  await phoenix.storeAnswers();
  assert.equal((await phoenix.collector.loaded('stone', 41)).accepted, 41);
});
