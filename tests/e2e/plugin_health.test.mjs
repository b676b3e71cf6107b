// A plugin that breaks: verdict, badge and bundle say so, to everybody the same.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { openPage, startBrowser } from './lib/browser.mjs';
import { startCollector } from './lib/collector.mjs';
import { contractsOf, nativeReport, postReport } from './lib/documents.mjs';
import { Played } from './lib/played.mjs';
import { runOf, sendRuns } from './lib/plugin_runs.mjs';
import { sha256 } from './lib/receipt.mjs';
import { startWithUser } from './lib/users.mjs';

const kInstallations = 40;
const kDayMs = 86_400_000;
const kApi = '/api/v1/products/meltano';

class PlayedProject extends Played {
  report() {
    const header = { installation: this.installation, deletion: sha256(this.secret) };
    return nativeReport('meltano', this.contract, { header, fields: { version: '3.5.0' } });
  }

  forget(collector) {
    return super.forget(collector, { product: 'meltano' });
  }
}

/** The bundle as a client reads it: only what the collector's receipt key signed. */
async function bundleOf(collector) {
  const response = await fetch(`${collector.url}${kApi}/insights.json`);
  assert.equal(response.status, 200);
  const text = await response.text();
  const { insights, signature } = JSON.parse(text);
  const { key } = await collector.json('/v1/key');
  assert.equal(Buffer.from(signature.key, 'hex').toString('base64'), key);
  const x = Buffer.from(key, 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signed = Buffer.from(`candor insights 1\n${JSON.stringify(insights)}`);
  assert.ok(verify(null, signed, publicKey, Buffer.from(signature.ed25519, 'hex')), 'the signature is false');
  return { insights, text, etag: response.headers.get('etag'), cache: response.headers.get('cache-control') };
}

test('a plugin version that fails for nearly all', { timeout: 300_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['meltano'], lines: ['insights_every = 1'] });
  const contract = (await contractsOf(collector)).meltano;
  const projects = Array.from({ length: kInstallations }, () => new PlayedProject(contract));
  const one = (name) => collector.json(`${kApi}/plugins/${encodeURIComponent(name)}`);
  const badge = async (query = '') => (await fetch(`${collector.url}${kApi}/plugins/tap-x/badge.svg${query}`)).text();
  const within = (what, condition) => until(what, condition, { within: 60_000 });

  await t.test('before anything runs, nothing is said of it', async () => {
    await within('the first look', async () => (await collector.json(`${kApi}/plugins`)).made !== null);
    assert.deepEqual((await collector.json(`${kApi}/plugins`)).plugins, []);
    assert.equal((await fetch(`${collector.url}${kApi}/plugins/tap-x`)).status, 404);
    assert.match(await badge(), /<title>tap-x: unknown<\/title>/);
    assert.deepEqual((await bundleOf(collector)).insights.plugins, []);
  });

  const fine = projects.flatMap(({ installation: source }) => [
    ...runOf({ source, version: '1.2.2', state: 'completed', ago: 2 * kDayMs }),
    ...runOf({ source, version: '1.2.2', state: 'completed', ago: kDayMs / 2 }),
  ]);
  await t.test('as long as it works it is healthy', async () => {
    const [first] = projects;
    assert.equal((await postReport(collector, first.report())).status, 200);
    await sendRuns(collector, [
      ...fine,
      ...runOf({ source: 'a-ci', version: '1.2.2', state: 'failed', automation: true }),
    ]);
    const health = await within('the verdict', async () => {
      const response = await fetch(`${collector.url}${kApi}/plugins/tap-x`);
      return response.status === 200 && response.json();
    });
    const { plugin } = health;
    assert.equal(plugin.verdict, 'healthy', plugin.rule);
    assert.equal(plugin.version, '1.2.2');
    assert.equal(plugin.installations, kInstallations);
    assert.equal(plugin.engaged, kInstallations);
    assert.equal(plugin.failed, 0, 'automation is no part of it');
    assert.equal(plugin.automation.failed, 1);
    assert.equal(plugin.automation.installations, 1);
    assert.equal(plugin.median_ms, 1200);
    assert.match(await badge(), /<title>tap-x 1\.2\.2: healthy<\/title>/);
  });

  const before = await bundleOf(collector);
  await t.test('when it breaks, verdict, badge and bundle flip', async () => {
    const broken = projects.flatMap(({ installation: source }, i) => {
      const state = i < 2 ? 'completed' : i < 30 ? 'failed' : 'lost';
      return runOf({ source, version: '1.2.3', state, ms: 300 });
    });
    await sendRuns(collector, broken);
    const { plugin, versions } = await within('the verdict flips', async () => {
      const health = await one('tap-x');
      return health.plugin.verdict === 'failing' && health;
    });
    assert.equal(plugin.version, '1.2.3');
    assert.equal(plugin.better, '1.2.2');
    const metrics = await (await fetch(`${collector.url}/metrics`)).text();
    assert.match(metrics, /^candor_plugin_failing\{product="meltano",event="plugin",plugin="tap-x",version="1\.2\.3"\} 1$/m);
    assert.match(plugin.rule, /^38 of 40 installations had more failed and lost runs/);
    assert.deepEqual(versions.map(({ version, verdict }) => [version, verdict]), [
      ['1.2.3', 'failing'],
      ['1.2.2', 'healthy'],
    ]);
    assert.deepEqual([versions[0].completed, versions[0].failed, versions[0].lost], [2, 28, 10]);
    assert.equal(versions[0].trend.installations.at(-1), kInstallations);
    const svg = await badge();
    assert.match(svg, /<title>tap-x 1\.2\.3: failing<\/title>/);
    assert.match(svg, /#b3261e/);
    assert.match(await badge('?version=1.2.2'), /1\.2\.2: healthy/);
    assert.match(await badge('?version=9'), /tap-x 9: unknown/);
  });

  await t.test('the bundle is signed, and the same for everybody', async () => {
    const { insights, text, etag, cache } = await bundleOf(collector);
    assert.notEqual(text, before.text);
    assert.equal(cache, 'public, max-age=300');
    assert.equal(insights.candor_insights, 1);
    assert.equal(insights.product, 'meltano');
    assert.deepEqual(
      insights.plugins.map(({ event, name, version, verdict, better }) => [event, name, version, verdict, better]),
      [
        ['plugin', 'tap-x', '1.2.2', 'healthy', '1.2.2'],
        ['plugin', 'tap-x', '1.2.3', 'failing', '1.2.2'],
      ],
    );
    assert.equal(insights.plugins[1].installations, kInstallations);
    assert.equal(insights.plugins[1].success, 0.05);
    assert.equal(insights.plugins[1].lost, 10);
    assert.ok(!text.includes(projects[0].installation));
    const again = await fetch(`${collector.url}${kApi}/insights.json`, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    assert.equal((await bundleOf(collector)).text, text, 'with nothing new it stays as it is');
  });

  await t.test('a lost run that ended after all is what it ended as', async () => {
    const [began, ended] = runOf({ source: projects[0].installation, name: 'late', version: '1', state: 'completed' });
    const lost = { ...ended, id: `${began.id}-lost`, document: { ...began.document, state: 'lost' } };
    await sendRuns(collector, [began, lost]);
    const counts = (what) =>
      within(what, async () => {
        const response = await fetch(`${collector.url}${kApi}/plugins/late`);
        const { plugin } = await response.json();
        return plugin?.[what] === 1 && plugin;
      });
    await counts('lost');
    await sendRuns(collector, [ended]);
    const { lost: still, ended: all } = await counts('completed');
    assert.deepEqual([still, all], [0, 1]);
  });

  await t.test('the pages say the same', async () => {
    const browser = await startBrowser(bench);
    const shown = async (where, options) => {
      const page = await openPage(browser, options);
      await page.goto(`${collector.url}/p/meltano/${where}`);
      await page.waitForFunction(() => document.querySelector('.content h2'));
      const scrolls = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.ok(!scrolls, `${where} is wider than the window`);
      assert.deepEqual(page.complaints, []);
      return page;
    };
    const looks = [{}, { viewport: { width: 390, height: 844 } }, { colorScheme: 'dark' }];
    for (const [i, options] of looks.entries()) {
      const list = await shown('plugins', options);
      assert.match(await list.locator('tr', { hasText: 'tap-x' }).innerText(), /failing\s+1\.2\.3/);
      await list.getByRole('searchbox').fill('no such');
      assert.equal(await list.locator('tbody tr:visible').count(), 0);
      await list.getByRole('searchbox').fill('tap');
      if (process.env.SHOTS) await list.screenshot({ path: `${process.env.SHOTS}/list${i}.png`, fullPage: true });
      await list.getByRole('link', { name: 'tap-x' }).click();
      await list.waitForFunction(() => document.querySelector('.content .verdict'));
      await list.locator('.uplot').first().waitFor();
      assert.match(await list.locator('.content').innerText(), /38 of 40 installations/);
      if (process.env.SHOTS) await list.screenshot({ path: `${process.env.SHOTS}/one${i}.png`, fullPage: true });
      const direct = await shown('plugins?plugin=tap-x&event=plugin', options);
      assert.match(await direct.locator('.content').innerText(), /1\.2\.2[^]*healthy/);
      const usage = await shown('usage?days=7', options);
      assert.match(await usage.locator('.content').innerText(), /tap-x[^]*120\s+120\s+82/);
      if (process.env.SHOTS) await usage.screenshot({ path: `${process.env.SHOTS}/usage${i}.png`, fullPage: true });
    }
  });

  await t.test('who is forgotten is counted no more', async () => {
    const [first] = projects;
    await first.forgotten(collector);
    await within('one less', async () => (await one('tap-x')).plugin.installations === kInstallations - 1);
    assert.ok(!(await collector.everything()).includes(first.installation));
  });
});

test('of a private product bundle and badge need no sign-in, and all else does', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const { collector } = await startWithUser(bench, { products: ['meltano'], lines: ['insights_every = 1'] });
  await until('the first look', async () => (await fetch(`${collector.url}${kApi}/insights.json`)).status === 200);
  assert.equal((await fetch(`${collector.url}${kApi}/plugins/tap-x/badge.svg`)).status, 200);
  for (const what of ['plugins', 'plugins/tap-x', 'overview'])
    assert.equal((await fetch(`${collector.url}${kApi}/${what}`)).status, 401, what);
  assert.equal((await fetch(`${collector.url}/p/meltano/plugins`)).status, 401);
});
