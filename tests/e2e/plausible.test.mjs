// Trackers of Plausible, unmodified, in a real browser; and what the protocol asks for.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Bench, until } from './lib/bench.mjs';
import { kEvents } from './lib/clients.mjs';
import { startCollector } from './lib/collector.mjs';
import { bytesBelow } from './lib/files.mjs';
import { kEvent, kSite, kTrusting, panelOf, send } from './lib/plausible.mjs';

/** How many events, and how many different pages, of a name are in the store. */
async function storedPages(collector, name) {
  const rows = await collector.ask(
    `SELECT count(), uniqExact(JSONExtractString(body, 'page')) FROM candor.events WHERE name = '${name}'`,
  );
  return rows.trim();
}

test('plausible-tracker delivers each event once', { timeout: 280_000 }, async (t) => {
  const { collector, panel } = await panelOf(t);
  const page = await panel.open('<body>Panel</body>');
  await page.evaluate(async ([count, domain]) => {
    const { default: Plausible } = await import('/npm/plausible-tracker/build/module/index.js');
    const tracker = Plausible({ domain, apiHost: location.origin });
    tracker.trackPageview();
    const one = (i) =>
      new Promise((callback) =>
        tracker.trackEvent(
          'project_created',
          { props: { template: 'empty' }, callback },
          { url: `${location.origin}/p/${i}` },
        ),
      );
    let next = 0;
    const worker = async () => {
      while (next < count) await one(next++);
    };
    await Promise.all(Array.from({ length: 20 }, worker));
  }, [kEvents, kSite]);
  const accounting = await collector.loaded('mesh', kEvents + 1);
  assert.equal(accounting.received, kEvents + 1);
  assert.equal(accounting.accepted, kEvents + 1);
  assert.equal(await storedPages(collector, 'project_created'), `${kEvents}\t${kEvents}`);
  const { events } = await collector.json('/api/v1/products/mesh/events?days=2');
  assert.deepEqual(
    events.map(({ name, count, installations }) => [name, count, installations]),
    [['project_created', kEvents, 1], ['pageview', 1, 1]],
  );
  const body = await collector.ask("SELECT body FROM candor.events WHERE name = 'project_created' LIMIT 1 FORMAT TSVRaw");
  assert.equal(JSON.parse(body).props.template, 'empty');
  assert.deepEqual(page.complaints, []);
});

test('@plausible-analytics/tracker delivers each event once', { timeout: 280_000 }, async (t) => {
  const { collector, panel } = await panelOf(t);
  const page = await panel.open('<body>Panel</body>');
  const statuses = await page.evaluate(async ([count, domain]) => {
    const { init, track } = await import('/npm/@plausible-analytics/tracker/plausible.js');
    init({ domain, endpoint: '/api/event', autoCapturePageviews: false });
    track('pageview', {});
    const seen = {};
    const one = (i) =>
      new Promise((done) =>
        track('platform_connected', {
          url: `${location.origin}/p/${i}`,
          props: { platform: 'aws' },
          interactive: false,
          revenue: { currency: 'EUR', amount: 1.5 },
          callback: ({ status, error }) => {
            seen[status ?? error] = (seen[status ?? error] ?? 0) + 1;
            done();
          },
        }),
      );
    let next = 0;
    const worker = async () => {
      while (next < count) await one(next++);
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    return seen;
  }, [kEvents, kSite]);
  assert.deepEqual(statuses, { 202: kEvents });
  await collector.loaded('mesh', kEvents + 1);
  assert.equal(await storedPages(collector, 'platform_connected'), `${kEvents}\t${kEvents}`);
  // Leaving the page for longer than three seconds, or having scrolled, is engagement: the tracker's own decision.
  await page.evaluate(
    () =>
      new Promise((done) => {
        document.body.style.height = '9000px';
        document.addEventListener('scroll', () => done());
        window.scrollTo(0, 4000);
      }),
  );
  await page.goto('about:blank');
  await until('the engagement arrives', () => panel.named('engagement').length === 1);
  await until('it is stored', async () => (await storedPages(collector, 'engagement')) === '1\t1');
});

test('visits, pages, and nobody who could be told', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, kTrusting);
  const visitors = [
    ['198.51.100.1', 'AgentCanary/1'],
    ['198.51.100.2', 'AgentCanary/1'],
    ['198.51.100.1', 'AgentCanary/2'],
  ];
  for (const [address, agent] of visitors) {
    for (const where of ['/a', '/a', '/b?secret=canary']) {
      const answer = await send(
        collector,
        { ...kEvent, u: `https://${kSite}${where}`, r: 'https://referrer-canary.example/' },
        { 'x-forwarded-for': address, 'user-agent': agent },
      );
      assert.equal(answer.status, 202);
      assert.equal(answer.text, 'ok');
    }
  }
  await collector.loaded('mesh', 9);
  const web = await collector.json('/api/v1/products/mesh/web');
  assert.deepEqual([web.visits, web.visitors, web.pageviews], [3, 3, 9]);
  assert.deepEqual(web.pages, [
    { page: '/a', count: 6, visitors: 3 },
    { page: '/b', count: 3, visitors: 3 },
  ]);
  for (const known of ['198.51.100', 'AgentCanary', 'secret=canary', 'referrer-canary']) {
    assert.ok(!bytesBelow(collector.folder).includes(known), known);
    assert.ok(!(await collector.everything()).includes(known), known);
    assert.ok(!collector.server.err.includes(known), known);
  }
});

test('a header that anybody can write counts from trusted proxies only', { timeout: 60_000 }, async (t) => {
  const collector = await startCollector(new Bench(t), { products: ['mesh'] });
  for (const address of ['198.51.100.1', '198.51.100.2'])
    await send(collector, kEvent, { 'x-forwarded-for': address });
  await collector.loaded('mesh', 2);
  const web = await collector.json('/api/v1/products/mesh/web');
  assert.deepEqual([web.visitors, web.pageviews], [1, 2]);
});

test('what the protocol asks for', { timeout: 120_000 }, async (t) => {
  const collector = await startCollector(new Bench(t), { products: ['mesh', 'stone'] });
  await t.test('a browser may ask first', async () => {
    const answer = await fetch(`${collector.url}/api/event`, { method: 'OPTIONS' });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  });

  await t.test('bots are told how many were dropped, and counted as refused', async () => {
    const answer = await send(collector, kEvent, { 'user-agent': 'Googlebot/2.1' });
    assert.deepEqual([answer.status, answer.text], [202, 'ok']);
    assert.equal(answer.headers.get('x-plausible-dropped'), '1');
    const kept = await send(collector, kEvent);
    assert.equal(kept.headers.get('x-plausible-dropped'), null);
    assert.equal(kept.headers.get('access-control-allow-origin'), '*');
    const accounting = await collector.loaded('mesh', 2);
    assert.deepEqual([accounting.accepted, accounting.refused], [1, 1]);
  });

  await t.test('an undeclared event is quarantined without its values', async () => {
    await send(collector, { ...kEvent, n: 'nobody declared this', p: { canary: 'value-canary' } });
    await collector.loaded('mesh', 3);
    assert.equal((await collector.accounting('mesh')).quarantined, 1);
    assert.ok(!bytesBelow(collector.folder).includes('value-canary'));
  });

  await t.test('other methods and products are not', async () => {
    assert.equal((await fetch(`${collector.url}/api/event`)).status, 405);
    assert.equal((await send(collector, kEvent, {}, '/p/nobody/api/event')).status, 404);
    assert.equal((await send(collector, kEvent, {}, '/p/stone/api/event')).status, 404);
  });

  await t.test('gzip and a prefix are taken', async () => {
    const packed = gzipSync(JSON.stringify(kEvent));
    assert.equal(gunzipSync(packed).length, JSON.stringify(kEvent).length);
    const answer = await send(collector, packed, { 'content-encoding': 'gzip' }, '/p/mesh/api/event');
    assert.equal(answer.status, 202);
  });
});
