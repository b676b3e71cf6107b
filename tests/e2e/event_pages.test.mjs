// The pages of usage, web, metrics and quarantine, as their readers see them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { openPage, startBrowser } from './lib/browser.mjs';
import { startCollector } from './lib/collector.mjs';
import { contractsOf } from './lib/documents.mjs';
import { kJson, send } from './lib/samples.mjs';

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
  const { mesh: contract } = await contractsOf(collector);
  const candor = { format: 1, kind: 'events', product: 'mesh', contract, channels: ['usage'], agent: 'test' };
  const events = [{ id: '1', name: 'project_created', source: 'builds', automation: true, document: {} }];
  const told = await fetch(`${collector.url}/v1/events`, { method: 'POST', body: JSON.stringify({ candor, events }) });
  assert.equal(told.status, 200);
  const timeUnixNano = (ago) => `${Date.now() - ago * 1000}000000`;
  const sum = (...points) => ({
    isMonotonic: true,
    aggregationTemporality: 2,
    dataPoints: points.map(([asInt, ago]) => ({ asInt, timeUnixNano: timeUnixNano(ago), attributes: [{ key: 'colour', value: { stringValue: 'canary4711' } }] })),
  });
  const gauge = (asDouble) => ({ dataPoints: [{ asDouble, timeUnixNano: timeUnixNano(0) }] });
  const metrics = [
    { name: 'http_requests_total', sum: sum([100, 60], [220, 0]) },
    { name: 'node_memory_MemTotal_bytes', gauge: gauge(16 * 2 ** 30) },
    { name: 'undeclared_metric', gauge: gauge(1) },
  ];
  const resource = { attributes: [{ key: 'cluster', value: { stringValue: 'c-1' } }] };
  const samples = JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
  assert.equal((await send(`${collector.url}/v1/metrics`, samples, kJson)).status, 200);
  await collector.loaded('mesh', 12);
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
    assert.match(rows.join('\n'), /project_created\s+1\s+1\s+\d+\s+1/);
    assert.ok(await usage.getByText('What 1 installation did in continuous integration is counted apart').isVisible());
    assert.ok(await usage.locator('input[value="7"]').isChecked());

    const web = await shown('/web', options);
    assert.match(await web.locator('.tiles').innerText(), /Page views\s+3/);
    assert.match(await web.locator('.content').innerText(), /\/projects\s+2\s+1/);
    assert.match(await web.locator('.content').innerText(), /project_created[^]*4\.0 of 5, 1 rating/);

    const measured = await shown('/metrics?days=7', options);
    const metric = measured.locator('details.metric', { hasText: 'http_requests_total' });
    assert.match(await metric.locator('summary').innerText(), /http_requests_total\s*2 a second\s*2 samples/);
    assert.match(await measured.locator('.content').innerText(), /node_memory_MemTotal_bytes\s*16 GiB\s*1 sample/);
    await metric.locator('summary').first().click();
    await metric.locator('.uplot').waitFor();
    assert.match(await metric.innerText(), /series\s*1\s*installation\s*1/);
    assert.ok(!(await measured.locator('.content').innerText()).includes('undeclared'));

    const held = await shown('/quarantine', options);
    const undeclared = await held.locator('table.undeclared').innerText();
    assert.match(undeclared, /undeclared_metric\s+is not declared\s+1/);
    assert.match(undeclared, /http_requests_total\{colour\}\s+is not declared\s+2/);
    assert.ok(!(await held.content()).includes('canary4711'));
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
