// What an installation is told of what runs and crashes on it, and that nobody learns what it asked.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { makeCertificate } from './lib/certificate.mjs';
import { insightsOf, signInsights } from './lib/insights.mjs';
import { Candor, kCandor } from './lib/program.mjs';
import { sha256 } from './lib/receipt.mjs';
import { assertWithout } from './lib/secrets.mjs';
import { startSink } from './lib/sink.mjs';

const kFrames = [{ module: 'acme', build_id: 'ab12', offset: '0x1f' }];
const kSignature = sha256('acme\tab12\t0x1f\n');
const kCanaries = {
  'a plugin here': 'tap-merlin-here',
  'its version': '7.6.5-merlin',
  'a plugin elsewhere': 'tap-merlin-elsewhere',
  'the signature of a crash': kSignature,
  'a write key': 'merlin-write-key',
};
const kFailing = { name: kCanaries['a plugin here'], version: kCanaries['its version'], verdict: 'failing', better: '7.6.4' };
const kElsewhere = { name: kCanaries['a plugin elsewhere'], version: '1', verdict: 'failing' };
const kFixed = { signature: kSignature, known_since: '2026-11-01', fixed_in: '1.4.0' };

/** What the agent finds in rings of programs (docs/formats/library.md), and a crash record. */
function live(candor) {
  mkdirSync(candor.state('library'), { recursive: true, mode: 0o700 });
  mkdirSync(candor.state('crashes'), { recursive: true, mode: 0o700 });
  const plugin = { event: 'plugin', name: kFailing.name, version: kFailing.version, last: '2026-11-22T16:00:00Z', runs: 12, failed: 9 };
  writeFileSync(candor.state('library/seen.json'), JSON.stringify({ format: 1, seen: [plugin] }));
  writeFileSync(
    candor.state('crashes/one.json'),
    JSON.stringify({
      candor_crash: 1,
      id: '3f0e8a7fd1f34b0b9a0c2c6f7a9be001',
      program: 'acme',
      version: '1.3.0',
      signal: 'SIGSEGV',
      time: new Date().toISOString(),
      architecture: 'x86_64',
      frames: kFrames,
    }),
  );
}

async function installation(bench, sink, more = {}) {
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'mesh', endpoint: sink.url, ...more });
  return candor;
}

test('what runs here and fails for others is told, and nobody learns who asked', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const sink = await startSink(bench);
  const folder = bench.folder('key');
  writeFileSync(path.join(folder, 'key'), kCanaries['a write key'], { mode: 0o600 });
  const candor = await installation(bench, sink, { write_key_file: path.join(folder, 'key') });

  await t.test('before there is a yes, nobody is asked', async () => {
    const { err } = await candor.expect(11, 'advise');
    assert.match(err, /Nothing is known yet, and the collector is not asked: telemetry is off\./);
    await candor.expect(11, 'advise', '--fetch');
    assert.equal(sink.bytes.length, 0);
  });

  await candor.ok('on');

  await t.test('a collector that has none is told apart from one with nothing to say', async () => {
    const { err, out } = await candor.expect(75, 'advise');
    assert.equal(out, '');
    assert.match(err, /never fetched\. The collector answered 404: There is no such product\. Fetch it with: candor advise --fetch/);
    await candor.expect(69, 'advise', '--fetch');
    await candor.expect(75, 'advise', '--offline');
  });

  sink.insights = insightsOf('mesh', { plugins: [kElsewhere, { ...kFailing, version: '7.6.4', verdict: 'healthy' }, kFailing], crashes: [kFixed] });

  await t.test('an installation where nothing of it runs is told so', async () => {
    const { out, err } = await candor.ok('advise');
    assert.equal(out, '');
    assert.match(err, /Nothing to advise: of 0 versions of plugins that ran here and 0 crashes/);
  });

  live(candor);

  await t.test('the plugin that fails is named, with the better version, and the crash with its fix', async () => {
    const { out, err } = await candor.ok('advise');
    assert.match(out, /^failing {2}plugin tap-merlin-here 7\.6\.5-merlin\n {2}Of 390 runs .* is failing\. Here it ran 12 times and failed 9 times, last at 2026-11-22T16:00:00Z\. Better: 7\.6\.4\.\n/);
    assert.match(out, /\nfixed in 1\.4\.0 {2}acme 1\.3\.0, SIGSEGV\n {2}It crashed here 1 time, /);
    assert.doesNotMatch(out, /elsewhere/);
    assert.match(err, /Looked through: 1 version of a plugin that ran here and 1 crash\. The collector does not learn which\./);
    const told = await candor.json('advise');
    assert.equal(told.plugins[0].name, kFailing.name);
    assert.equal(told.plugins[0].better, '7.6.4');
    assert.deepEqual(told.plugins[0].here, { last: '2026-11-22T16:00:00Z', runs: 12, failed: 9 });
    assert.equal(told.crashes[0].fixed_in, '1.4.0');
  });

  await t.test('programs are left the same, also of what did not run here', () => {
    const lines = readFileSync(candor.state('library/advice'), 'utf8').split('\n');
    assert.match(lines[0], /^candor advice 1\tmesh\t\d+$/);
    assert.deepEqual(lines.slice(1).map((line) => line.split('\t').slice(0, 5)), [
      ['plugin', kElsewhere.name, '1', 'failing', ''],
      ['plugin', kFailing.name, kFailing.version, 'failing', '7.6.4'],
      [''],
    ]);
  });

  await t.test('it is asked for once a day, unless told otherwise', async () => {
    const before = sink.asked.length;
    await candor.ok('advise');
    await candor.ok('advise', '--offline');
    assert.equal(sink.asked.length, before);
    await candor.ok('advise', '--fetch');
    assert.equal(sink.asked.length, before + 1);
    assert.equal(sink.asked.at(-1).status, 304, 'by a mark that it made itself');
    await candor.expect(2, 'advise', '--fetch', '--offline');
  });

  await t.test('who asks for it says nothing but that', async () => {
    assert.ok(sink.asked.length > 3);
    for (const { url, headers } of sink.asked) {
      assert.equal(url, '/api/v1/products/mesh/insights.json');
      const names = headers.filter((_, i) => i % 2 === 0);
      assert.deepEqual(names.filter((name) => !['Host', 'If-None-Match'].includes(name)), []);
    }
    const { installation: id } = await candor.json('status');
    assert.equal(sink.requests, 0, 'no report, in which something of it might stand');
    assertWithout({ ...kCanaries, installation: id }, Buffer.concat(sink.bytes), 'what came in');
  });

  await t.test('reports do not have it either', async () => {
    await candor.ok('send');
    assert.equal(sink.bodies.length, 1);
    const { 'the signature of a crash': reported, 'a write key': key, ...plugins } = kCanaries;
    assert.ok(sink.bodies[0].includes(reported), 'which its channel shares, when it is agreed to');
    assertWithout(plugins, sink.bodies[0], 'the report');
    assertWithout(plugins, Buffer.concat(sink.bytes), 'what came in');
    assert.ok(!sink.bodies[0].includes(key));
  });

  await t.test('a bundle that is not to be believed is refused, and the old one stays', async () => {
    const kept = readFileSync(candor.state('insights.json'));
    const good = sink.insights;
    const refuse = async (bundle, why) => {
      sink.insights = bundle;
      const { err } = await candor.expect(1, 'advise', '--fetch');
      assert.match(err, why);
      assert.match(err, /It was refused; what was kept before stays\./);
      assert.deepEqual(readFileSync(candor.state('insights.json')), kept);
    };
    await refuse(signInsights(good), /another key than the one pinned/);
    await refuse(kept.toString('utf8').replace('"failing"', '"healthy"'), /signature of the insights is not valid/);
    await refuse({ ...good, product: 'meltano' }, /of another product than mesh/);
    await refuse({ ...good, made: '2026-01-01T00:00:00Z' }, /before the ones that are kept/);
    await refuse('<html>', /no bundle of insights/);
    await refuse({ ...good, candor_insights: 2 }, /not of format 1/);
    await candor.ok('advise', '--offline');
  });

  await t.test('an outage is told, and what is kept is looked through', async () => {
    sink.insights = undefined;
    const check = JSON.parse(readFileSync(candor.state('insights-check.json'), 'utf8'));
    writeFileSync(candor.state('insights-check.json'), JSON.stringify({ ...check, checked_at: '2026-01-01T00:00:00Z' }));
    const { err, out } = await candor.ok('advise');
    assert.match(out, /tap-merlin-here/);
    assert.match(err, /What it knows now could not be fetched\. The collector answered 404/);
  });

  await t.test('after an off nobody is asked, programs are told nothing, and what is kept stays', async () => {
    await candor.ok('off');
    assert.equal(existsSync(candor.state('library/advice')), false);
    assert.equal(existsSync(candor.state('library/seen.json')), false);
    const before = sink.bytes.length;
    const { err, out } = await candor.ok('advise');
    assert.match(out, /^fixed in 1\.4\.0/, 'the crash record is still there');
    assert.match(err, /Telemetry is off, so it is not asked again\./);
    await candor.expect(11, 'advise', '--fetch');
    assert.equal(sink.bytes.length, before);
  });

  await t.test('after a forget nothing is left of it', async () => {
    await candor.ok('forget', '--local', '--yes');
    for (const file of ['insights.json', 'insights-check.json', 'library'])
      assert.equal(existsSync(candor.state(file)), false, file);
    await candor.expect(11, 'advise');
  });
});

test('the agent fetches it by itself, over TLS', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const certificate = await makeCertificate(bench);
  const sink = await startSink(bench, { tls: certificate });
  sink.insights = insightsOf('mesh', { plugins: [kFailing] });
  const candor = await installation(bench, sink, { ca_file: certificate.file });
  await candor.ok('on');
  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  const check = () => JSON.parse(readFileSync(candor.state('insights-check.json'), 'utf8'));

  await t.test('at a moment of chance, and not at the start', async () => {
    const { next } = await until('it has drawn a moment', check);
    const minutes = (Date.parse(next) - Date.now()) / 60_000;
    assert.ok(minutes > 40 && minutes <= 75, next);
    assert.equal(sink.asked.length, 0);
  });

  await t.test('when that has come, and then not for a day', async () => {
    await agent.stop();
    writeFileSync(candor.state('insights-check.json'), JSON.stringify({ format: 1, next: '2026-01-01T00:00:00Z' }));
    const again = bench.start(kCandor, ['agent'], { env: candor.env });
    await until('programs are told', () => existsSync(candor.state('library/advice')));
    await until('it is noted', () => check().checked_at);
    assert.match(again.err, /new insights; `candor advise` tells what is in them/);
    const hours = (Date.parse(check().next) - Date.now()) / 3_600_000;
    assert.ok(hours > 17 && hours <= 30, check().next);
    assert.equal(sink.asked.length, 1);
    live(candor);
    const told = await candor.json('advise', '--offline');
    assert.equal(told.plugins[0].better, '7.6.4');
    await again.stop();
  });
});
