// Our own script and the star rating, in a real browser.
import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { bytesBelow } from './lib/files.mjs';
import { kUserAgent, kVisitorAddress } from './lib/panel.mjs';
import { kEvent, kSite, panelOf, send } from './lib/plausible.mjs';

const kScriptBytes = 1500;

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
