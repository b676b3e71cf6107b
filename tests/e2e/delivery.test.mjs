// Networks that fail in every way, and processes that are killed in the middle of a sending.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';
import { Candor, kCandor, run } from './lib/program.mjs';
import { sha256 } from './lib/receipt.mjs';
import { startSink } from './lib/sink.mjs';

const kCliMs = 10_000; // with the start of the process
const kOffMs = 1_000;

const pending = (candor) =>
  existsSync(candor.state('outbox'))
    ? readdirSync(candor.state('outbox')).filter((name) => name.endsWith('.json'))
    : [];

async function agentOf(bench, endpoint) {
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'mesh', endpoint });
  return candor;
}

test('kill -9 before the answer: the shown bytes arrive once', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const sink = await startSink(bench);
  const candor = await agentOf(bench, sink.url);
  await candor.ok('on');
  const shown = (await candor.ok('show')).bytes;
  for (const taken of [false, true]) {
    // The sink reads the report and then says nothing; the second time it has even kept it.
    const arrived = new Promise((done) => {
      sink.behaviour = (request, body, answer) => {
        if (taken) answer(200);
        done();
      };
    });
    if (taken) {
      // The answer is on its way: the process stands still, so that it cannot read it.
      const sending = bench.start(kCandor, ['send'], { env: candor.env });
      sink.behaviour = (request, body, answer) => {
        sending.child.kill('SIGSTOP');
        answer(200);
        setImmediate(() => sending.child.kill('SIGKILL'));
      };
      assert.equal(await sending.ended, 'SIGKILL');
    } else {
      const sending = bench.start(kCandor, ['send'], { env: candor.env });
      await arrived;
      sending.child.kill('SIGKILL');
      assert.equal(await sending.ended, 'SIGKILL');
    }
    assert.equal(pending(candor).length, 1);
    assert.deepEqual((await candor.ok('show')).bytes, shown, 'it is still the same report');
    assert.equal((await candor.json('log')).reports.length, 0);
  }
  sink.behaviour = undefined;
  const sent = await candor.json('send');
  assert.equal(sent.status, 'duplicate', 'the collector had it from the second try');
  assert.equal(sink.bodies.length, 1);
  assert.deepEqual(sink.bodies[0], shown);
  const [line] = (await candor.json('log')).reports;
  assert.equal(line.sha256, sha256(shown));
  await candor.ok('verify', line.id);
  assert.deepEqual(pending(candor), []);
});

test('kill -9 at any moment of a sending: one record at the collector', { timeout: 240_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['mesh'] });
  const candor = await agentOf(bench, collector.url);
  await candor.ok('on');
  const rounds = 15;
  let killed = 0;
  const shown = [];
  for (let round = 0; round < rounds; ++round) {
    shown.push(sha256((await candor.ok('show')).bytes));
    const sending = bench.start(kCandor, ['send'], { env: candor.env });
    const timer = setTimeout(() => sending.child.kill('SIGKILL'), round * 2);
    if ((await sending.ended) === 'SIGKILL') killed += 1;
    clearTimeout(timer);
    if (pending(candor).length > 0) await candor.ok('send');
    assert.deepEqual(pending(candor), []);
    assert.ok(!readdirSync(candor.state('sent')).some((name) => name.endsWith('.tmp')), 'no temporary file stays');
  }
  t.diagnostic(`${killed} of ${rounds} sendings were killed`);
  assert.ok(killed > 0);
  const { reports } = await candor.json('log');
  const logged = new Set(reports.map((line) => line.sha256));
  // A kill may fall between the collector's answer and a report's place in sent/, never before `show`.
  for (const digest of shown) assert.ok(logged.has(digest));
  for (const { id } of reports) await candor.ok('verify', id);
  // Duplicates are counted apart, and may be in the store before the last reports are.
  const records = async () => {
    const { received, duplicates } = await collector.accounting('mesh');
    return received - duplicates;
  };
  const sent = new Set(shown).size;
  await until('every report is in the store', async () => (await records()) >= sent);
  assert.equal(await records(), sent);
});

test('a network that swallows everything delays nobody', { timeout: 90_000 }, async (t) => {
  const bench = new Bench(t);
  const sockets = new Set();
  const hole = net.createServer((socket) => {
    sockets.add(socket); // never read, never answered
    socket.on('error', () => {}); // an off resets the connection
  });
  await new Promise((ready) => hole.listen(0, '127.0.0.1', ready));
  bench.defer(() => {
    for (const socket of sockets) socket.destroy();
    hole.close();
  });
  const candor = await agentOf(bench, `http://127.0.0.1:${hole.address().port}`);
  const on = await candor.ok('on');
  assert.ok(on.ms < kCliMs, `on took ${on.ms} ms`);
  const send = await candor.expect(75, 'send');
  t.diagnostic(`send: ${Math.round(send.ms)} ms`);
  assert.ok(send.ms < kCliMs, `send took ${send.ms} ms`);
  assert.match(send.err, /kept/);

  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  const before = sockets.size;
  await until('the agent tries', () => sockets.size > before);
  const off = await candor.ok('off');
  t.diagnostic(`off: ${Math.round(off.ms)} ms`);
  assert.ok(off.ms < kOffMs);
  await until('the agent hears of it', () => /telemetry is off/.test(agent.err), { within: kOffMs, every: 10 });
  assert.equal(agent.exit, undefined, 'the agent still runs');
  assert.deepEqual(pending(candor), []);
});

test('an address that nothing is routed to delays nobody', { timeout: 60_000 }, async (t) => {
  const apart = (...command) => ['unshare', ['--map-root-user', '--net', ...command]];
  if ((await run(...apart('true'))).code !== 0) return t.skip('no network of its own to be had here');
  const bench = new Bench(t);
  const candor = new Candor(bench.folder('agent'));
  // In a network of its own even the loopback device is down: nothing is routed anywhere.
  await candor.configure({ product: 'mesh', endpoint: 'https://127.0.0.1' });
  const cutOff = (...args) => run(...apart(kCandor, ...args), { env: candor.env });
  assert.equal((await cutOff('on')).code, 0);
  const send = await cutOff('send');
  assert.equal(send.code, 75, send.err);
  assert.match(send.err, /unreachable/);
  t.diagnostic(`send: ${Math.round(send.ms)} ms`);
  assert.ok(send.ms < kCliMs);
});

test('the agent waits as long as Retry-After says', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const sink = await startSink(bench);
  sink.behaviour = (request, body, answer) => answer(503, { 'Retry-After': '600' });
  const candor = await agentOf(bench, sink.url);
  await candor.ok('on');
  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  const wait = await until('it says when it comes again', () => /not sent, again in (\d+) s/.exec(agent.err)?.[1]);
  // At least what was asked for; half as much more at most, so that not everybody comes at once.
  assert.ok(Number(wait) >= 600 && Number(wait) <= 901, wait);
  assert.equal(sink.requests, 1);
  assert.equal(pending(candor).length, 1);
  const [name] = pending(candor);
  assert.ok(readFileSync(candor.state('outbox', name)).length > 0);
});

test('a wrong write key or address is the operator\'s mistake: the report waits until it is mended', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const sink = await startSink(bench);
  const candor = await agentOf(bench, `${sink.url}/wrong`);
  await candor.ok('on');
  const shown = (await candor.ok('show')).bytes;
  for (const [status, mend] of [
    [401, /\/wrong\/v1\/reports wants a write key: candor config set write_key_file FILE/],
    [403, /candor config set write_key_file FILE/],
    [404, /\/wrong\/v1\/reports does not take these reports: candor config set endpoint URL/],
    [405, /candor config set endpoint URL/],
    [301, /candor config set endpoint URL/],
  ]) {
    sink.behaviour = (request, body, answer) => answer(status);
    const { err } = await candor.expect(78, 'send');
    assert.match(err, mend);
    assert.match(err, /The report is kept/);
    assert.equal(pending(candor).length, 1, `${status}`);
    assert.deepEqual((await candor.ok('show')).bytes, shown);
  }
  assert.equal((await candor.json('log')).reports.length, 0);
  // The agent goes on, too, and sends it once the address is right.
  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  await until('it tells', () => /not sent, again in .*candor config set endpoint URL/.test(agent.err));
  await agent.stop();
  assert.equal(pending(candor).length, 1);
  sink.behaviour = undefined;
  await candor.ok('config', 'set', 'endpoint', sink.url);
  await candor.ok('send');
  assert.deepEqual(sink.bodies, [shown]);
});
