// The pages of usage, web and quarantine, as their readers see them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { openPage, startBrowser } from './lib/browser.mjs';
import { startCollector } from './lib/collector.mjs';

async function event(collector, name, props, u = 'https://panel.example/projects') {
  const response = await fetch(`${collector.url}/api/event`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'user-agent': 'Firefox' },
    body: JSON.stringify({ n: name, u, d: 'panel.example', p: props }),
  });
  assert.equal(response.status, 202);
}

test('the pages of a product that sends events', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['mesh'] });
  for (const u of ['/projects', '/projects', '/users']) await event(collector, 'pageview', undefined, `https://panel.example${u}`);
  await event(collector, 'project_created', {});
  await event(collector, 'rating', { activity: 'project_created', stars: 4 });
  await event(collector, 'rating', { activity: 'project_created', stars: 9 });
  await event(collector, 'never <b>declared</b>', { secret: 'canary4711' });
  await collector.loaded('mesh', 7);
  const browser = await startBrowser(bench);

  const shown = async (where, options) => {
    const page = await openPage(browser, options);
    await page.goto(`${collector.url}/p/mesh${where}`);
    await page.waitForFunction(() => document.querySelector('.content h2'));
    const scrolls = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.ok(!scrolls, `${where} is wider than the window`);
    assert.deepEqual(page.complaints, []);
    return page;
  };
  for (const options of [{}, { viewport: { width: 390, height: 844 } }, { colorScheme: 'dark' }]) {
    const usage = await shown('/usage?days=7', options);
    const rows = await usage.locator('table.bars tbody tr').allInnerTexts();
    assert.match(rows[0], /pageview\s+3/);
    assert.match(rows.join('\n'), /project_created\s+1\s+1/);
    assert.ok(await usage.locator('input[value="7"]').isChecked());

    const web = await shown('/web', options);
    assert.match(await web.locator('.tiles').innerText(), /Page views\s+3/);
    assert.match(await web.locator('.content').innerText(), /\/projects\s+2\s+1/);
    assert.match(await web.locator('.content').innerText(), /project_created[^]*4\.0 of 5, 1 rating/);

    const held = await shown('/quarantine', options);
    assert.match(await held.locator('.content').innerText(), /never <b>declared<\/b> is not declared/);
    await held.locator('summary', { hasText: 'stars' }).click();
    await held.locator('td', { hasText: '9' }).waitFor();
  }

  await t.test('tabs lead from one to the other', async () => {
    const page = await shown('/usage');
    await page.getByRole('link', { name: 'Web' }).click();
    await page.waitForURL('**/p/mesh/web');
    assert.equal(await page.locator('[aria-current=page]').innerText(), 'Web');
    assert.equal((await fetch(`${collector.url}/p/mesh/nothing`)).status, 404);
  });
});
