// Support finds the installations of a customer by the customer's key; nobody else sees it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { openPage, startBrowser } from './lib/browser.mjs';
import { segmentNode } from './lib/clients.mjs';
import { contractsOf, nativeReport, post, postReport } from './lib/documents.mjs';
import { sha256 } from './lib/receipt.mjs';
import { openSignedIn, startWithUser, strangersStatus } from './lib/users.mjs';

const kKey = 'kestrel-customer 4711';
const kOther = 'kestrel-other-customer';

// A public product with such a field: what is public must not show it.
const kPublic = `candor = 1
[product]
name = "acme"
about = "What is used."
contact = "c@example.com"
visibility = "public"
accepts = ["native", "plausible"]
[[channel]]
name = "usage"
about = "Usage."
owner = "o"
fields = [
  { path = "customer", type = "string", purpose = "support", lookup = true, about = "The customer's key." },
  { path = "users", type = "integer", about = "Users." },
]
[[insight]]
name = "users"
about = "Users of all installations."
path = "users"
`;

/** The files below a folder that have the text. */
const filesWith = (text, folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => existsSync(file) && readFileSync(file).includes(text));

const mesos = (customerKey, environmentVersion, more = {}) => ({
  mesos: {
    event: 'mesos_track',
    properties: { customerKey, environmentVersion, agents_active: 2, variant: 'enterprise', ...more },
  },
});

test('support looks installations up', { timeout: 300_000 }, async (t) => {
  const bench = new Bench(t);
  const { collector } = await startWithUser(bench, {
    products: [{ name: 'dcos', write_keys: ['key-of-dcos'] }, 'acme'],
    lines: ['contracts = "."'],
    prepare: (folder) => {
      copyFileSync('contracts/dcos.toml', path.join(folder, 'dcos.toml'));
      writeFileSync(path.join(folder, 'acme.toml'), kPublic);
    },
  });
  const hashes = await contractsOf(collector);
  const look = (product, query) =>
    collector.json(`/api/v1/products/${product}/installations?${new URLSearchParams(query)}`);
  const one = randomUUID();
  const secret = 'ab'.repeat(32);
  const tracked = randomUUID();

  const report = async (product, installation, fields, header = {}) => {
    const body = nativeReport(product, hashes[product], {
      header: { installation, deletion: sha256(secret), ...header },
      fields,
    });
    assert.equal((await postReport(collector, body)).status, 200);
  };

  await t.test('reports and tracks of a customer are found by the key', async () => {
    const yesterday = new Date(Date.now() - 86_400_000).toISOString();
    await report('dcos', one, mesos(kKey, '1.12.0'), { sealed_at: yesterday });
    await report('dcos', one, mesos(kKey, '1.13.4', { agents_active: 3 }));
    await report('dcos', randomUUID(), mesos(kOther, '1.13.4'));
    await report('dcos', randomUUID(), mesos('', '1.13.4'));
    const failures = await segmentNode(collector.url, 'key-of-dcos', (analytics) => {
      for (const agents_active of [5, 6]) {
        analytics.track({
          anonymousId: tracked,
          event: 'mesos_track',
          properties: { clusterId: tracked, customerKey: kKey, environmentVersion: '1.11', agents_active },
        });
      }
    });
    assert.deepEqual(failures, []);
    await collector.loaded('dcos', 6);
    const answer = await look('dcos', { customer_key: kKey });
    assert.equal(answer.lookup, true);
    assert.deepEqual(
      answer.installations.map(({ installation }) => installation).toSorted(),
      [one, tracked].toSorted(),
    );
    const found = answer.installations.find(({ installation }) => installation === one);
    assert.equal(found.version, '1.13.4');
    assert.equal(found.first_seen, yesterday);
    assert.ok(found.last_seen > yesterday);
    assert.deepEqual(found.newest.map(({ kind }) => kind), ['report']);
    assert.deepEqual(found.newest[0].document, mesos(kKey, '1.13.4', { agents_active: 3 }));
    const [track] = answer.installations.find(({ installation }) => installation === tracked).newest;
    assert.deepEqual([track.kind, track.event], ['event', 'mesos_track']);
    assert.equal(track.document.properties.customerKey, kKey);
  });

  await t.test('by its identity, too; a part of a key finds nothing', async () => {
    const { installations } = await look('dcos', { installation: one });
    assert.deepEqual(installations.map(({ version }) => version), ['1.13.4']);
    for (const query of [{ customer_key: 'kestrel' }, { customer_key: kKey.toUpperCase() }, { customer_key: "' OR 1=1 --" }, { installation: randomUUID() }])
      assert.deepEqual((await look('dcos', query)).installations, []);
    for (const query of ['', '?customer_key=', `?customer_key=a&installation=${one}`, `?customer_key=${'a'.repeat(1025)}`]) {
      const response = await fetch(`${collector.url}/api/v1/products/dcos/installations${query}`, { headers: collector.headers });
      assert.equal(response.status, 400, query);
    }
  });

  await t.test('a stranger sees it nowhere, of a public product neither', async () => {
    await report('acme', randomUUID(), { customer: kKey, users: 7 });
    await collector.loaded('acme', 1);
    assert.equal((await look('acme', { customer_key: kKey })).installations.length, 1);
    const query = new URLSearchParams({ customer_key: kKey });
    for (const product of ['acme', 'dcos']) {
      for (const address of [`/p/${product}/lookup`, `/p/${product}/crashes`, `/api/v1/products/${product}/installations?${query}`])
        assert.equal(await strangersStatus(collector, address), 401, address);
    }
    const shown = [];
    for (const what of ['overview', 'trend', 'trend?insight=users', 'popular', 'events', 'web', 'ratings', 'metrics', 'accounting', 'tail', 'quarantine', 'crashes'])
      shown.push(`/api/v1/products/acme/${what}`, `/api/v1/products/dcos/${what}`);
    for (const page of ['', '/usage', '/web', '/quarantine']) shown.push(`/p/acme${page}`, `/p/dcos${page}`);
    shown.push('/', '/api/v1/products', '/actuator/health', '/version', '/metrics', '/v1/key');
    let answered = 0;
    for (const address of shown) {
      const response = await fetch(collector.url + address);
      answered += response.status === 200;
      assert.ok(!(await response.text()).includes('kestrel'), address);
    }
    assert.ok(answered > 12, 'most of the public ones answer');
    assert.ok(!collector.server.err.includes('kestrel'), 'nor does the log');
  });

  await t.test('the page finds it, and keeps it out of its address', async () => {
    const browser = await startBrowser(bench);
    for (const options of [{}, { viewport: { width: 390, height: 844 } }, { colorScheme: 'dark' }]) {
      const page = await openPage(browser, options);
      await openSignedIn(page, `${collector.url}/p/dcos/lookup`);
      await page.getByLabel('Customer key').fill(kKey);
      await page.keyboard.press('Enter');
      await page.locator('article.found').nth(1).waitFor();
      const text = await page.locator('.content').innerText();
      assert.ok(text.includes(one) && text.includes(tracked) && text.includes('1.13.4'), text);
      await page.getByText('Newest report').click();
      await page.getByText('"agents_active": 3').waitFor();
      if (process.env.CANDOR_SHOTS) await page.screenshot({ path: `${process.env.CANDOR_SHOTS}/lookup-${JSON.stringify(options).length}.png`, fullPage: true });
      assert.ok(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)), 'wider than the window');
      assert.ok(!page.url().includes('kestrel'));
      await page.getByLabel('Customer key').fill('nobody');
      await page.getByRole('button', { name: 'Look up' }).click();
      await page.getByText('No installation found').waitFor();
      await page.getByLabel('Customer key').fill(one);
      await page.keyboard.press('Enter');
      await page.locator('article.found').waitFor();
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }
  });

  await t.test('the page shows what was asked for last, however late another answer is', async () => {
    const page = await openPage(await startBrowser(bench));
    const late = Promise.withResolvers();
    const asked = Promise.withResolvers();
    const told = Promise.withResolvers();
    await page.route('**/installations?customer_key=late', async (route) => {
      asked.resolve();
      await late.promise;
      // The page may have given it up by now.
      await route.fulfill({ json: { installations: [] } }).catch(() => undefined);
      told.resolve();
    });
    await openSignedIn(page, `${collector.url}/p/dcos/lookup`);
    await page.getByLabel('Customer key').fill('late');
    await page.keyboard.press('Enter');
    await asked.promise;
    await page.getByLabel('Customer key').fill(kKey);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `${kKey}: 2 installations` }).waitFor();
    late.resolve();
    await told.promise;
    await page.evaluate(() => fetch('/version').then((response) => response.text()));
    assert.match(await page.locator('.answer').innerText(), new RegExp(`^${kKey}: 2 installations`));
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  await t.test('it is gone with the installation that is forgotten', async () => {
    const gone = randomUUID();
    const key = 'sparrow-customer-forgotten';
    await report('dcos', gone, mesos(key, '1.13.4'));
    await collector.loaded('dcos', 7);
    assert.equal((await look('dcos', { customer_key: key })).installations.length, 1);
    assert.ok(filesWith(key, collector.data).length > 0, 'the search finds');
    const body = JSON.stringify({ format: 1, product: 'dcos', installation: gone, secret });
    await until('it is forgotten', async () => (await post(`${collector.url}/v1/forget`, body)).status === 200, {
      within: 150_000,
      every: 500,
    });
    assert.deepEqual((await look('dcos', { customer_key: key })).installations, []);
    assert.deepEqual((await look('dcos', { installation: gone })).installations, []);
    assert.deepEqual(filesWith(key, collector.data), []);
    assert.equal((await look('dcos', { customer_key: kKey })).installations.length, 2);
  });
});
