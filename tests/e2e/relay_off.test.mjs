// What ends the relay's leave, and that it ends it at once: nothing of it leaves any more, not even after an outage.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCapture } from './lib/capture.mjs';
import { bytesBelow, kSite, RelayAgent, sendEvent } from './lib/relay.mjs';

/** A collector without a key that answers files of events with `answer()`. */
async function startRefusing(bench, answer) {
  const server = http.createServer((request, response) => {
    const { status, body = {}, after = 1 } = request.url === '/v1/events' ? answer() : { status: 404 };
    request.resume().on('end', () => response.writeHead(status, { 'retry-after': after }).end(JSON.stringify(body)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  bench.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

const pageOf = (name) => ({ u: `https://${kSite}/${name}` });

/** An agent that tries in vain to send an event of the page /before; what it posts stands in `posts()`. */
async function startInVain(bench, answer = () => ({ status: 503 })) {
  const capture = await startCapture(bench);
  const relay = await RelayAgent.make(bench, { endpoint: await startRefusing(bench, answer), proxy: capture.url });
  await relay.agree();
  const url = await relay.start();
  const posts = () => capture.seen.filter((seen) => seen.path === '/v1/events').map(({ body }) => String(body));
  assert.equal((await sendEvent(url, pageOf('before'))).dropped, null);
  await until('it is tried in vain', () => posts().some((body) => body.includes('/before')));
  return { relay, url, posts };
}

function change(relay, from, to) {
  const file = path.join(relay.folder, 'candor.toml');
  const before = readFileSync(file, 'utf8');
  assert.ok(before.includes(from), before);
  writeFileSync(file, before.replace(from, to));
}

const kWays = [
  ['off', (relay) => relay.ok('off'), (relay) => relay.agree()],
  ['a channel', (relay) => relay.ok('channel', 'disable', 'usage'), (relay) => relay.ok('channel', 'enable', 'usage')],
  ['a setting', (relay) => relay.ok('config', 'set', 'channel_usage', 'false'), (relay) => relay.ok('config', 'set', 'channel_usage', 'true')],
  [
    'an edited file',
    (relay) => change(relay, 'channel_usage = true', 'channel_usage = false'),
    (relay) => change(relay, 'channel_usage = false', 'channel_usage = true'),
  ],
];

for (const [name, end, begin] of kWays) {
  test(`${name} ends what waits, and what may come`, { timeout: 60_000 }, async (t) => {
    const bench = new Bench(t);
    const { relay, url, posts } = await startInVain(bench);
    // In memory, for a minute: what came before cannot be sent.
    assert.equal((await sendEvent(url, pageOf('before'))).dropped, null);
    await end(relay);
    await until('nothing is taken', async () => (await sendEvent(url, pageOf('before'))).dropped === '1', { within: 3_000 });
    await until('nothing is kept', () => relay.files().length === 0, { within: 1_000 });
    const counts = await relay.counts('nothing waits', ({ waiting }) => waiting === 0);
    assert.deepEqual([counts.forwarded, counts.refused, counts.lost], [0, 0, 0], JSON.stringify(counts));
    await relay.expect(12, 'show', '--events');
    const tried = posts().length;
    await begin(relay);
    await until('it is taken again', async () => (await sendEvent(url, pageOf('after'))).dropped === null);
    await until('it is tried at once', () => posts().some((body) => body.includes('/after')), { within: 4_000 });
    assert.deepEqual(posts().slice(tried).filter((body) => body.includes('/before')), []);
    await relay.ok('off');
    assert.equal(await relay.agent.stop(), 0);
    assert.deepEqual(relay.files(), []);
    assert.ok(!bytesBelow(relay.state()).includes('/before'));
  });
}

test('a relay that is switched off by the configuration leaves nothing', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const { relay } = await startInVain(bench);
  assert.notEqual(relay.files().length, 0);
  await relay.configure({ activatePlausibleTracking: false });
  relay.agent.child.kill('SIGHUP');
  await until('nothing is kept', () => relay.files().length === 0);
  const counts = () => JSON.parse(readFileSync(relay.state('relay', 'counts.json'), 'utf8'));
  await until('it is counted', () => counts().dropped.off === 1);
  assert.deepEqual([counts().listen, counts().received, counts().lost], ['', 1, 0]);
});

test('another endpoint is tried at once, whatever the one before said', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const { relay, posts } = await startInVain(bench, () => ({ status: 404, after: 3600 }));
  const tried = posts().length;
  await relay.configure({ endpoint: await startRefusing(bench, () => ({ status: 503 })) });
  relay.agent.child.kill('SIGHUP');
  await until('it is tried', () => posts().length > tried, { within: 3_000 });
});

test('what a collector has no contract of yet is kept', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const unknown = { status: 409, body: { error: { reason: 'unknown_contract', message: 'No such contract.' } } };
  const { relay } = await startInVain(bench, () => unknown);
  const counts = await relay.counts('it says so', ({ last_failure: failure }) => /No such contract/.test(failure?.reason ?? failure?.message ?? JSON.stringify(failure)));
  assert.deepEqual([counts.refused, counts.waiting], [0, 1]);
  assert.deepEqual([relay.files().length, relay.files('refused').length], [1, 0]);
});

test('a forgotten installation is counted anew', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const { relay, url } = await startInVain(bench);
  const before = await relay.status();
  await relay.ok('forget', '--local', '--yes');
  const counts = await relay.counts('it is counted anew', ({ received }) => received < before.received);
  assert.notEqual(counts.since, before.since);
  assert.deepEqual([counts.received, counts.waiting, counts.lost], [0, 0, 0]);
  assert.equal((await sendEvent(url, {})).dropped, '1');
  assert.ok(!bytesBelow(relay.state('relay')).includes(before.since));
  assert.deepEqual([...relay.files(), ...relay.files('sent'), ...relay.files('refused')], []);
});

test('an agent that starts takes the first event', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const { relay } = await startInVain(bench);
  for (let i = 0; i < 5; ++i) {
    assert.equal(await relay.agent.stop(), 0);
    const url = await relay.start();
    assert.equal((await sendEvent(url, {})).dropped, null);
  }
});
