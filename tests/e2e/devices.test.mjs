// Drives: from a helper that says what smartctl says, to the vendor's store, without a way back.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import zlib from 'node:zlib';
import { Bench, until } from './lib/bench.mjs';
import { helperThatPrints, kDriveSecrets, kDrives, squeezed } from './lib/drives.mjs';
import { startCollector } from './lib/collector.mjs';
import { Candor, environment, kCandor, run } from './lib/program.mjs';
import { assertSigned, sha256 } from './lib/receipt.mjs';
import { assertWithout, machineSecrets } from './lib/secrets.mjs';

const kRoot = path.resolve(import.meta.dirname, '../..');
const kHelper = path.join(path.dirname(kCandor), 'candor-smart');
/** Stone's contract for a machine: with the host in place of the cluster. */
function contractsFor(bench) {
  const folder = bench.folder('contracts');
  const stone = readFileSync(path.join(kRoot, 'contracts/stone.toml'), 'utf8');
  writeFileSync(path.join(folder, 'stone.toml'), stone.replace('kind = "ceph"', 'kind = "host"'));
  return folder;
}

/** Stands before the collector and sees what any network sees, unpacked. */
async function startWire(bench, collector) {
  const seen = [];
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      const packed = Buffer.concat(parts);
      const post = request.method === 'POST';
      seen.push({
        path: request.url,
        post,
        port: request.socket.remotePort,
        headers: JSON.stringify(request.headers),
        body: post ? zlib.zstdDecompressSync(packed) : packed,
        at: Date.now(),
      });
      const answer = await fetch(collector.url + request.url, {
        method: request.method,
        headers: Object.fromEntries(
          Object.entries(request.headers).filter(([name]) =>
            ['content-type', 'content-encoding', 'idempotency-key'].includes(name),
          ),
        ),
        ...(post ? { body: packed } : {}),
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  bench.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    posts: (where) => seen.filter((one) => one.post && (!where || one.path === where)),
    seen,
  };
}

const pendingDevices = (candor) =>
  existsSync(candor.state('devices', 'outbox')) ? readdirSync(candor.state('devices', 'outbox')) : [];

test('device reports, from the drives to the store', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const contracts = contractsFor(bench);
  const collector = await startCollector(bench, {
    products: ['stone'],
    lines: [`contracts = "${contracts}"`],
  });
  const wire = await startWire(bench, collector);
  const folder = bench.folder('agent');
  const candor = new Candor(folder);
  await candor.configure({
    product: 'stone',
    contracts,
    endpoint: wire.url,
    'collect.smart.command': helperThatPrints(folder, { format: 1, drives: kDrives }),
  });
  let shown;
  let sent;

  await t.test('while off it is a preview, and keeps nothing', async () => {
    const preview = await candor.ok('preview-device');
    assert.equal(Object.keys(JSON.parse(preview.out).devices).length, 3);
    assert.match((await candor.ok('show-device')).err, /off/);
    assert.equal(existsSync(candor.state()), false, 'looking makes no state');
    await candor.expect(77, 'send', '--devices');
    assert.equal(wire.posts().length, 0);
  });

  await t.test('show-device prints the bytes that are pending', async () => {
    await candor.ok('on', '--license', 'sharing-1-0');
    shown = (await candor.ok('show-device')).bytes;
    assert.deepEqual((await candor.ok('show-device')).bytes, shown);
    const [file] = pendingDevices(candor);
    assert.deepEqual(readFileSync(candor.state('devices', 'outbox', file)), shown);
    const { device_reports: waiting } = await candor.json('status');
    assert.equal(waiting.on, true);
    assert.equal(waiting.pending, 1);
    assert.equal(waiting.last_upload, null);
    assert.match((await candor.ok('status')).out, /devices +1 pending; none was sent yet/);
    const report = JSON.parse(shown);
    assert.deepEqual(Object.keys(report), ['candor', 'devices']);
    for (const [name, samples] of Object.entries(report.devices)) {
      assert.match(name, /_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.match(Object.keys(samples)[0], /^\d{8}-000000$/);
    }
  });

  await t.test('switching the channel off drops it', async () => {
    await candor.ok('channel', 'disable', 'device');
    assert.deepEqual(pendingDevices(candor), []);
    assert.match((await candor.expect(12, 'show-device')).err, /channel enable device/);
    await candor.ok('channel', 'enable', 'device');
    shown = (await candor.ok('show-device')).bytes;
  });

  await t.test('send leaves it out, and says so', async () => {
    const send = await candor.ok('send');
    assert.match(send.err, /candor send --devices/);
    assert.deepEqual(wire.posts().map((post) => post.path), ['/v1/reports']);
  });

  await t.test('sent, it is the shown bytes, signed for', async () => {
    sent = await candor.json('send', '--devices');
    assert.equal(sent.status, 'accepted');
    assert.deepEqual(sent.answer.dropped, []);
    assert.deepEqual(sent.answer.quarantined, []);
    const [post] = wire.posts('/v1/devices');
    assert.deepEqual(post.body, shown);
    const { key } = await collector.json('/v1/key');
    assertSigned(sent.answer.receipt, key, sha256(shown));
    assert.deepEqual(readFileSync(candor.state('devices', 'sent', `${sent.id}.json`)), shown);
    await candor.ok('verify', sent.id);
    assert.equal((await candor.json('log', '--devices')).reports[0].sha256, sha256(shown));
    const log = candor.state('devices', 'sent', 'log.jsonl');
    const whole = readFileSync(log);
    assert.deepEqual((await candor.json('status')).device_reports.log_damage, []);
    writeFileSync(log, 'rubbish\n');
    assert.equal((await candor.json('status')).device_reports.log_damage.length, 1);
    assert.match((await candor.ok('status')).out, /devices +[^]*line 1 is damaged/);
    writeFileSync(log, whole);
  });

  await t.test('nothing in it names a drive, the machine or the installation', async () => {
    const [device] = wire.posts('/v1/devices');
    const [report] = wire.posts('/v1/reports');
    const header = JSON.parse(report.body).candor;
    assertWithout(machineSecrets(), device.body, 'a device report');
    for (const secret of [...kDriveSecrets, header.installation, header.deletion, header.sealed_at]) {
      for (const text of [device.body, device.headers, device.path])
        assert.ok(!squeezed(text).includes(squeezed(secret)), `${secret} in a device report`);
    }
    assert.ok(!report.body.includes('"devices"'));
    assert.notEqual(device.port, report.port, 'a connection of its own');
    const ids = JSON.stringify(JSON.parse(device.body)).match(/[0-9a-f]{8}-[0-9a-f-]{27}/g);
    for (const id of ids) assert.ok(!report.body.includes(id));
  });

  await t.test('the store has the drives by day, of nobody', async () => {
    const rows = await until('three rows', async () => {
      const text = await collector.ask('SELECT * FROM candor.device_reports FORMAT JSONEachRow');
      const found = text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
      return found.length === 3 && found;
    });
    for (const row of rows) {
      assert.deepEqual(
        Object.keys(row).toSorted(),
        ['body', 'contract', 'day', 'device', 'product', 'received', 'version'],
      );
      assert.match(row.received, / 00:00:00$/);
    }
    const kept = squeezed(await collector.everything());
    for (const canary of kDriveSecrets) assert.ok(!kept.includes(squeezed(canary)), canary);
    const bodies = rows.map((row) => Object.values(JSON.parse(row.body))[0]);
    assert.ok(bodies.some((body) => body.ata_smart_attributes?.table.length === 6));
    assert.ok(bodies.some((body) => body.scsi_error_counter_log?.read));
    assert.ok(bodies.some((body) => body.nvme_smart_health_information_log?.power_on_hours));
  });

  await t.test('again it is a duplicate; of another contract it is not taken', async () => {
    const post = (body) => fetch(`${collector.url}/v1/devices`, { method: 'POST', body });
    assert.equal((await (await post(shown)).json()).status, 'duplicate');
    const other = JSON.parse(shown);
    other.candor.contract = 'a'.repeat(64);
    assert.equal((await post(JSON.stringify(other))).status, 409);
    other.candor.installation = '70b28f00-e38f-41b2-a723-aab344f535b9';
    assert.equal((await post(JSON.stringify(other))).status, 400);
    assert.equal((await fetch(`${collector.url}/v1/devices`)).status, 405);
  });

  await t.test('a start of the service is no moment', async () => {
    writeFileSync(
      candor.state('devices', 'schedule.json'),
      JSON.stringify({ format: 1, next: '2026-01-01T00:00:00Z' }),
    );
    const service = bench.start(kCandor, ['agent'], { env: candor.env });
    const next = await until('another moment is drawn', () => {
      const { next } = JSON.parse(readFileSync(candor.state('devices', 'schedule.json'), 'utf8'));
      return Date.parse(next) > Date.now() && next;
    });
    await service.stop();
    assert.ok(Date.parse(next) - Date.now() < 25 * 3_600_000);
    assert.equal(wire.posts('/v1/devices').length, 1);
  });

  await t.test('the service sends it by itself, away from the reports', async () => {
    backdate(candor, 3 * 3_600_000);
    const next = new Date(Date.now() + 1500).toISOString();
    writeFileSync(candor.state('devices', 'schedule.json'), JSON.stringify({ format: 1, next }));
    const reports = wire.posts('/v1/reports').length;
    const service = bench.start(kCandor, ['agent'], { env: candor.env });
    // The same drives on the same day give the same document, so the collector knows it already.
    await until('it is sent', () => /sent the device report/.test(service.err));
    await service.stop();
    assert.equal(wire.posts('/v1/devices').length, 2);
    assert.ok(wire.posts('/v1/devices')[1].at >= Date.parse(next));
    assert.equal(wire.posts('/v1/reports').length, reports);
    const later = JSON.parse(readFileSync(candor.state('devices', 'schedule.json'), 'utf8')).next;
    assert.ok(Date.parse(later) - Date.now() > 11 * 3_600_000);
  });

  await t.test('off drops what is pending, and the moment', async () => {
    await candor.ok('show-device');
    assert.equal(pendingDevices(candor).length, 1);
    await candor.ok('off');
    assert.deepEqual(pendingDevices(candor), []);
    assert.equal(existsSync(candor.state('devices', 'schedule.json')), false);
    assert.equal(existsSync(candor.state('devices', 'key')), true);
  });

  await t.test('a forget takes their key, and says that they cannot be found', async () => {
    const { err } = await candor.ok('forget', '--yes', '--local');
    assert.match(err, /Device reports carry no identity.*stay/);
    assert.equal(existsSync(candor.state('devices', 'key')), false);
  });
});

/** Moves consent and the log of reports into the past. */
function backdate(candor, ms) {
  const earlier = (time) => new Date(Date.parse(time) - ms).toISOString();
  const consent = JSON.parse(readFileSync(candor.state('consent.json'), 'utf8'));
  consent.given_at = earlier(consent.given_at);
  writeFileSync(candor.state('consent.json'), JSON.stringify(consent));
  const log = readFileSync(candor.state('sent', 'log.jsonl'), 'utf8').split('\n').filter(Boolean);
  const lines = log.map((line) => {
    const entry = JSON.parse(line);
    return JSON.stringify({
      ...entry,
      sealed_at: earlier(entry.sealed_at),
      sent_at: earlier(entry.sent_at),
    });
  });
  writeFileSync(candor.state('sent', 'log.jsonl'), `${lines.join('\n')}\n`);
}

test('what cannot be asked is told', { timeout: 30_000 }, async (t) => {
  const bench = new Bench(t);
  const folder = bench.folder('agent');
  const candor = new Candor(folder);
  await candor.configure({ product: 'stone', contracts: contractsFor(bench) });
  const helper = (document, name) =>
    candor.configure({ 'collect.smart.command': helperThatPrints(folder, document, name) });

  await helper({ format: 1, drives: [] }, 'none');
  assert.match((await candor.expect(12, 'preview-device')).err, /no drive/);
  await helper({ format: 1, problem: 'no_smartctl' }, 'missing');
  const missing = await candor.expect(69, 'show-device');
  assert.match(missing.err, /smartmontools/);
  assert.match(missing.err, /collect\.smart\.command/);
  await candor.configure({ 'collect.smart.command': path.join(folder, 'nowhere') });
  assert.match((await candor.expect(69, 'show-device')).err, /collect\.smart\.command/);
  await candor.configure({ product: 'mesh', contracts: path.join(kRoot, 'contracts') });
  assert.match((await candor.expect(12, 'show-device')).err, /no device reports/);
});

test('the helper takes nothing and is linked to next to nothing', { timeout: 30_000 }, async () => {
  assert.equal((await run(kHelper, ['/dev/sda'])).code, 2);
  const answer = await run(kHelper, []);
  assert.equal(answer.code, 0, answer.err);
  const document = JSON.parse(answer.out);
  assert.equal(document.format, 1);
  assert.ok(Array.isArray(document.drives) || document.problem, answer.out);
  const without = await run(kHelper, [], { env: environment({ PATH: '/nonexistent' }) });
  assert.equal(JSON.parse(without.out).problem, 'no_smartctl');
  const libraries = (await run('ldd', [kHelper])).out;
  assert.doesNotMatch(libraries, /ssl|curl|boost|chdb|simdjson/);
});
