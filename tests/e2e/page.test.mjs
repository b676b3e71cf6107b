// The dashboard in a real browser, over a real collector that has one real installation of the public
// product, a simulated fleet beside it, and one machine of a private product.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { openDashboard, openPage, settled, startBrowser } from './lib/browser.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { Candor, kCandor, run } from './lib/program.mjs';

const kFleet = 60;
const kDays = 10;
const kPageBytes = 200_000;

/** Pictures are kept when SCREENSHOTS names a folder, for people to look at. */
const picture = async (page, name) => {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
};

/** One report of a real installation, in the native format: a simulated one with its header changed. */
async function sendRealReport(collector) {
  const made = await run(kCandor, [
    'simulate',
    '--product',
    'stone',
    '--installations',
    '1',
    '--days',
    '1',
    '--seed',
    '11',
    '--print',
  ]);
  const report = JSON.parse(made.out);
  report.candor.simulated = false;
  report.candor.installation = '11111111-2222-4333-8444-555555555555';
  const response = await fetch(`${collector.url}/v1/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(report, null, 2),
  });
  assert.equal(response.status, 200, await response.text());
  return report;
}

test('the dashboard', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const [collector, browser] = await Promise.all([
    startCollector(bench, { products: ['stone', 'mesh'] }),
    startBrowser(bench),
  ]);
  const fleet = await run(kCandor, [
    'simulate',
    '--product',
    'stone',
    '--installations',
    String(kFleet),
    '--days',
    String(kDays),
    '--seed',
    '7',
    '--to',
    collector.url,
    '--json',
  ]);
  assert.equal(fleet.code, 0, fleet.err);
  const sent = JSON.parse(fleet.out);
  const real = await sendRealReport(collector);
  const machine = new Candor(bench.folder('agent'));
  await machine.configure({ product: 'mesh', endpoint: collector.url });
  await machine.ok('on');
  await machine.ok('send');
  assertAddsUp(await collector.loaded('stone', sent.reports + 1));
  await collector.loaded('mesh', 1);
  const apart = await collector.overview('stone');
  const mixed = await collector.overview('stone', '?simulated=include');

  const tile = (page, title) =>
    page.locator('.tile', { has: page.getByRole('heading', { name: title, exact: true }) });
  const assertFigures = async (page, overview) => {
    const exact = async (title) =>
      Number((await tile(page, title).locator('.value').getAttribute('title')).replace(/\D/g, ''));
    assert.equal(await exact('Installations reporting'), overview.installations);
    for (const { title, value } of overview.figures) assert.equal(await exact(title), value, title);
    const rows = await page
      .locator('table.bars')
      .first()
      .locator('tbody tr')
      .evaluateAll((all) =>
        all.map((row) => [
          row.querySelector('th').textContent,
          Number(row.lastElementChild.textContent.replace(/\D/g, '')),
        ]),
      );
    assert.deepEqual(
      rows,
      overview.versions
        .slice(0, rows.length)
        .map(({ version, installations }) => [version, installations]),
    );
  };

  await t.test('real and simulated installations are counted apart', () => {
    assert.equal(sent.accepted, sent.reports);
    assert.equal(apart.installations, 1);
    assert.equal(apart.insights.capacity_bytes, real.usage.total_bytes);
    assert.ok(
      mixed.installations > 1 && mixed.installations <= kFleet + 1,
      `${mixed.installations}`,
    );
    assert.ok(mixed.insights.capacity_bytes > apart.insights.capacity_bytes);
  });

  await t.test(
    "the front page is the only public product's dashboard, and its figures are the JSON's",
    async () => {
      const page = await openPage(browser);
      await openDashboard(page, collector.url);
      assert.equal(await page.locator('h1').textContent(), 'Stone clusters');
      await assertFigures(page, apart);
      assert.equal(await page.locator('.banner').isVisible(), false);
      await picture(page, 'desktop-real');

      await page.getByRole('switch', { name: /simulated/i }).check();
      await page.waitForURL(/[?&]simulated=include/);
      await settled(page);
      await assertFigures(page, mixed);
      assert.equal(
        await page.locator('.banner').isVisible(),
        true,
        'the page says that made-up figures are in it',
      );
      assert.match(await page.title(), /simulated/);
      await picture(page, 'desktop-simulated');

      await page.getByRole('switch', { name: /simulated/i }).uncheck();
      await page.waitForURL((url) => !url.search.includes('simulated'));
      await settled(page);
      await assertFigures(page, apart);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    },
  );

  await t.test('each figure and the versions say what they count', async () => {
    const page = await openPage(browser);
    await openDashboard(page, `${collector.url}/p/stone?simulated=include`);
    for (const { title, about } of mixed.figures) {
      await tile(page, title).getByText('What it counts').click();
      assert.ok(await tile(page, title).getByText(about).isVisible(), title);
    }
    await page.getByText('How versions are counted').click();
    assert.ok(await page.getByText(mixed.version_about).isVisible());
    const links = await page
      .locator('a[href^="/api/"]')
      .evaluateAll((all) => all.map((link) => link.href));
    assert.ok(links.length > 0);
    for (const link of links) assert.equal((await fetch(link)).status, 200, link);
    await page.context().close();
  });

  await t.test(
    'nobody else is asked for anything, under a strict policy and within 200 kB',
    async () => {
      const page = await openPage(browser);
      const session = await page.context().newCDPSession(page);
      await session.send('Network.enable');
      let bytes = 0;
      session.on(
        'Network.loadingFinished',
        ({ encodedDataLength }) => (bytes += encodedDataLength),
      );
      const main = await page.goto(`${collector.url}/?simulated=include`);
      await settled(page);
      await page.waitForLoadState('networkidle');
      const policy = main.headers()['content-security-policy'];
      assert.match(policy, /default-src 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*|https?:/);
      const origins = new Set(
        page.requests.filter((url) => !url.startsWith('data:')).map((url) => new URL(url).origin),
      );
      assert.deepEqual([...origins], [collector.url]);
      assert.deepEqual(page.complaints, []);
      assert.deepEqual(await page.context().cookies(), []);
      assert.ok(bytes > 1000 && bytes < kPageBytes, `${bytes} bytes`);
      t.diagnostic(
        `the page and its figures: ${bytes} bytes on the wire, ${page.requests.length} requests`,
      );
      await page.context().close();
    },
  );

  await t.test('everything can be reached and changed by keyboard', async () => {
    const page = await openPage(browser);
    await openDashboard(page, collector.url);
    const seen = [];
    for (let i = 0; i < 80; ++i) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate(() => {
        const at = document.activeElement;
        if (at === document.body) return null;
        // A ring is drawn around the element itself, or around what stands for a hidden input.
        const ringed = [at, at.nextElementSibling, at.parentElement].some((one) => {
          const style = one && getComputedStyle(one);
          return (
            style &&
            ((style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) ||
              style.boxShadow !== 'none')
          );
        });
        return {
          tag: at.tagName,
          role: at.getAttribute('role') ?? at.type ?? '',
          text: at.textContent.slice(0, 30),
          ringed,
        };
      });
      if (focus === null) break;
      assert.ok(focus.ringed, `the focus shows on ${JSON.stringify(focus)}`);
      seen.push(`${focus.tag} ${focus.role} ${focus.text}`);
      if (focus.role === 'switch') {
        await page.keyboard.press('Space');
        await page.waitForURL(/simulated=include/);
        await settled(page);
      }
    }
    const all = seen.join('\n');
    assert.match(seen[0], /^A .*Skip to the figures/);
    for (const wanted of [
      /INPUT radio/,
      /INPUT switch/,
      /SUMMARY .*What it counts/,
      /SUMMARY .*Show as table/,
      /SUMMARY .*How versions/,
      /^A .*overview/m,
    ]) {
      assert.match(all, wanted);
    }
    const radio = page.getByRole('radio', { name: '30 days' });
    await radio.focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/days=90/);
    await settled(page);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  for (const [name, options] of [
    ['phone', { viewport: { width: 360, height: 740 } }],
    ['phone-dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
    ['desktop-dark', { colorScheme: 'dark' }],
  ]) {
    await t.test(`${name}: no sideways scroll, readable`, async () => {
      const page = await openPage(browser, options);
      await openDashboard(page, `${collector.url}/?simulated=include`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} px too wide`);
      const [text, ground] = await page.evaluate(() => {
        const light = (colour) =>
          colour
            .match(/[\d.]+/g)
            .slice(0, 3)
            .map(Number)
            .reduce((a, b) => a + b) / 3;
        const style = getComputedStyle(document.body);
        const probe = document
          .createElement('canvas')
          .getContext('2d', { willReadFrequently: true });
        const rgb = (css) => {
          probe.fillStyle = css;
          probe.fillRect(0, 0, 1, 1);
          return probe.getImageData(0, 0, 1, 1).data.join(' ');
        };
        return [light(rgb(style.color)), light(rgb(style.backgroundColor))];
      });
      const dark = options.colorScheme === 'dark';
      assert.ok(dark ? text - ground > 100 : ground - text > 100, `text ${text} on ${ground}`);
      await picture(page, name);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }

  await t.test("a private product is shown on the collector's own machine only", async () => {
    const page = await openPage(browser);
    await openDashboard(page, `${collector.url}/p/mesh`);
    assert.equal(await page.locator('h1').textContent(), 'mesh');
    await picture(page, 'private');
    await page.context().close();
    const forwarded = { headers: { 'X-Forwarded-For': '192.0.2.7' } };
    for (const address of [
      '/p/mesh',
      '/api/v1/products/mesh/overview',
      '/api/v1/products/mesh/accounting',
      '/api/v1/products/stone/tail',
      '/metrics',
    ]) {
      assert.equal((await fetch(collector.url + address)).status, 200, address);
      assert.equal((await fetch(collector.url + address, forwarded)).status, 403, address);
    }
    const names = async (options) =>
      (await (await fetch(`${collector.url}/api/v1/products`, options)).json()).products.map(
        ({ name }) => name,
      );
    assert.deepEqual((await names()).toSorted(), ['mesh', 'stone']);
    assert.deepEqual(await names(forwarded), ['stone']);
    assert.equal((await fetch(`${collector.url}/p/stone`, forwarded)).status, 200);
  });

  await t.test('an unknown product has a page that says so', async () => {
    assert.equal((await fetch(`${collector.url}/p/nothing`)).status, 404);
    assert.equal((await fetch(`${collector.url}/api/v1/products/nothing/overview`)).status, 404);
  });
});
