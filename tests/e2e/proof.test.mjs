// The proof of what was sent: log, log show, verify, and that no byte of it can be changed.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';
import { Candor, kCandor, environment, run } from './lib/program.mjs';
import { sha256 } from './lib/receipt.mjs';
import { startSink } from './lib/sink.mjs';

const kAtOnce = 4;

/** Flips one bit of every byte of `file`, one after the other; the positions that `holds` accepts. */
async function acceptedFlips(bytes, holds) {
  const accepted = [];
  let next = 0;
  const worker = async (number) => {
    for (let i = next++; i < bytes.length; i = next++) {
      const changed = Buffer.from(bytes);
      changed[i] ^= 1 << i % 8;
      if (await holds(changed, number)) accepted.push(i);
    }
  };
  await Promise.all(Array.from({ length: kAtOnce }, (_, number) => worker(number)));
  return accepted;
}

test('what was sent is proven, and nothing else is', { timeout: 280_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['mesh'] });
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'mesh', endpoint: collector.url });
  await candor.ok('on');
  const empty = await candor.ok('log');
  assert.equal(empty.out, '');
  const shown = (await candor.ok('show')).bytes;
  const sent = await candor.ok('send');
  const [{ id }] = (await candor.json('log')).reports;
  assert.ok(sent.err.includes(`candor verify ${id}`), sent.err);

  await t.test('log --json has exactly what it promises', async () => {
    const log = await candor.json('log');
    assert.deepEqual(Object.keys(log), ['schema_version', 'reports']);
    assert.equal(log.reports.length, 1);
    const [line] = log.reports;
    assert.deepEqual(Object.keys(line), ['id', 'sealed_at', 'sent_at', 'bytes', 'sha256', 'status']);
    assert.equal(line.id, id);
    assert.equal(line.bytes, shown.length);
    assert.equal(line.sha256, sha256(shown));
    assert.equal(line.status, 'accepted');
    assert.equal(line.sealed_at, JSON.parse(shown).candor.sealed_at);
    const table = (await candor.ok('log')).out;
    assert.match(table, new RegExp(`${id} +${shown.length} +${line.sha256.slice(0, 12)} +accepted`));
  });

  await t.test('log show prints the same bytes, by any beginning of the id', async () => {
    assert.deepEqual((await candor.ok('log', 'show', id)).bytes, shown);
    assert.deepEqual((await candor.ok('log', 'show', id.slice(0, 15))).bytes, shown);
    const wrong = await candor.expect(1, 'log', 'show', `${id.slice(0, -1)}x`);
    assert.match(wrong.err, new RegExp(`Did you mean "${id}"`));
  });

  await t.test('verify says what it checked, and needs no collector', async () => {
    await collector.server.stop();
    const verified = await candor.json('verify', id.slice(0, 15));
    assert.equal(verified.verified, true);
    assert.equal(verified.sha256, sha256(shown));
    assert.equal(verified.receipt.body_sha256, verified.sha256);
    assert.equal(verified.receipt.contract, JSON.parse(shown).candor.contract);
    assert.match((await candor.ok('verify', id)).out, /signed by the collector's key/);
  });

  const third = bench.folder('third');
  const file = (name) => path.join(third, name);
  const receipt = (await candor.ok('log', 'show', id, '--receipt')).bytes;
  const key = readFileSync(candor.state('collector-key'));
  writeFileSync(file('report'), shown);
  writeFileSync(file('receipt'), receipt);
  writeFileSync(file('key'), key);
  const judge = (report, receipt_, key_) =>
    run(kCandor, ['verify', '--report', report, '--receipt', receipt_, '--key', key_], {
      env: environment(),
    });

  await t.test('a third party needs no state folder, and may type the key', async () => {
    assert.equal((await judge(file('report'), file('receipt'), file('key'))).code, 0);
    assert.equal((await judge(file('report'), file('receipt'), key.toString().trim())).code, 0);
    const missing = await run(kCandor, ['verify', '--report', file('report')], { env: environment() });
    assert.equal(missing.code, 2);
  });

  await t.test('a flipped byte anywhere in report, receipt or key is seen', async (t2) => {
    const flips = async (bytes, which) => {
      const files = { report: file('report'), receipt: file('receipt'), key: file('key') };
      const accepted = await acceptedFlips(bytes, async (changed, number) => {
        const name = file(`${which}-${number}`);
        writeFileSync(name, changed);
        const { code } = await judge(
          ...Object.values({ ...files, [which]: name }),
        );
        assert.ok(code === 0 || code === 1, `exit ${code}`);
        return code === 0;
      });
      assert.deepEqual(accepted, [], `bytes of the ${which} whose change went unseen`);
      t2.diagnostic(`${which}: ${bytes.length} bytes flipped`);
    };
    await flips(shown, 'report');
    await flips(receipt, 'receipt');
    await flips(key, 'key');
  });

  await t.test('a change in the state folder is seen: of bytes, receipt, key, and what the log says of the report', async () => {
    const spoil = async (name, change, message, printed = false) => {
      const whole = candor.state(name);
      const before = readFileSync(whole);
      writeFileSync(whole, change(before));
      const { err } = await candor.expect(1, 'verify', id);
      assert.match(err, message);
      const failed = JSON.parse((await candor.expect(1, 'verify', id, '--json')).out);
      assert.equal(failed.verified, false);
      assert.match(failed.error.message, message);
      if (printed) await candor.expect(65, 'log', 'show', id);
      writeFileSync(whole, before);
      await candor.ok('verify', id);
    };
    const flip = (bytes) => Buffer.concat([bytes.subarray(0, -2), Buffer.from([bytes.at(-2) ^ 1]), bytes.subarray(-1)]);
    await spoil(`sent/${id}.json`, flip, /The bytes that are kept are not those of the receipt/, true);
    await spoil(`sent/${id}.receipt.json`, flip, /receipt/i);
    await spoil('collector-key', flip, /key/);
    await spoil('sent/log.jsonl', (bytes) => bytes.toString().replace(/"sha256":"./, '"sha256":"x'), /audit log/);
    await spoil('sent/log.jsonl', (bytes) => bytes.toString().replace(/"bytes":/, '"bytes":1'), /audit log/);
    await spoil('sent/log.jsonl', (bytes) => bytes.toString().replace(/"sealed_at":"20/, '"sealed_at":"19'), /audit log.*sealed/);
    await spoil('sent/log.jsonl', (bytes) => bytes.toString().replace(/"sealed_at":"[^"]*"/, '"sealed_at":null'), /audit log.*sealed/);
    await spoil('sent/log.jsonl', () => '', /audit log/);
    const { err } = await candor.expect(1, 'verify', 'nonsense');
    assert.match(err, /no report/);
  });
});

test('refused reports are in the log; device reports are found, too', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const sink = await startSink(bench);
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'mesh', endpoint: sink.url });
  await candor.ok('on');
  sink.behaviour = (request, body, answer) => answer(409);
  await candor.expect(1, 'send');
  const [refused] = (await candor.json('log')).reports;
  assert.equal(refused.status, 'refused');
  assert.match((await candor.expect(1, 'verify', refused.id)).err, /refused/);
  assert.equal(sha256((await candor.ok('log', 'show', refused.id)).bytes), refused.sha256);

  sink.behaviour = undefined;
  const { id } = await candor.json('send');
  // A folder of device reports has the same layout: here is one with a report that was sent.
  mkdirSync(candor.state('devices', 'sent'), { recursive: true });
  for (const name of [`${id}.json`, `${id}.receipt.json`, 'log.jsonl'])
    copyFileSync(candor.state('sent', name), candor.state('devices', 'sent', name));
  copyFileSync(candor.state('collector-key'), candor.state('devices', 'collector-key'));
  const other = new Candor(candor.folder);
  const devices = await other.json('log', '--devices');
  assert.ok(devices.reports.some((line) => line.id === id));
  const moved = `${id.slice(0, -8)}00000000`;
  const swap = (text) => text.toString().replaceAll(id, moved);
  copyFileSync(candor.state('sent', `${id}.json`), candor.state('devices', 'sent', `${moved}.json`));
  copyFileSync(candor.state('sent', `${id}.receipt.json`), candor.state('devices', 'sent', `${moved}.receipt.json`));
  writeFileSync(candor.state('devices', 'sent', 'log.jsonl'), swap(readFileSync(candor.state('sent', 'log.jsonl'))));
  assert.equal((await other.json('verify', moved)).id, moved);
});

test('the receipt key can be given beforehand', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const sink = await startSink(bench);
  const another = await startSink(bench);
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'mesh', endpoint: sink.url, receipt_key_file: 'key' });
  writeFileSync(path.join(candor.folder, 'key'), `${another.key}\n`);
  await candor.ok('on');
  const wrong = await candor.expect(1, 'send');
  assert.match(wrong.err, /receipt_key_file/);
  assert.equal(sink.begun, 0, 'nothing was posted to a collector with another key');
  writeFileSync(path.join(candor.folder, 'key'), `${sink.key}\n`);
  const { id } = await candor.json('send');
  await candor.ok('verify', id);
  writeFileSync(path.join(candor.folder, 'key'), 'no key\n');
  assert.match((await candor.expect(78, 'send')).err, /no receipt key/);
});
