// Reaching the collector through a proxy, and keeping its password to oneself.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { makeCertificate } from './lib/certificate.mjs';
import { Candor } from './lib/program.mjs';
import { startProxy } from './lib/proxy.mjs';
import { startSink } from './lib/sink.mjs';

const kPassword = 'kestrel-p@ss/word%';
const kEncoded = encodeURIComponent(kPassword);

/** A candor that remembers all it printed, and fails the test if a password is in it or in its state. */
class Discreet extends Candor {
  printed = '';

  async run(...args) {
    const result = await super.run(...args);
    this.printed += result.out + result.err;
    return result;
  }

  assertDiscreet() {
    const state = readdirSync(this.state(), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
    for (const [where, text] of [['output', this.printed], ...state.map((text) => ['state', text])]) {
      for (const secret of [kPassword, kEncoded, Buffer.from(`jo:${kPassword}`).toString('base64')])
        assert.ok(!text.includes(secret), `the proxy's password is in the ${where}`);
    }
  }
}

async function setUp(t, { tls, proxyTls, credentials, env = {} } = {}) {
  const bench = new Bench(t);
  const certificate = tls || proxyTls ? await makeCertificate(bench) : undefined;
  const sink = await startSink(bench, { tls: tls && certificate });
  const proxy = await startProxy(bench, { credentials, tls: proxyTls && certificate });
  const candor = new Discreet(bench.folder('agent'), env);
  await candor.configure({
    product: 'mesh',
    endpoint: `${tls ? 'https' : 'http'}://collector.test:${sink.port}`,
    insecure: !tls,
    ...(certificate ? { ca_file: certificate.file } : {}),
  });
  return { candor, proxy, sink };
}

test('an http collector is asked for in the absolute form', { timeout: 60_000 }, async (t) => {
  const { candor, proxy, sink } = await setUp(t);
  await candor.ok('config', 'set', 'proxy', `http://127.0.0.1:${proxy.port}`);
  await candor.ok('on');
  await candor.ok('send');
  assert.equal(sink.bodies.length, 1);
  assert.ok(proxy.seen.some(({ method, target }) => method === 'POST' && target === `http://collector.test:${sink.port}/v1/reports`));
});

test("an https collector through CONNECT, with user and password from Stone's form", { timeout: 60_000 }, async (t) => {
  const { candor, proxy, sink } = await setUp(t, { tls: true, credentials: `jo:${kPassword}` });
  const set = await candor.ok('config', 'set', 'mgr', 'mgr/telemetry/proxy', `http://jo:${kEncoded}@127.0.0.1:${proxy.port}`);
  assert.match(set.err, /proxy_password_file/);
  await candor.ok('on');
  await candor.ok('send');
  assert.equal(sink.bodies.length, 1);
  assert.ok(proxy.seen.every(({ method, target }) => method === 'CONNECT' && target === `collector.test:${sink.port}`));
  const status = await candor.json('status');
  assert.equal(status.proxy, `http://jo:***@127.0.0.1:${proxy.port}`);
  for (const args of [['status'], ['config', 'ls', '--origin'], ['config', 'get', 'proxy'], ['log'], ['send', '--verbose']])
    await candor.ok(...args);
  candor.assertDiscreet();
});

test('the password comes from its file, and a wrong one is told clearly', { timeout: 60_000 }, async (t) => {
  const { candor, proxy, sink } = await setUp(t, { tls: true, credentials: `jo:${kPassword}` });
  const file = path.join(candor.folder, 'proxy-password');
  await candor.configure({ proxy: `http://jo@127.0.0.1:${proxy.port}`, proxy_password_file: 'proxy-password' });
  writeFileSync(file, 'wrong\n');
  const on = await candor.ok('on');
  assert.match(on.err, /407/);
  const refused = await candor.expect(75, 'send');
  assert.match(refused.err, /407.*proxy_password_file/s);
  assert.match(refused.err, new RegExp(`127\\.0\\.0\\.1:${proxy.port}`));
  assert.equal(sink.begun, 0);
  writeFileSync(file, `${kPassword}\n`);
  await candor.ok('send');
  assert.equal(sink.bodies.length, 1);
  candor.assertDiscreet();
});

test('407 for an http collector keeps the report: it is no answer of the collector', { timeout: 60_000 }, async (t) => {
  const { candor, proxy, sink } = await setUp(t, { credentials: `jo:${kPassword}` });
  await candor.ok('config', 'set', 'proxy', `http://jo:wrong@127.0.0.1:${proxy.port}`);
  await candor.ok('on');
  assert.match((await candor.expect(75, 'send')).err, /407/);
  assert.equal(readdirSync(candor.state('outbox')).length, 1);
  await candor.ok('config', 'set', 'proxy', `http://jo:${kEncoded}@127.0.0.1:${proxy.port}`);
  await candor.ok('send');
  assert.equal(sink.bodies.length, 1);
  candor.assertDiscreet();
});

test('an https proxy is believed by ca_file', { timeout: 60_000 }, async (t) => {
  const { candor, proxy, sink } = await setUp(t, { tls: true, proxyTls: true, credentials: `jo:${kPassword}` });
  await candor.ok('config', 'set', 'proxy', `https://jo:${kEncoded}@127.0.0.1:${proxy.port}`);
  await candor.ok('on');
  await candor.ok('send');
  assert.equal(sink.bodies.length, 1);
  assert.ok(proxy.seen.length > 0);
  await candor.ok('config', 'unset', 'ca_file');
  await candor.expect(75, 'send');
  candor.assertDiscreet();
});

test('HTTPS_PROXY is used, and NO_PROXY names who is not asked', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const certificate = await makeCertificate(bench);
  const sink = await startSink(bench, { tls: certificate });
  const proxy = await startProxy(bench);
  const folder = bench.folder('agent');
  const https = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
  const candor = new Candor(folder, https);
  await candor.configure({ product: 'mesh', endpoint: `https://collector.test:${sink.port}`, ca_file: certificate.file });
  await candor.ok('on');
  await candor.ok('send');
  assert.equal(sink.bodies.length, 1);
  const before = proxy.seen.length;
  assert.ok(before > 0);
  // Nobody knows collector.test but the proxy: without it the name is not found.
  const direct = new Candor(folder, { ...https, NO_PROXY: 'example.com,collector.test' });
  await direct.expect(75, 'send');
  assert.equal(proxy.seen.length, before);
  const explicit = new Candor(folder, { CANDOR_PROXY: https.HTTPS_PROXY, NO_PROXY: '.test' });
  await explicit.expect(75, 'send');
  assert.equal(proxy.seen.length, before);
});
