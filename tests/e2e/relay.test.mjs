// The first-party relay: a page in a browser that contacts its own product only, and what of it arrives at the vendor.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCapture } from './lib/capture.mjs';
import { kEvents } from './lib/clients.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { startOutage } from './lib/outage.mjs';
import { kUserAgent, kVisitorAddress, Panel } from './lib/panel.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { kCandor } from './lib/program.mjs';
import { bytesBelow, kSite, listeningSockets, RelayAgent, sendEvent, sendMany } from './lib/relay.mjs';

/** How many events of that name are stored, and how many different pages they have. */
async function stored(collector, name) {
  const rows = await collector.ask(
    `SELECT count(), uniqExact(JSONExtractString(body, 'page')) FROM candor.events WHERE name = '${name}'`,
  );
  return rows.trim();
}

async function settled(relay, count, options) {
  return relay.counts(`${count} events are forwarded`, ({ forwarded, waiting }) => forwarded >= count && waiting === 0, options);
}

function assertAllCounted({ received, dropped, forwarded, refused, lost, waiting }) {
  const all = Object.values(dropped).reduce((sum, count) => sum + count, 0) + forwarded + refused + lost + waiting;
  assert.equal(received, all);
}

test('a browser contacts the product only, and the collector gets exactly what it did', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['mesh'] });
  const capture = await startCapture(bench);
  const relay = await RelayAgent.make(bench, { endpoint: collector.url, proxy: capture.url });
  await relay.agree();
  const url = await relay.start();
  const panel = await Panel.start(bench, { url });

  const page = await panel.open(
    `<head><script defer data-domain="${kSite}" src="/js/script.js"></script><script type="module" src="/js/rating.js"></script></head>
     <body><button id="before">Create</button><candor-rating activity="project_created"></candor-rating></body>`,
    '/projects?secret=query-canary',
  );
  await until('the page view is sent', () => panel.named('pageview').length === 1);
  await page.evaluate(() => history.pushState({}, '', '/projects/new'));
  await page.evaluate(
    () => new Promise((callback) => window.plausible('project_created', { props: { template: 'empty', note: 'text-canary' }, callback })),
  );
  await page.focus('#before');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  for (let i = 0; i < 3; ++i) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await until('the rating is sent', () => panel.named('rating').length === 1);
  const { origin } = new URL(panel.url);
  assert.deepEqual([...new Set(page.requests.map((request) => new URL(request).origin))], [origin]);
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(await page.context().cookies(), []);

  const sent = panel.events.length;
  const counts = await settled(relay, sent);
  assertAllCounted(counts);
  assert.deepEqual(counts.dropped, {});
  assert.equal(counts.left_out.undeclared >= 1, true, JSON.stringify(counts.left_out));
  await until('all are stored', async () => Number(await collector.ask('SELECT count() FROM candor.events')) === sent);
  assert.equal(await stored(collector, 'pageview'), '2\t2');
  const bodies = async (name) =>
    (await collector.ask(`SELECT body FROM candor.events WHERE name = '${name}' FORMAT TSVRaw`)).trim().split('\n').map((row) => JSON.parse(row));
  assert.deepEqual(await bodies('project_created'), [{ page: '/projects/new', props: { template: 'empty' } }]);
  assert.deepEqual(await bodies('rating'), [{ page: '/projects/new', props: { activity: 'project_created', stars: 4 } }]);
  // The rollup is a moment behind the events.
  await until('they are the figures', async () => {
    const web = await collector.json('/api/v1/products/mesh/web');
    assert.deepEqual([web.visits, web.visitors, web.pageviews], [1, 1, 2]);
    const { ratings } = await collector.json('/api/v1/products/mesh/ratings');
    assert.deepEqual(ratings.map(({ activity, mean }) => [activity, mean]), [['project_created', 4]]);
    return true;
  });

  await t.test('what was sent can be read and proven here', async () => {
    const [file] = relay.files('sent');
    const id = file.replace('.json', '');
    const shown = JSON.parse((await relay.ok('log', 'show', id)).out);
    assert.equal(shown.candor.kind, 'events');
    await relay.ok('verify', id);
    const { reports } = await relay.json('log', '--events');
    assert.ok(reports.some((report) => report.id === id && report.status === 'accepted'));
    assert.ok(capture.seen.some(({ path: where, body }) => where === '/v1/events' && JSON.parse(body).events.length > 0));
  });

  await t.test('nobody can be told by it', async () => {
    const kept = {
      'the state folder': bytesBelow(relay.state()),
      'what was sent': capture.seen.map(({ headers, body }) => headers.join() + body).join(),
      'the agent\'s log': relay.agent.err,
      'the collector\'s files': bytesBelow(collector.folder),
      'the store': await collector.everything(),
      'the collector\'s log': collector.server.err,
    };
    for (const [where, bytes] of Object.entries(kept)) {
      for (const known of [kVisitorAddress, 'CanaryBrowser', 'query-canary', 'text-canary'])
        assert.ok(!bytes.includes(known), `${known} is in ${where}`);
    }
    assert.ok(kUserAgent.includes('CanaryBrowser'));
  });
});

test('each event arrives once, through outages and a restart', { timeout: 280_000 }, async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['mesh'] });
  const first = await phoenix.start();
  await phoenix.storeAnswers();
  const fates = ['lost', 'refused', 'lost', 'passes', 'refused', 'lost'];
  let untilKill = Infinity;
  const way = await startOutage(bench, first.url, (_, address) => {
    if (address !== '/v1/events') return 'passes';
    // Files were sent by then, this one arrives, and nobody is there to hear that or to write it down.
    if (--untilKill === 0) process.kill(relay.agent.child.pid, 'SIGKILL');
    return fates.shift() ?? 'passes';
  });
  const relay = await RelayAgent.make(bench, { endpoint: way.url });
  await relay.agree();
  const url = await relay.start();
  const half = Math.floor(kEvents / 2);
  let killed;
  await sendMany(url, 'project_created', kEvents, async (i) => {
    if (i === half) killed = phoenix.killCollector();
  });
  await killed;
  // Some more, while nobody is there.
  for (let i = 0; i < 3; ++i) await sendEvent(url, { n: 'workspace_created', u: `https://${kSite}/w/${i}` });
  await relay.counts('they wait', ({ waiting, last_failure: failure }) => waiting >= 3 && failure);
  // What waits survives the agent, too, also what it has in memory.
  assert.equal(await relay.agent.stop(), 0);
  const waits = await relay.status();
  assert.deepEqual([waits.received, waits.lost, waits.dropped], [kEvents + 3, 0, {}]);
  assert.ok(relay.files().length >= 2, `${relay.files().length} files wait`);
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  // All is in files now, so a kill costs nothing.
  fates.unshift('passes', 'lost');
  untilKill = 2;
  relay.launch();
  await relay.agent.ended;
  assert.ok(untilKill <= 0, relay.agent.err);
  untilKill = Infinity;
  await relay.start();
  const counts = await settled(relay, kEvents + 3, { within: 120_000 });
  assert.deepEqual(
    [counts.received, counts.forwarded, counts.lost, counts.refused, counts.waiting, counts.dropped],
    [kEvents + 3, kEvents + 3, 0, 0, 0, {}],
  );
  assert.ok(way.fates.lost > 0 && way.fates.refused > 0, JSON.stringify(way.fates));
  await until('all are stored', async () => (await stored(collector, 'workspace_created')) === '3\t3', { within: 30_000 });
  await until('all are stored', async () => (await stored(collector, 'project_created')) === `${kEvents}\t${kEvents}`, { within: 30_000 });
  const accounting = await until('what came again is counted', async () => {
    const counted = await collector.accounting('mesh');
    return counted.duplicates > 0 && counted;
  });
  assertAddsUp(accounting);
  assert.equal(accounting.accepted, kEvents + 3 + 1, "the events, and the agent's own report");
  assert.equal(await collector.ask('SELECT count() FROM candor.events'), `${kEvents + 3}\n`);
});

test('only what the contract declares and the customer agreed to is kept', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const relay = await RelayAgent.make(bench, { endpoint: 'http://127.0.0.1:9' });
  const url = await relay.start();
  const script = async () => (await fetch(`${url}/js/script.js`)).status;

  await t.test('before anybody agreed pages work, and nothing is kept', async () => {
    assert.equal(await script(), 200);
    assert.equal((await fetch(`${url}/js/rating.js`)).status, 200);
    assert.deepEqual(await sendEvent(url, {}), { status: 202, text: 'ok', dropped: '1' });
    assert.deepEqual(await sendEvent(url, 'rubbish'), { status: 202, text: 'ok', dropped: '1' });
    await relay.counts('they are counted', ({ dropped }) => dropped.off === 2);
    assert.deepEqual(relay.files(), []);
  });

  await relay.agree();
  let sent = 2;
  await until('the relay heard of it', async () => ++sent && (await sendEvent(url, {})).dropped === null);

  await t.test('what does not fit is dropped here, and counted', async () => {
    const answers = [
      await sendEvent(url, { n: 'never declared', p: { canary: 'value-canary' } }),
      await sendEvent(url, {}, { headers: { 'user-agent': 'Googlebot/2.1' } }),
      await sendEvent(url, 'rubbish'),
      await sendEvent(url, { n: 'rating', p: { activity: 'project_created', stars: 9, canary: 'value-canary' } }),
      await sendEvent(url, { d: 'a.example,b.example' }),
    ];
    assert.deepEqual(answers.map(({ status, dropped }) => [status, dropped]), [[202, '1'], [202, '1'], [400, null], [202, null], [202, null]]);
    const after = await relay.counts('they are counted', ({ received }) => received === sent + 6);
    assert.deepEqual(
      [after.dropped.undeclared, after.dropped.bot, after.dropped.bad_event, after.left_out.out_of_bounds, after.left_out.undeclared],
      [1, 1, 1, 1, 1],
    );
    assertAllCounted(after);
    await until('they are sealed', () => relay.files().length > 0);
    const shown = JSON.parse((await relay.ok('show', '--events')).out);
    assert.deepEqual([shown.candor.kind, shown.candor.channels, shown.candor.installation], ['events', ['usage'], undefined]);
    assert.ok(!bytesBelow(relay.state()).includes('value-canary'));
  });

  await t.test('other addresses and methods', async () => {
    assert.equal((await fetch(`${url}/`)).status, 404);
    assert.equal((await fetch(`${url}/js/other.js`)).status, 404);
    assert.equal((await fetch(`${url}/api/event`)).status, 405);
    assert.equal((await fetch(`${url}/js/script.js`, { method: 'POST' })).status, 405);
    assert.equal((await fetch(`${url}/api/event`, { method: 'OPTIONS' })).status, 204);
    assert.equal((await sendEvent(url, 'x'.repeat(1_000_001)).catch(() => ({ status: 413 }))).status, 413);
  });

  await t.test('a header that anybody can write does not matter when nobody is trusted', async () => {
    const other = await RelayAgent.make(bench, { endpoint: 'http://127.0.0.1:9', relay_trusted_proxies: '192.0.2.1' });
    await other.agree();
    const at = await other.start();
    for (const from of ['198.51.100.1', '198.51.100.2']) assert.equal((await sendEvent(at, {}, { from })).dropped, null);
    await until('they are sealed', () => other.files().length > 0);
    const { events } = JSON.parse((await other.ok('show', '--events')).out);
    assert.equal(new Set(events.map(({ source }) => source)).size, 1);
  });

  await t.test('off drops what waits, and holds at once', async () => {
    await sendEvent(url, {});
    await relay.ok('off');
    await until('nothing is taken', async () => (await sendEvent(url, {})).dropped === '1', { within: 1_000 });
    assert.deepEqual(relay.files(), []);
    assert.equal(await script(), 200);
    const counts = await relay.counts('nothing waits', ({ waiting }) => waiting === 0);
    assertAllCounted(counts);
    assert.deepEqual([counts.forwarded, counts.lost], [0, 0]);
    await relay.expect(12, 'show', '--events');
    assert.equal(await relay.agent.stop(), 0);
    assert.deepEqual(relay.files(), []);
  });
});

test('a relay that is not switched on does not listen', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const relay = await RelayAgent.make(bench, { endpoint: 'http://127.0.0.1:9', activatePlausibleTracking: false });
  await relay.agree();
  const agent = bench.start(kCandor, ['agent'], { env: relay.env });
  await until('the agent looked', () => /telemetry is on/.test(agent.err));
  assert.equal(listeningSockets(agent.child.pid), 0);
  assert.equal((await relay.json('status')).relay, null);
  await relay.configure({ activatePlausibleTracking: true });
  agent.child.kill('SIGHUP');
  await until('it listens', () => listeningSockets(agent.child.pid) === 1);
  await relay.configure({ activatePlausibleTracking: false });
  agent.child.kill('SIGHUP');
  await until('it does not', () => listeningSockets(agent.child.pid) === 0);
  assert.equal(await agent.stop(), 0);

  await t.test('nor one that would speak plain http with other machines', async () => {
    await relay.configure({ activatePlausibleTracking: true, relay_listen: '0.0.0.0:0' });
    const { err } = await relay.expect(78, 'agent');
    assert.match(err, /relay_listen.*beyond this machine/s);
    await relay.configure({ relay_listen: '127.0.0.1:0', relay_target: 'https://plausible.example.com' });
    assert.match((await relay.expect(78, 'agent')).err, /relay_domain/);
  });
});

test('a Plausible server as the target', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['mesh'], lines: ['trusted_proxies = ["127.0.0.1"]'] });
  const way = await startOutage(bench, collector.url, (number) => (number >= 2 && number < 5 ? 'refused' : 'passes'));
  const capture = await startCapture(bench);
  const relay = await RelayAgent.make(bench, {
    endpoint: 'http://127.0.0.1:9',
    relay_target: way.url,
    relay_domain: kSite,
    proxy: capture.url,
  });
  await relay.agree();
  const url = await relay.start();
  const visitors = ['198.51.100.1', '198.51.100.2', '2001:db8::77'];
  for (const from of visitors) {
    for (const where of ['/a', '/ü b?secret=query-canary']) await sendEvent(url, { u: `https://${kSite}${where}` }, { from });
  }
  await sendEvent(url, { n: 'rating', p: { activity: 'project_created', stars: 5 } });
  await sendEvent(url, { n: 'engagement', sd: 40, e: 1234 });
  const counts = await settled(relay, 8, { within: 60_000 });
  assertAllCounted(counts);
  assert.deepEqual([counts.forwarded, counts.refused], [8, 0]);
  assert.equal(way.fates.refused, 3);
  await collector.loaded('mesh', 8);
  const accounting = await collector.accounting('mesh');
  assert.deepEqual([accounting.received, accounting.accepted], [8, 8]);
  const web = await collector.json('/api/v1/products/mesh/web');
  assert.deepEqual([web.visits, web.visitors, web.pageviews], [3, 3, 6]);
  assert.deepEqual(web.pages.map(({ page }) => page).sort(), ['/a', '/ü b']);
  const taken = capture.seen.filter(({ status }) => status === 202);
  assert.equal(taken.length, 8);
  const all = capture.seen.map(({ headers, body }) => headers.join('\n') + body).join('\n') + bytesBelow(relay.state()) + relay.agent.err;
  for (const known of [...visitors, 'AgentCanary', 'query-canary']) assert.ok(!all.includes(known), known);
  for (const { headers } of taken) {
    const address = headers[headers.findIndex((name) => name.toLowerCase() === 'x-forwarded-for') + 1];
    assert.match(address, /^fd[0-9a-f:]+$/);
  }
});
