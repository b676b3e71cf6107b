// The pages of operations, over a real Prometheus and Alertmanager, a real agent with Sonar, and one that is not there.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { openPage, startBrowser } from './lib/browser.mjs';
import { ask, basic, hashed, startMonitored } from './lib/monitored.mjs';
import { kPassword as kSonarPassword, kUser as kSonarUser, startPanel } from './lib/oidc_panel.mjs';
import { Operations, operationsLines } from './lib/operations.mjs';
import { writePast } from './lib/past_metrics.mjs';
import { openSignedIn, startWithUser } from './lib/users.mjs';

const kPassword = 'a long enough kestrel password';
const kSonar = `[monitor]
web_config_file = "web.yml"
[monitor.sonar]
username = "${kSonarUser}"
password_file = "sonar.pw"
customer = "c"
project = "p"
scanInterval = 1
`;

test('operations, to look at', { timeout: 300_000 }, async (t) => {
  const bench = new Bench(t);
  const panel = await startPanel(bench);
  const agent = await startMonitored(bench, {
    toml: `${kSonar}targets = [{platformName = "eu1.aws", url = "${panel.url}/access"}]\n`,
    files: { 'sonar.pw': kSonarPassword, 'web.yml': `basic_auth_users: {operations: ${hashed('operations', kPassword)}}\n` },
  });
  const passwords = path.join(bench.folder('secrets'), 'eu1');
  writeFileSync(passwords, `${kPassword}\n`);
  const { collector, phoenix } = await startWithUser(bench, {
    products: ['stone'],
    lines: operationsLines({
      inboxes: [], smtp: 9,
      ops: [
        '[[ops.scrape]]', 'name = "eu1"', `url = "${agent.url}/metrics"`, 'username = "operations"', `password_file = "${passwords}"`,
        '[[ops.scrape]]', 'name = "us-2"', 'url = "http://127.0.0.1:1/metrics"',
        '[[ops.pushed]]', 'installation = "5f0c2b1e-8a54-4d0e-9f7d-0a6b3c1d2e4f"', 'name = "eu3"',
      ],
    }),
    prepare: (folder) => writePast(bench, folder, 'eu1'),
  }); // prettier-ignore
  const operations = new Operations(collector);
  await operations.ready('prometheus');
  await operations.ready('prometheus-alertmanager');
  const { url } = collector;
  const browser = await startBrowser(bench);
  const overview = () => collector.json('/api/v1/operations');
  const picture = async (page, name) => {
    if (process.env.CANDOR_SHOTS) await page.screenshot({ path: `${process.env.CANDOR_SHOTS}/${name}.png`, fullPage: true });
  };

  // A page that comes back is loaded again, as time does; documents are kept for 5 s.
  const shown = (page, locator) => until('it is shown', async () => {
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    return locator.isVisible();
  }, { within: 40_000 }); // prettier-ignore

  await t.test('an agent tells what Sonar found, to who may see its metrics', async () => {
    assert.equal((await ask(`${agent.url}/sonar`)).status, 401);
    assert.equal((await ask(`${agent.url}/sonar`, { headers: basic('operations', 'wrong') })).status, 401);
    const told = await until('Sonar has scanned', async () => {
      const { status, body } = await ask(`${agent.url}/sonar`, { headers: basic('operations', kPassword) });
      assert.equal(status, 200);
      const { format, targets } = JSON.parse(body);
      assert.equal(format, 1);
      return targets[0].scans[0]?.last && { body, target: targets[0] };
    }, { within: 30_000 }); // prettier-ignore
    assert.equal(told.target.target, 'eu1.aws');
    assert.equal(told.target.scans[0].last.outcome, 'success');
    assert.ok(!told.body.includes(kSonarPassword) && !('login_origin' in told.target));
  });

  await t.test('strangers see nothing, and learn nothing', async () => {
    for (const address of ['/api/v1/operations', '/api/v1/operations/eu1', '/api/v1/operations/nobody', '/operations', '/operations/eu1']) {
      assert.equal((await fetch(url + address)).status, 401, address);
      const led = await ask(url + address, { headers: { accept: 'text/html' } });
      assert.deepEqual([led.status, led.headers.location], [303, `/sign-in?back=${encodeURIComponent(address)}`]);
    }
    assert.equal((await (await fetch(`${url}/api/v1/session`)).json()).operations, false);
    assert.equal((await collector.json('/api/v1/session')).operations, true);
  });

  await t.test('the document says how each installation stands', async () => {
    const told = await until('everything was heard of', async () => {
      const now = await overview();
      const eu1 = now.installations.find(({ name }) => name === 'eu1');
      return now.troubles.length === 0 && eu1?.health === 'well' && now.sonar.length === 1 && now;
    }, { within: 60_000 }); // prettier-ignore
    assert.deepEqual(told.installations.map(({ name, health }) => [name, health]), [['us-2', 'down'], ['eu3', 'unknown'], ['eu1', 'well'], ['collector', 'well']]);
    assert.equal(told.sonar[0].target, 'eu1.aws');
    assert.equal(told.sonar[0].standing, 'up');
    const none = await fetch(`${url}/api/v1/operations/nobody`, { headers: collector.headers });
    assert.equal(none.status, 404);
    assert.match((await none.json()).error.message, /no installation of that name/);
    for (const name of ['"} or up{job="x', '../eu1', 'eu1/..', '%00', '\\'])
      assert.equal((await fetch(`${url}/api/v1/operations/${encodeURIComponent(name)}`, { headers: collector.headers })).status, 404, name);
    const range = await fetch(`${url}/api/v1/operations/eu1?range=1y`, { headers: collector.headers });
    assert.equal(range.status, 400);
    assert.equal((await fetch(`${url}/api/v1/operations`, { method: 'POST', headers: collector.headers })).status, 405);
  });

  await t.test('the metrics of an installation are those that Prometheus has', async () => {
    for (const [range, points] of [['24h', 289], ['15d', 241]]) {
      const began = performance.now();
      const { panels, step, start, sonar, troubles } = await collector.json(`/api/v1/operations/eu1?range=${range}`);
      t.diagnostic(`${range}: ${Math.round(performance.now() - began)} ms`);
      assert.deepEqual(troubles, []);
      assert.equal(sonar.source, 'agent');
      assert.equal(sonar.scans[0].last.steps.length, 3);
      const find = (id) => panels.find((one) => one.id === id);
      for (const id of ['cpu', 'memory', 'disk_space', 'disk_io', 'network', 'load', 'database_connections', 'queue_messages', 'balancer_requests', 'api_errors', 'sonar_duration'])
        assert.ok(find(id), `${range}: ${id}`);
      for (const { lines, id } of panels) for (const { values } of lines) assert.equal(values.length, points, id);
      const total = find('memory').lines.find(({ name }) => name === 'total').values;
      assert.ok(total.includes(8 * 2 ** 30), 'the past');
      assert.ok(start + step * (points - 1) <= Date.now() / 1000);
      const errors = find('api_errors').lines[0].values.filter((value) => value !== null);
      assert.ok(Math.max(...errors) > 0.5 && Math.max(...errors) < 1, `${Math.max(...errors)}`);
      assert.deepEqual(find('disk_space').lines.map(({ name }) => name).filter((name) => name.startsWith('/var')).slice(0, 1), ['/var/lib/mysql']);
    }
    const own = await collector.json('/api/v1/operations/collector');
    assert.equal(own.installation.health, 'well');
    assert.ok(own.panels.some(({ id }) => id === 'collector_journal'));
    const away = await collector.json(`/api/v1/operations/us-2`);
    assert.deepEqual([away.installation.health, away.sonar.source], ['down', 'prometheus']);
  });

  const failing = await openPage(browser);
  await t.test('the overview shows what is wrong first, and leads to one installation', async () => {
    await openSignedIn(failing, `${url}/operations`);
    await failing.getByRole('heading', { name: /Trouble in 1 of 4 installations/ }).waitFor();
    const rows = failing.locator('table.installations tbody tr');
    assert.match(await rows.nth(0).innerText(), /us-2\s+✖ down/);
    assert.match(await rows.nth(1).innerText(), /eu3\s+\? unknown/);
    assert.doesNotMatch(await rows.nth(1).innerText(), /not configured/);
    assert.match(await rows.nth(2).innerText(), /eu1\s+✔ well/);
    assert.equal(await failing.locator('.day-bar li').count(), 90);
    assert.equal(await failing.locator('#account a[aria-current]').innerText(), 'Operations');
    await picture(failing, 'operations');
    await rows.nth(2).getByRole('link').click();
    await failing.waitForURL(`${url}/operations/eu1`);
    await failing.locator('.chart canvas').first().waitFor();
    assert.equal(await failing.locator('h1').innerText(), 'eu1');
    for (const name of ['Processors', 'Memory', 'Disk space used', 'Network traffic', 'Load']) await failing.getByRole('heading', { name, exact: true }).waitFor();
    await picture(failing, 'operations-installation');
    await failing.getByRole('radio', { name: '15 days' }).check();
    await failing.waitForURL(`${url}/operations/eu1?range=15d`);
    await until('the axis has days', async () => {
      assert.equal(await failing.locator('.failure').count(), 0);
      return (await failing.locator('.content[aria-busy]').count()) === 0;
    });
    assert.ok(await failing.getByRole('radio', { name: '15 days' }).isChecked());
    await picture(failing, 'operations-installation-15d');
    assert.deepEqual(failing.complaints, []);
  });

  await t.test('a journey that fails is shown with what was expected and what came', async () => {
    panel.broken = true;
    await until('it fails', async () => (await collector.json('/api/v1/operations/eu1')).sonar.scans[0].standing === 'failing', { within: 60_000 });
    await failing.goto(`${url}/operations/eu1`);
    const failure = failing.locator('.last-failure');
    await failure.waitFor();
    assert.match(await failure.innerText(), /at step \w+:[^]*Expected\s+\S[^]*Came\s+\S/);
    assert.match(await failing.locator('.scan header').innerText(), /fails: \d+ failures in a row/);
    await failing.getByRole('heading', { name: /Sonar scan access against eu1\.aws fails at step / }).waitFor({ timeout: 60_000 });
    await failing.getByText('What to do:').first().waitFor();
    await picture(failing, 'operations-failing');
    const text = await failing.locator('body').innerText();
    assert.ok(!text.includes(kSonarPassword) && !text.includes(kPassword));
    assert.ok(!collector.server.err.includes(kPassword));
  });

  await t.test('an alert that somebody silenced is shown, and disturbs nobody', async () => {
    const now = Date.now();
    const made = await fetch(`${operations.program('prometheus-alertmanager').url}/api/v2/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        matchers: [{ name: 'alertname', value: 'SonarScanFailing', isRegex: false, isEqual: true }],
        startsAt: new Date(now).toISOString(), endsAt: new Date(now + 600_000).toISOString(), createdBy: 'anna', comment: 'known, until Friday',
      }),
    }); // prettier-ignore
    assert.equal(made.status, 200, await made.text());
    const told = await until('it is silenced', async () => {
      const one = await overview();
      return one.alerts.find(({ name }) => name === 'SonarScanFailing')?.muted === 'silenced' && one;
    }, { within: 30_000 }); // prettier-ignore
    assert.equal(told.installations.find(({ name }) => name === 'eu1').health, 'well');
    await shown(failing, failing.getByText('1 more alert, muted'));
    await failing.getByText('1 more alert, muted').click();
    await failing.locator('.alert .tag').getByText('silenced', { exact: true }).waitFor();
    await picture(failing, 'operations-silenced');
  });

  await t.test('it loads itself again, and leaves its reader where they are', async () => {
    await failing.locator('.alert details summary').last().click();
    await failing.evaluate(() => scrollTo({ top: 400, behavior: 'instant' }));
    const before = await failing.evaluate(() => scrollY);
    const chart = failing.locator('.chart').first();
    await chart.evaluate((node) => (node.dataset.old = 'yes'));
    // Coming back to the page has it loaded again, as time does.
    await failing.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await failing.waitForFunction(() => document.querySelector('.chart') && !document.querySelector('.chart[data-old]'));
    assert.equal(await failing.evaluate(() => scrollY), before);
    assert.ok(await failing.locator('.alert details[open]').count() > 0, 'what was open stays open');
    panel.broken = false;
    await failing.context().close();
  });

  for (const [name, options] of [
    ['phone', { viewport: { width: 390, height: 844 } }],
    ['phone-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
    ['dark', { colorScheme: 'dark' }],
  ]) {
    await t.test(`${name}: no sideways scroll`, async () => {
      const page = await openPage(browser, options);
      await openSignedIn(page, `${url}/operations`);
      await page.locator('table.installations').waitFor();
      await picture(page, `operations-${name}`);
      const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok((await wide()) <= 0, `${await wide()} px too wide`);
      await page.goto(`${url}/operations/eu1`);
      await page.locator('.chart canvas').first().waitFor();
      await picture(page, `operations-installation-${name}`);
      assert.ok((await wide()) <= 0, `${await wide()} px too wide`);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }

  await t.test('a load that is under way is let finish, also when it takes longer than its turn', async () => {
    const page = await openPage(browser);
    let asked = 0;
    let go;
    const held = new Promise((done) => (go = done));
    await page.route('**/api/v1/operations', async (route) => {
      ++asked;
      await held;
      await route.continue();
    });
    await openSignedIn(page, `${url}/operations`);
    await until('it is asked for', () => asked === 1);
    for (let i = 0; i < 3; ++i) await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    go();
    await page.locator('table.installations').waitFor();
    assert.equal(asked, 1);
    await page.context().close();
  });

  await t.test('who is no longer signed in is told so, and led to the form', async () => {
    const page = await openPage(browser);
    await openSignedIn(page, `${url}/operations`);
    await page.locator('table.installations').waitFor();
    await page.context().clearCookies();
    await shown(page, page.locator('.content').getByRole('link', { name: 'Sign in' }));
    assert.equal(await page.locator('table.installations').count(), 0, 'what was shown is for who is signed in');
    await page.locator('#account').getByRole('link', { name: 'Sign in' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /Sign out/ }).count(), 0);
    await page.context().close();
  });

  await t.test('a Prometheus that is gone is told, and what is configured is there', async () => {
    const page = await openPage(browser);
    await openSignedIn(page, `${url}/operations`);
    await page.locator('table.installations').waitFor();
    process.kill(operations.program('prometheus').pid, 'SIGSTOP');
    bench.defer(() => operations.program('prometheus') && process.kill(operations.program('prometheus').pid, 'SIGCONT'));
    // While it hangs, many ask for one document, and nobody else waits for that.
    const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const see = (address) => fetch(url + address, { headers: { cookie: cookies } });
    await shown(page, page.getByText(/Prometheus tells nothing at the moment/));
    let isOver = false;
    const many = Promise.all(Array.from({ length: 8 }, () => see('/api/v1/operations/us-2?range=15d'))).finally(() => (isOver = true));
    const others = await Promise.all(['/operations', '/api/v1/session', '/sign-in', '/api/v1/operations/x?range=1y'].map(see));
    assert.deepEqual(others.map(({ status }) => status), [200, 200, 200, 400]);
    assert.ok(!isOver, 'they did not wait');
    const bodies = await Promise.all((await many).map((response) => response.text()));
    assert.equal(new Set(bodies).size, 1, 'one was made for all');
    // What was asked for before that may have been answered by half.
    await shown(page, page.locator('table.installations').getByText('? unknown').nth(2));
    await picture(page, 'operations-away');
    await page.context().close();
    assert.equal(await phoenix.server.exit, undefined);
  });
});
