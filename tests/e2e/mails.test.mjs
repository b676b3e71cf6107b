// The templates of alert mails, rendered by amtool as Alertmanager does: what is in a mail, what is cut, what is escaped.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { openPage, startBrowser } from './lib/browser.mjs';
import { run } from './lib/program.mjs';

const kTemplates = path.resolve('src/server/ops/templates');
const kHostile = '<script>alert(1)</script>"\'&\r\nBcc: x@y.test\u0000 {{ .ExternalURL }}';

function alertOf(more = {}) {
  const { labels, annotations, ...others } = more;
  return {
    status: 'firing',
    labels: { alertname: 'HostMemoryHigh', severity: 'warning', component: 'node', installation: 'eu1', instance: 'n1:9443', ...labels },
    annotations: { summary: 'Memory of n1 is 91% used', threshold: 'above 90% for 15 minutes', runbook: 'See who has it.', ...annotations },
    startsAt: '2026-11-22T21:00:00.123Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'https://ops.example.com/prometheus/graph?g0.expr=1',
    fingerprint: 'abcdef0123456789',
    ...others,
  };
} // prettier-ignore

/** What the template makes of the alerts. */
async function rendered(bench, name, alerts, { links = 'no_links' } = {}) {
  const folder = bench.folder('mail');
  const { alertname, installation } = alerts[0].labels;
  const firing = alerts.some(({ status }) => status === 'firing');
  const data = {
    receiver: 'inboxes',
    status: firing ? 'firing' : 'resolved',
    alerts,
    groupLabels: { alertname, installation },
    commonLabels: { alertname, installation },
    commonAnnotations: {},
    externalURL: 'https://ops.example.com/alertmanager',
  };
  const file = path.join(folder, 'data.json');
  writeFileSync(file, JSON.stringify(data));
  const { code, out, err } = await run('amtool', [
    'template', 'render', `--template.glob=${kTemplates}/mail.tmpl`, `--template.glob=${kTemplates}/${links}.tmpl`,
    `--template.type=${name === 'html' ? 'html' : 'text'}`, `--template.text={{ template "candor.${name}" . }}`, `--template.data=${file}`,
  ]); // prettier-ignore
  assert.equal(code, 0, err);
  return name === 'subject' ? out.replace(/\n$/, '') : out;
}

test('the subject says how bad, what, and where', async (t) => {
  const bench = new Bench(t);
  const subject = (alerts) => rendered(bench, 'subject', alerts);
  assert.equal(await subject([alertOf()]), '[WARNING] HostMemoryHigh: Memory of n1 is 91% used (eu1)');
  const worse = alertOf({ labels: { severity: 'critical' } });
  assert.equal(await subject([alertOf(), worse, alertOf()]), '[CRITICAL] HostMemoryHigh: Memory of n1 is 91% used (eu1, +2)');
  const over = { status: 'resolved', endsAt: '2026-11-22T21:05:03.5Z' };
  assert.equal(await subject([alertOf(over), alertOf(over)]), '[RESOLVED] HostMemoryHigh: Memory of n1 is 91% used (eu1, +1)');
  // What still fires is told before what is over.
  assert.match(await subject([alertOf({ ...over, annotations: { summary: 'over' } }), alertOf()]), /^\[WARNING\] HostMemoryHigh: Memory/);
  assert.match(await subject([alertOf({ labels: { candor_test: 'a@b.test' } })]), /^\[WARNING\]/);
  assert.equal(await subject([alertOf({ labels: { severity: 'info' } })]), '[INFO] HostMemoryHigh: Memory of n1 is 91% used (eu1)');
}); // prettier-ignore

test('a subject is one line of at most 120 characters, whatever labels say', async (t) => {
  const bench = new Bench(t);
  const long = 'é'.repeat(500);
  const alerts = Array.from({ length: 12 }, () => alertOf({ labels: { installation: long }, annotations: { summary: kHostile + long } }));
  const subject = await rendered(bench, 'subject', alerts);
  assert.ok([...subject].length <= 120, subject);
  assert.ok(!/[\r\n\0]/.test(subject), subject);
  const bare = alertOf();
  bare.labels = { alertname: 'Own' };
  bare.annotations = {};
  assert.match(await rendered(bench, 'subject', [bare]), /^\[INFO\] Own: $/);
}); // prettier-ignore

test('text and HTML tell the same, and each of it', async (t) => {
  const bench = new Bench(t);
  const over = alertOf({ status: 'resolved', endsAt: '2026-11-22T21:05:03.5Z', labels: { instance: 'n2' }, annotations: { summary: 'n2 was it' } });
  for (const name of ['text', 'html']) {
    const mail = await rendered(bench, name, [alertOf(), over]);
    for (const wanted of [
      'FIRING: 1', 'Memory of n1 is 91% used', 'since 2026-11-22 21:00:00 UTC', 'eu1, node, n1:9443', 'warning', 'above 90% for 15 minutes',
      'What to do', 'See who has it.', 'RESOLVED: 1', 'n2 was it', '2026-11-22 21:00:00 UTC to 2026-11-22 21:05:03 UTC, 5m3s',
    ]) assert.ok(mail.includes(wanted), `${name}: ${wanted}`);
    assert.ok(!mail.includes('http'), `${name}: a link without an external URL`);
    const linked = await rendered(bench, name, [alertOf()], { links: 'links' });
    for (const link of ['https://ops.example.com/prometheus/graph', 'https://ops.example.com/alertmanager/#/alerts', '/#/silences/new?filter='])
      assert.ok(linked.includes(link), `${name}: ${link}`);
  }
}); // prettier-ignore

test('hostile labels stay text', async (t) => {
  const bench = new Bench(t);
  const hostile = alertOf({ labels: { instance: kHostile, proxy: kHostile }, annotations: { summary: kHostile, runbook: kHostile, threshold: kHostile }, generatorURL: 'javascript:alert(1)' });
  const html = await rendered(bench, 'html', [hostile], { links: 'links' });
  assert.ok(!html.includes('<script'), html);
  assert.ok(!/href="javascript:/i.test(html), html);
  assert.ok(html.includes('{{ .ExternalURL }}'), 'what a label says is not a template');
  const text = await rendered(bench, 'text', [hostile]);
  assert.ok(!/^Bcc:/m.test(text), text);
}); // prettier-ignore

test('a storm is one mail, which says how many more there are', async (t) => {
  const bench = new Bench(t);
  const wide = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`label_${i}`, 'w'.repeat(1000)]));
  const storm = Array.from({ length: 500 }, (_, i) => alertOf({ labels: { ...wide, instance: `n${i}` }, annotations: { summary: `${i}: ${'s'.repeat(1000)}`, runbook: 'r'.repeat(5000) } }));
  const over = storm.map((alert) => ({ ...alert, status: 'resolved', endsAt: '2026-11-22T21:05:03.5Z' }));
  let bytes = 0;
  for (const name of ['text', 'html']) {
    const mail = await rendered(bench, name, [...storm, ...over]);
    bytes += mail.length;
    assert.ok(bytes < 100_000, `${name}: ${bytes} bytes of both`);
    assert.match(mail, /FIRING: 500/);
    assert.equal(mail.match(/… and 475 more\./g).length, 2);
    assert.equal(mail.match(/\d+: s{200}/g).length >= 50, true);
  }
}); // prettier-ignore

test('the HTML is to be read on a desktop, on a phone and in the dark', async (t) => {
  const bench = new Bench(t);
  const long = alertOf({ labels: { severity: 'critical', mountpoint: `/${'very-long-name'.repeat(8)}` }, annotations: { summary: `/${'very-long-name'.repeat(8)} on n1 has 2.0% free` } });
  const html = await rendered(bench, 'html', [long, alertOf()], { links: 'links' });
  const file = path.join(bench.folder('page'), 'mail.html');
  writeFileSync(file, html);
  const browser = await startBrowser(bench);
  for (const [width, colorScheme] of [[1000, 'light'], [390, 'light'], [1000, 'dark'], [320, 'dark']]) {
    const page = await openPage(browser, { viewport: { width, height: 800 }, colorScheme });
    await page.goto(`file://${file}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${width} pixels: it scrolls sideways`);
    const [ground, ink] = await page.evaluate(() => {
      const style = getComputedStyle(document.body);
      return [style.backgroundColor, style.color].map((color) => color.match(/\d+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0));
    });
    assert.ok(colorScheme === 'dark' ? ground < 100 && ink > 600 : ground > 600 && ink < 150, `${colorScheme}: ${ground} ${ink}`);
    if (process.env.CANDOR_SHOTS) await page.screenshot({ path: path.join(process.env.CANDOR_SHOTS, `mail-${width}-${colorScheme}.png`), fullPage: true });
  }
}); // prettier-ignore
