// Trackers of Plausible, unmodified, our own script and the star rating, in a real browser; and what no tracker sends.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Bench, until } from './lib/bench.mjs';
import { kEvents } from './lib/clients.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { kUserAgent, kVisitorAddress, Panel } from './lib/panel.mjs';

const kScriptBytes = 1500;
const kSite = 'panel.mesh.example';
const kTrusting = { products: ['mesh'], lines: ['trusted_proxies = ["127.0.0.1"]'] };

async function panelOf(t) {
  const bench = new Bench(t);
  const collector = await startCollector(bench, kTrusting);
  return { collector, panel: await Panel.start(bench, collector) };
}

/** Every byte below a folder, as text. */
function bytesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, name))
    .filter((name) => statSync(name).isFile())
    .map((name) => readFileSync(name, 'latin1'))
    .join('\n');
}

const kEvent = { n: 'pageview', u: `https://${kSite}/projects`, d: kSite };

async function send(collector, body, headers = {}, address = '/api/event') {
  const response = await fetch(collector.url + address, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'user-agent': 'Firefox', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

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

test('our own script', { timeout: 120_000 }, async (t) => {
  const { collector, panel } = await panelOf(t);
  const head = (file, attributes = '') =>
    `<head><script defer ${attributes} src="/js/${file}"></script></head><body><a id="out" href="http://elsewhere.example/x">out</a>
     <a id="file" href="/a.pdf?v=1">file</a><button id="tag" class="plausible-event-name=project_created plausible-event-template=landing+zone">tag</button></body>`;
  const left = []; // the pages that were left
  const sent = async (count) => {
    const taken = [];
    await until(`${count} events`, () => {
      for (const event of panel.events.splice(0)) (event.n === 'engagement' ? left : taken).push(event);
      return taken.length >= count;
    });
    return taken;
  };

  await t.test('is small, cached, and readable by any origin', async () => {
    const answer = await fetch(`${collector.url}/js/script.js`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^application\/javascript/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin');
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.match(answer.headers.get('cache-control'), /max-age=86400/);
    assert.equal(answer.headers.get('content-encoding'), 'gzip');
    const text = await answer.text();
    const bytes = Number(answer.headers.get('content-length'));
    t.diagnostic(`${bytes} bytes compressed, ${text.length} otherwise`);
    assert.ok(bytes > 0 && bytes <= kScriptBytes, `${bytes} bytes`);
    for (const name of ['plausible.js', 'analytics.js', 'script.local.hash.js', 'script.outbound-links.file-downloads.revenue.js'])
      assert.equal(await (await fetch(`${collector.url}/js/${name}`)).text(), text, name);
    assert.equal(await (await fetch(`${collector.url}/p/mesh/js/script.js`)).text(), text);
    assert.equal((await fetch(`${collector.url}/js/other.js`)).status, 404);
  });

  await t.test('counts page views, also of pages that change by themselves', async () => {
    const page = await panel.open(head('script.js', `data-domain="${kSite}"`), '/start?secret=1');
    const [first] = await sent(1);
    assert.deepEqual(
      [first.n, first.d, first.u, first.h],
      ['pageview', kSite, `${panel.url}/start?secret=1`, 0],
    );
    await page.evaluate(() => history.pushState({}, '', '/second'));
    await page.evaluate(() => history.pushState({}, '', '/second#same'));
    await page.evaluate(() => history.back());
    await page.evaluate(() => history.pushState({}, '', '/third'));
    const more = await sent(2);
    assert.deepEqual(more.map(({ u }) => new URL(u).pathname), ['/second', '/third']);
    assert.deepEqual(left.map(({ n, u }) => [n, new URL(u).pathname]), [['engagement', '/start'], ['engagement', '/second']]);
    for (const { sd, e } of left) assert.ok(sd > 0 && e >= 0 && e < 60_000, `${sd} ${e}`);
    assert.deepEqual(await page.context().cookies(), []);
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
    assert.deepEqual(page.complaints, []);
  });

  await t.test('sends events of the page, and those that were queued before it came', async () => {
    const queue = `<script>window.plausible = window.plausible || function () { (plausible.q = plausible.q || []).push(arguments) };
      plausible('project_created', { props: { template: 'empty' } });</script>`;
    const page = await panel.open(queue + head('script.manual.js'), '/manual');
    const [queued] = await sent(1);
    assert.deepEqual([queued.n, queued.p, queued.d], ['project_created', { template: 'empty' }, kSite]);
    const told = await page.evaluate(
      () => new Promise((callback) => window.plausible('project_created', { revenue: { currency: 'EUR', amount: 3 }, callback })),
    );
    assert.deepEqual(told, { status: 202 });
    const [paid, ...none] = await sent(1);
    assert.deepEqual(paid.$, { currency: 'EUR', amount: 3 });
    assert.deepEqual(none, []);
  });

  await t.test('hash, links, downloads, tagged events', async () => {
    const page = await panel.open(head('script.hash.outbound-links.file-downloads.tagged-events.js'), '/app');
    await page.evaluate(() => (location.hash = '#/projects'));
    const [, second] = await sent(2);
    assert.deepEqual([second.h, second.u], [1, `${panel.url}/app#/projects`]);
    await page.click('#tag');
    const [tagged] = await sent(1);
    assert.deepEqual([tagged.n, tagged.p], ['project_created', { template: 'landing zone' }]);
    await page.evaluate(() => document.addEventListener('click', (event) => event.preventDefault()));
    await page.click('#file');
    await page.click('#out');
    const links = await sent(2);
    assert.deepEqual(links.map(({ n, p }) => [n, p.url]), [
      ['File Download', `${panel.url}/a.pdf`],
      ['Outbound Link: Click', 'http://elsewhere.example/x'],
    ]);
  });

  await t.test('is quiet where it should be', async () => {
    const quiet = async (page) => {
      const answer = await page.evaluate(
        () => new Promise((callback) => window.plausible('pageview', { callback: (told) => callback(told === undefined) })),
      );
      assert.equal(answer, true);
    };
    await quiet(await panel.open(head('script.exclusions.js', 'data-exclude="/private/**, /x"'), '/private/a/b'));
    const ignored = await panel.open(head('script.manual.js'), '/ignored');
    await ignored.evaluate(() => (localStorage.plausible_ignore = 'true'));
    await quiet(ignored);
    const driven = await panel.open('<script>window.Cypress = true</script>' + head('script.js'), '/driven');
    await quiet(driven);
    const local = await ignored.context().newPage();
    await local.goto(`${panel.url.replace(kSite, '127.0.0.1')}/ignored`);
    await quiet(local);
    assert.deepEqual(panel.events.filter(({ n }) => n !== 'engagement'), []);
    await panel.open(head('script.exclusions.js', 'data-include="/shown/*"'), '/shown/a');
    await sent(1);
  });

  await collector.loaded('mesh', 10);
  assertAddsUp(await collector.accounting('mesh'));
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

test('what the protocol asks for, and what no tracker sends', { timeout: 120_000 }, async (t) => {
  const collector = await startCollector(new Bench(t), { products: ['mesh', 'stone'] });
  const memory = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${collector.server.child.pid}/status`, 'utf8'))[1]);

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

  await t.test('hostile requests', async () => {
    const before = memory();
    let refused = (await collector.accounting('mesh')).refused;
    const kUnreadable = { request: ['Unable to parse request body as json'] };
    const gzip = { 'content-encoding': 'gzip' };
    const bomb = gzipSync(Buffer.alloc(512 << 20));
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const cases = [
      ['nothing', '', 400, kUnreadable],
      ['no object', '[]', 400, kUnreadable],
      ['cut', '{"n":', 400, kUnreadable],
      ['a lone surrogate as bytes', Buffer.from('{"n":"\xed\xa0\x80"}', 'latin1'), 400, kUnreadable],
      ['NaN', '{"n":NaN}', 400, kUnreadable],
      ['nested', `{"n":"pageview","u":"/","d":"a","p":${deep}}`, 400, kUnreadable],
      ['nothing in it', {}, 400, { domain: ["can't be blank"], event_name: ["can't be blank"], url: ['is required'] }],
      ['a name of 900 kB', { ...kEvent, n: 'x'.repeat(900_000) }, 400, { event_name: ['should be at most 120 character(s)'] }],
      ['no URL', { ...kEvent, u: 7 }, 400, { url: ['must be a valid url'] }],
      ['a long URL', { ...kEvent, u: `/${'x'.repeat(3000)}` }, 400, { url: ['must be a valid url'] }],
      ['data', { ...kEvent, u: 'data:text/html,x' }, 400, { url: ['scheme is not allowed'] }],
      ['no domain', { ...kEvent, d: '' }, 400, { domain: ["can't be blank"] }],
      ['a long property', { ...kEvent, p: { a: 'x'.repeat(2001) } }, 400, { props: ['keys should have at most 300 bytes and values 2000 bytes'] }],
      ['engagement of nothing', { ...kEvent, n: 'engagement' }, 400, { event_name: ["engagement event requires a valid integer value for at least one of 'sd' or 'e' fields"] }],
      ['cut gzip', gzipSync(JSON.stringify(kEvent)).subarray(0, 20), 400, undefined, gzip],
      ['a gzip bomb', bomb, 400, undefined, gzip],
      ['an unknown encoding', 'x', 415, undefined, { 'content-encoding': 'rot13' }],
      ['too large', 'x'.repeat(1_000_001), 413],
    ];
    for (const [name, body, status, errors, headers] of cases) {
      const answer = await send(collector, body, headers);
      assert.equal(answer.status, status, `${name}: ${answer.text}`);
      if (status !== 413) assert.ok(JSON.parse(answer.text).errors, `${name}: ${answer.text}`);
      if (errors) assert.deepEqual(JSON.parse(answer.text), { errors }, name);
      assert.equal((await send(collector, kEvent)).status, 202, `after ${name}`);
      ++refused;
    }
    assert.equal((await fetch(`${collector.url}/api/event`)).status, 405);
    assert.equal((await send(collector, kEvent, {}, '/p/nobody/api/event')).status, 404);
    assert.equal((await send(collector, kEvent, {}, '/p/stone/api/event')).status, 404);
    const odd = [
      { ...kEvent, n: '\ud800' },
      '{"n":"pageview","n":"pageview","u":"/a","u":"/b","d":"x"}',
      { ...kEvent, u: 'https://[::', p: { constructor: 1, __proto__x: 2 } },
      { ...kEvent, u: '%ff%00%', sd: 1e308, e: -1 },
    ];
    for (const body of odd) {
      const { status } = await send(collector, body);
      assert.ok([202, 400].includes(status), `${status}`);
      assert.equal((await send(collector, kEvent)).status, 202);
    }
    await until('all of them are counted', async () => {
      assertAddsUp(await collector.accounting('mesh'));
      return (await collector.accounting('mesh')).refused >= refused;
    });
    const grown = memory() - before;
    t.diagnostic(`memory: ${grown} KiB more`);
    assert.ok(grown <= 32 * 1024, `${grown} KiB`);
  });

  await t.test('gzip and a prefix are taken', async () => {
    const packed = gzipSync(JSON.stringify(kEvent));
    assert.equal(gunzipSync(packed).length, JSON.stringify(kEvent).length);
    const answer = await send(collector, packed, { 'content-encoding': 'gzip' }, '/p/mesh/api/event');
    assert.equal(answer.status, 202);
  });
});

test('a rating, by keyboard alone', { timeout: 120_000 }, async (t) => {
  const { collector, panel } = await panelOf(t);
  const html = `<head><script defer src="/js/script.manual.js"></script><script defer src="/js/rating.js"></script></head>
    <body><button id="before">Create</button><candor-rating activity="project_created" question="How was creating a project?"></candor-rating></body>`;
  const page = await panel.open(html, '/projects/new');
  const group = page.getByRole('group', { name: 'How was creating a project?' });
  await group.waitFor();
  assert.equal(await group.getByRole('radio').count(), 5);
  assert.ok(await page.getByRole('button', { name: 'Send' }).isDisabled());
  await page.focus('#before');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  for (let i = 0; i < 3; ++i) await page.keyboard.press('ArrowRight');
  assert.ok(await page.getByRole('radio', { name: '4 stars' }).isChecked());
  await page.keyboard.press('Enter');
  assert.equal(await page.getByRole('status').textContent(), 'Thank you.');
  const [rated] = await until('it is sent', () => panel.named('rating').length && panel.named('rating'));
  assert.deepEqual(rated.p, { activity: 'project_created', stars: '4' });
  assert.deepEqual(await page.context().cookies(), []);
  assert.deepEqual(page.complaints, []);

  await t.test('the same visitor is not asked again, and may be about something else', async () => {
    await page.reload();
    await page.waitForFunction(() => customElements.get('candor-rating'));
    assert.equal(await page.getByRole('radio').count(), 0);
    await page.evaluate(() => document.querySelector('candor-rating').setAttribute('activity', 'user_invited'));
    assert.equal(await page.getByRole('radio').count(), 5);
    await page.getByRole('radio', { name: '1 star', exact: true }).focus();
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('radio').count(), 0);
    await page.reload();
    assert.equal(await page.getByRole('radio').count(), 0);
    assert.equal(panel.named('rating').length, 1);
  });

  await t.test('the results stand there by activity', async () => {
    for (const stars of [2, '5', 4])
      await send(collector, { ...kEvent, n: 'rating', p: { activity: 'project_created', stars } });
    await send(collector, { ...kEvent, n: 'rating', p: { activity: 'user_invited', stars: 1 } });
    await send(collector, { ...kEvent, n: 'rating', p: { activity: 'user_invited', stars: 6 } });
    await collector.loaded('mesh', 6);
    const { ratings } = await collector.json('/api/v1/products/mesh/ratings');
    const day = new Date().toISOString().slice(0, 10);
    assert.deepEqual(ratings, [
      {
        activity: 'project_created', count: 4, mean: 3.75,
        distribution: { 1: 0, 2: 1, 3: 0, 4: 2, 5: 1 }, trend: [{ day, count: 4, mean: 3.75 }],
      },
      {
        activity: 'user_invited', count: 1, mean: 1,
        distribution: { 1: 1, 2: 0, 3: 0, 4: 0, 5: 0 }, trend: [{ day, count: 1, mean: 1 }],
      },
    ]);
    assert.equal((await collector.accounting('mesh')).partly_quarantined, 1);
  });
  for (const known of [kVisitorAddress, 'CanaryBrowser'])
    assert.ok(!bytesBelow(collector.folder).includes(known) && !collector.server.err.includes(known), known);
  assert.ok(kUserAgent.includes('CanaryBrowser'));
});
