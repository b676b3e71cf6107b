// The machine a mesh product runs on: from consent to the vendor's figures.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { Candor, kCandor } from './lib/program.mjs';
import { assertSigned, sha256 } from './lib/receipt.mjs';
import { assertFolderWithout, assertWithout, machineSecrets } from './lib/secrets.mjs';

const kOffReachesMs = 1000;
const kStopMs = 5000;
const kTyped = {
  contact: 'kestrel-contact@canary.example',
  description: 'kestrel description',
  organization: 'Kestrel Canary',
};

const pendingReports = (candor) =>
  existsSync(candor.state('outbox')) ? readdirSync(candor.state('outbox')) : [];

test('a machine, from consent to the vendor', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['stone', 'mesh'] });
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'mesh', endpoint: collector.url, ...kTyped });
  let shown;

  await t.test('before any answer nothing leaves, and show prints what would', async () => {
    const show = await candor.ok('show');
    assert.equal(JSON.parse(show.out).candor.product, 'mesh');
    assert.match(show.err, /off/);
    assert.equal(existsSync(candor.state()), false, 'looking makes no state');
    const send = await candor.expect(11, 'send');
    assert.match(send.err, /candor on/);
    assert.equal((await collector.accounting('mesh')).received, 0);
  });

  await t.test('mesh has no licence: on needs none', async () => {
    const on = await candor.json('on');
    assert.equal(on.adopted, false);
    assert.equal(on.receipt_key, 'pinned');
  });

  await t.test('the report tells the sort of machine, never which one', async () => {
    const show = await candor.ok('show');
    shown = show.bytes;
    const report = JSON.parse(show.out);
    assert.equal(report.cpu.count, os.cpus().length);
    assert.deepEqual(
      Object.keys(report).filter((key) => key in kTyped),
      [],
      'mesh has no channel for what was typed',
    );
    assertWithout({ ...machineSecrets(), ...kTyped }, shown, 'show');
    assert.deepEqual((await candor.ok('show')).bytes, shown, 'show prints the pending file again');
  });

  await t.test('what was shown is what arrives, and the receipt is for it', async () => {
    const sent = await candor.json('send');
    assert.equal(sent.status, 'accepted');
    const { key } = await collector.json('/v1/key');
    assertSigned(sent.answer.receipt, key, sha256(shown));
    assert.deepEqual(sent.answer.dropped, []);
    assert.deepEqual(readFileSync(candor.state('sent', `${sent.id}.json`)), shown);
    assert.deepEqual(pendingReports(candor), []);
  });

  await t.test('the overview counts the machine', async () => {
    assertAddsUp(await collector.loaded('mesh', 1));
    const overview = await collector.overview('mesh');
    assert.equal(overview.installations, 1);
    assert.equal(overview.insights.cpu_count, JSON.parse(shown).cpu.count);
    assert.equal(overview.insights.memory_bytes, JSON.parse(shown).memory.bytes);
    assert.equal((await collector.overview('stone')).installations, 0);
  });

  await t.test('a channel, the interval and the contact can be changed', async () => {
    await candor.ok('config', 'set', 'mgr', 'mgr/telemetry/interval', '72');
    assert.equal((await candor.json('config', 'get', 'interval')).value, 72);
    assert.equal((await candor.json('status')).interval_hours, 72);
    await candor.expect(2, 'config', 'set', 'interval', 'often');
    await candor.ok('channel', 'disable', 'host');
    await candor.ok('channel', 'disable', 'crash');
    const channels = (await candor.json('channel', 'ls')).channels;
    assert.deepEqual(
      channels.map(({ name, on }) => [name, on]),
      [
        ['host', false],
        ['crash', false],
        ['usage', false],
        ['monitoring', false],
      ],
    );
    const send = await candor.expect(12, 'send');
    assert.match(send.err, /channel/);
    await candor.ok('channel', 'enable', 'host');
    await candor.ok('channel', 'enable', 'crash');
    await candor.ok('config', 'set', 'contact', 'other@canary.example');
    assertWithout({ contact: 'other@canary.example' }, (await candor.ok('show')).bytes, 'show');
  });

  await t.test('nothing that names the machine or was typed is on the collector', async () => {
    const secrets = { ...machineSecrets(), ...kTyped, 'other contact': 'other@canary.example' };
    assert.ok(assertFolderWithout(secrets, path.join(collector.data, 'journal')) > 0);
    assertFolderWithout(secrets, path.join(collector.data, 'engine'));
    const store = await collector.everything();
    assertWithout(secrets, store, 'the store');
    const { installation } = await candor.json('status');
    assert.ok(store.includes(installation), 'the search sees what is there');
  });
});

test('the agent sends by itself, and stops at once', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['mesh'] });
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'mesh', endpoint: collector.url });
  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  await until('the agent runs', () => agent.err.includes('started'));

  await t.test('while telemetry is off it waits, and makes nothing', async () => {
    await until('it says so', () => /telemetry is off/.test(agent.err));
    assert.equal(existsSync(candor.state()), false);
  });

  await t.test('the first report goes out soon after on', async () => {
    await candor.ok('on');
    await collector.loaded('mesh', 1);
    assert.equal((await collector.overview('mesh')).installations, 1);
    assert.match((await candor.json('status')).last_status, /accepted/);
  });

  await t.test(
    'a wrong configuration does not end it: on SIGHUP it says where, and keeps the old one',
    async () => {
      const file = path.join(candor.folder, 'candor.toml');
      const good = readFileSync(file, 'utf8');
      writeFileSync(file, `${good}\nintervall = 3\n`);
      agent.child.kill('SIGHUP');
      await until('it complains', () => /the old one stays/.test(agent.err));
      assert.match(agent.err, /candor\.toml:\d+:\d+.*interval/);
      writeFileSync(file, good);
      assert.equal(agent.exit, undefined);
    },
  );

  await t.test('off reaches it in less than a second', async () => {
    const began = Date.now();
    await candor.ok('off');
    const heard = () => agent.err.split('telemetry is off').length > 2;
    await until('the agent hears of it', heard, { every: 10, within: kOffReachesMs });
    t.diagnostic(`off, process start included: ${Date.now() - began} ms`);
    assert.deepEqual(pendingReports(candor), []);
  });

  await t.test('on again begins with a report of its own', async () => {
    await candor.ok('on');
    assertAddsUp(await collector.loaded('mesh', 2));
    assert.equal((await collector.overview('mesh')).installations, 1);
  });

  await t.test('SIGTERM ends it', async () => {
    const began = Date.now();
    assert.equal(await agent.stop('SIGTERM'), 0, agent.err);
    assert.ok(Date.now() - began < kStopMs);
  });

  await t.test('a collector that is away loses no report', async () => {
    await collector.server.stop();
    await candor.ok('off');
    await candor.ok('on');
    const send = await candor.expect(75, 'send');
    assert.match(send.err, /kept/);
    assert.equal(pendingReports(candor).length, 1);
    assert.match(send.err, /127\.0\.0\.1/);
  });
});

test('off stops an upload under way', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  let uploads = 0;
  let droppedAt;
  const silent = http.createServer((request, response) => {
    if (request.url === '/v1/key') {
      response.end(
        JSON.stringify({ schema_version: 1, key: Buffer.from(x, 'base64url').toString('base64') }),
      );
      return;
    }
    uploads += 1; // and never an answer
    request.socket.on('close', () => (droppedAt = Date.now()));
  });
  await new Promise((ready) => silent.listen(0, '127.0.0.1', ready));
  bench.defer(() => silent.close());
  bench.defer(() => silent.closeAllConnections());
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({
    product: 'mesh',
    endpoint: `http://127.0.0.1:${silent.address().port}`,
  });
  await candor.ok('on');
  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  await until('the upload is under way', () => uploads > 0);
  const began = Date.now();
  await candor.ok('off');
  await until('the connection is dropped', () => droppedAt, { every: 10, within: kOffReachesMs });
  t.diagnostic(`off, process start included: ${droppedAt - began} ms`);
  assert.deepEqual(pendingReports(candor), []);

  await t.test('so does SIGTERM, and the agent ends; the report stays', async () => {
    uploads = 0;
    await candor.ok('on');
    await until('another upload is under way', () => uploads > 0);
    const told = Date.now();
    assert.equal(await agent.stop('SIGTERM'), 0, agent.err);
    assert.ok(Date.now() - told < kStopMs, `${Date.now() - told} ms`);
    assert.equal(pendingReports(candor).length, 1);
  });
});
