// A vendor watches an installation: its agent is scraped over HTTPS with a password, what breaks is mailed to the vendor's
// and the customer's inbox, and that it works again, too. All of it real: MariaDB, RabbitMQ, HAProxy, an OpenID Connect
// login, Prometheus, Alertmanager, a mail server, and Chromium, in which somebody looks at it.
import assert from 'node:assert/strict';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { openPage, startBrowser } from './lib/browser.mjs';
import { hashed } from './lib/monitored.mjs';
import { kUser, kPassword as kSonarPassword, startPanel } from './lib/oidc_panel.mjs';
import { Mailbox, Operations, operationsLines } from './lib/operations.mjs';
import { kCanary, kPassword, startPlatform } from './lib/platform.mjs';
import { kUser as kAnna, openSignedIn } from './lib/users.mjs';

const kVendor = 'operations@vendor.test';
const kCustomer = 'alerts@example.com';
const kMailLimitMs = 90_000; // rules wait 30 s and more before they fire

test('an installation is watched from afar', { timeout: 400_000 }, async (t) => {
  const bench = new Bench(t);
  const panel = await startPanel(bench);
  const platform = await startPlatform(bench, {
    toml: `[monitor.sonar]
username = "${kUser}"
password_file = "sonar.pw"
customer = "c"
project = "p"
scanInterval = 1
targets = [{platformName = "eu1.aws", url = "${panel.url}/access"}]
`,
    files: { 'sonar.pw': kSonarPassword },
  });
  const mailbox = await new Mailbox(bench).start();
  const folder = bench.folder('secrets');
  writeFileSync(path.join(folder, 'password'), kPassword);
  const operations = await Operations.start(bench, {
    files: { 'web.yml': `basic_auth_users: {${kAnna.username}: ${hashed(kAnna.username, kAnna.password)}}\n` },
    lines: ['web_config_file = "web.yml"', ...operationsLines({
      vendor: kVendor, inboxes: [kCustomer], smtp: mailbox.port,
      ops: [
        '[[ops.scrape]]', 'name = "eu1"', `url = "${platform.url}/metrics"`, 'username = "prometheus"',
        `password_file = "${path.join(folder, 'password')}"`, `ca_file = "${platform.certificate.file}"`,
      ],
    })],
  }); // prettier-ignore
  await operations.ready('prometheus');
  await operations.ready('prometheus-alertmanager');
  const ask = async (query) => (await operations.prometheus(`/api/v1/query?query=${encodeURIComponent(query)}`)).result;
  const both = (subject, within = kMailLimitMs) =>
    Promise.all([kVendor, kCustomer].map((to) => mailbox.mail(to, subject, within)));

  await t.test('Prometheus reads machine, services and Sonar through the agent', async () => {
    await until('all services are up', async () => (await ask('count(up{installation="eu1"} == 1)'))[0]?.value[1] === '5', { within: 60_000 });
    await until('Sonar is up', async () => (await ask('sonar_scan_success{installation="eu1",target="eu1.aws"}'))[0]?.value[1] === '1', { within: 60_000 });
    assert.equal((await ask('haproxy_backend_active_servers{job="balancer"}')).length, 1);
    assert.equal((await ask('count(node_cpu_seconds_total{installation="eu1"}) > 0')).length, 1);
  });

  const page = await openPage(await startBrowser(bench));
  const at = (address) => `${operations.collector.url}/operations${address}`;
  const shown = async (name) => {
    if (process.env.CANDOR_SHOTS) await page.screenshot({ path: `${process.env.CANDOR_SHOTS}/${name}.png`, fullPage: true });
    return page.locator('main').innerText();
  };

  await t.test('the page of the installation has machine, database, queue, load balancer, product and Sonar', async () => {
    await openSignedIn(page, at('/eu1'), kAnna);
    // A rate takes two scrapes; the page loads itself again.
    for (const title of ['Processors', 'Queries']) await page.getByRole('heading', { name: title }).waitFor({ timeout: 60_000 });
    const text = await shown('monitoring-installation');
    for (const heading of ['Machine', 'Processors', 'Database', 'Queue', 'Load balancer', 'API', 'Product', 'Time of a Sonar scan', 'Steps of the last run'])
      assert.ok(text.includes(heading), heading);
    assert.match(text, /all 4 services answer/);
    await page.getByRole('link', { name: /All installations/ }).click();
    await page.locator('table.installations').waitFor();
    assert.match(await shown('monitoring-overview'), /eu1/);
  });

  await t.test('a backend that stops is mailed to each inbox, and that it is back', async () => {
    await platform.backend.stop();
    const subject = /LoadBalancerBackendDown: backend app .*\(eu1\)$/;
    const mails = await both(new RegExp(`^\\[CRITICAL\\] ${subject.source}`));
    assert.deepEqual(mails.map(({ to }) => to), [[kVendor], [kCustomer]]);
    for (const { text, html } of mails) {
      for (const part of [text, html]) assert.match(part, /0 servers for 30 seconds/);
      assert.match(html, /<html/i);
    }
    await page.goto(at(''));
    // What the collector keeps for a moment is from before, perhaps; then the page has it the next time.
    await page.getByRole('heading', { name: /backend app/ }).waitFor({ timeout: 60_000 });
    const text = await shown('monitoring-alert');
    assert.match(text, /Trouble in \d of 2 installations/);
    assert.match(text, /eu1\s+✖ critical\s+for \d+ (s|min)/);
    assert.match(text, /What to do: /);
    await platform.backend.start();
    await both(new RegExp(`^\\[RESOLVED\\] ${subject.source}`));
  });

  await t.test('a journey that fails is mailed, also when the mail server was down meanwhile', async () => {
    await mailbox.stop();
    panel.broken = true;
    await until('the rule fires', async () => (await ask('ALERTS{alertname="SonarScanFailing",alertstate="firing"}')).length > 0, { within: 60_000 });
    await page.goto(at('/eu1'));
    await page.getByRole('heading', { name: /Sonar scan access against eu1\.aws fails at step / }).waitFor({ timeout: 60_000 });
    assert.match(await page.locator('.last-failure').innerText(), /at step \w+:[^]*Expected\s+200 to 299[^]*Came\s+500/);
    await shown('monitoring-journey');
    await mailbox.start();
    const mails = await both(/^\[CRITICAL\] SonarScanFailing: Sonar scan \S+ against eu1\.aws fails at step \S+/);
    for (const { text } of mails) assert.match(text, /failures in a row \(3 unless set\); last success \d{4}-/);
    panel.broken = false;
    await both(/^\[RESOLVED\] SonarScanFailing: /);
  });

  await t.test('no secret, and nothing of a customer, is anywhere', async () => {
    const said = [await page.content(), operations.collector.server.err, platform.agent.err, JSON.stringify(mailbox.mails), JSON.stringify(await ask('{__name__=~".+"}'))];
    for (const text of said)
      for (const secret of [kPassword, kSonarPassword, kCanary, kAnna.password]) assert.ok(!text.includes(secret), secret);
  });
});
