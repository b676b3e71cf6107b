// What an operator sees when something is wrong: a damaged log, a collector that is away, a wrong
// key, a damaged report, every channel off.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { Candor, kCandor } from './lib/program.mjs';
import { startSink } from './lib/sink.mjs';

async function installation(t, more = {}) {
  const bench = new Bench(t);
  const sink = await startSink(bench);
  const candor = new Candor(bench.folder('agent'));
  const configure = (settings = {}) =>
    candor.configure({ product: 'mesh', endpoint: sink.url, ...more, ...settings });
  await configure();
  await candor.ok('on');
  return { bench, sink, candor, configure };
}

test('a damaged audit log is told, and what can be read is printed', { timeout: 60_000 }, async (t) => {
  const { candor } = await installation(t);
  await candor.ok('send');
  await candor.ok('send');
  const log = candor.state('sent', 'log.jsonl');
  const whole = readFileSync(log, 'utf8');
  const [first, second] = whole.trimEnd().split('\n');
  assert.deepEqual((await candor.json('status')).log_damage, []);

  writeFileSync(log, `${first.slice(0, 60)}\n${second}\n`);
  const { out, err } = await candor.expect(65, 'log');
  assert.ok(out.includes(JSON.parse(second).id), out);
  assert.ok(err.includes(`${log}, line 1 is damaged`), err);
  const json = await candor.expect(65, 'log', '--json');
  assert.equal(JSON.parse(json.out).reports.length, 1);
  assert.match((await candor.ok('status')).out, /audit log +[^]*damaged/);
  assert.equal((await candor.json('status')).log_damage.length, 1);

  writeFileSync(log, first.slice(0, 60)); // torn, but the report is among those sent
  const torn = await candor.expect(65, 'log');
  assert.doesNotMatch(torn.err, /Nothing was sent/);
  assert.match((await candor.ok('status')).out, /last upload +not known/);

  writeFileSync(log, `${whole}{"id":"2026112`); // a crash while a line was appended
  assert.equal((await candor.ok('log')).out.trimEnd().split('\n').length, 3);
});

test('status tells why nothing gets through, until something does', { timeout: 60_000 }, async (t) => {
  const { candor, configure } = await installation(t);
  await configure({ endpoint: 'http://127.0.0.1:9' });
  await candor.expect(75, 'send');
  const away = await candor.json('status');
  assert.ok(Date.parse(away.last_failure.at) > Date.now() - 60_000);
  assert.ok(away.last_failure.problem.length > 10);
  assert.equal(away.last_failure.next_attempt, null);
  assert.equal(away.pending, 1);
  assert.ok(Math.abs(Date.parse(away.next_report) - Date.now()) < 60_000, 'what is pending leaves now');
  const { out } = await candor.ok('status');
  assert.match(out, /last failure +20\d\d-/);
  assert.match(out, /next report +now/);
  await configure();
  await candor.ok('send');
  assert.equal((await candor.json('status')).last_failure, null);
  assert.doesNotMatch((await candor.ok('status')).out, /last failure/);
});

test('the next attempt is told while an agent plans one', { timeout: 60_000 }, async (t) => {
  const { bench, candor, configure } = await installation(t);
  await configure({ endpoint: 'http://127.0.0.1:9' });
  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  const status = await until('the agent plans its next attempt', async () => {
    const seen = await candor.json('status');
    return seen.last_failure?.next_attempt && seen;
  });
  assert.ok(Date.parse(status.last_failure.next_attempt) > Date.parse(status.last_failure.at));
  assert.ok(Date.parse(status.next_report) >= Date.parse(status.last_failure.next_attempt));
  assert.match((await candor.ok('status')).out, /last failure +20\d\d-[^]*Next\s+attempt:/);
  await agent.stop();
  assert.equal((await candor.json('status')).last_failure.next_attempt, null);
});

test('a wrong receipt_key_file stops the sending, and costs no pin', { timeout: 60_000 }, async (t) => {
  const { bench, sink, candor, configure } = await installation(t);
  const another = await startSink(bench);
  await candor.ok('send');
  writeFileSync(path.join(candor.folder, 'key'), `${another.key}\n`);
  await configure({ receipt_key_file: 'key' });
  assert.match((await candor.expect(1, 'send')).err, /not the one of receipt_key_file/);
  assert.equal(readFileSync(candor.state('collector-key'), 'utf8'), `${sink.key}\n`);
  await candor.ok('config', 'unset', 'receipt_key_file');
  const { id } = await candor.json('send');
  await candor.ok('verify', id);
});

test('a damaged pending report is dropped aloud, and counted', { timeout: 60_000 }, async (t) => {
  const { candor } = await installation(t);
  await candor.ok('show');
  const [name] = readdirSync(candor.state('outbox'));
  const file = candor.state('outbox', name);
  writeFileSync(file, readFileSync(file).subarray(0, 50));
  const shown = await candor.ok('show');
  assert.ok(shown.err.includes(`The pending report ${name.replace('.json', '')} was damaged`), shown.err);
  assert.equal(JSON.parse(shown.out).candor.lost, 1);
  assert.doesNotMatch((await candor.ok('show')).err, /damaged/);
});

test('no next report is promised while every channel is off', { timeout: 60_000 }, async (t) => {
  const { candor } = await installation(t);
  for (const { name, on } of (await candor.json('status')).channels)
    if (on) await candor.ok('channel', 'disable', name);
  assert.match((await candor.ok('status')).out, /next report +none: every channel is off/);
  assert.equal((await candor.json('status')).next_report, null);
});
