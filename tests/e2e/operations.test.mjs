// The operations center: the real Prometheus and Alertmanager, run by the collector, and the mails they send.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { Bench, freePort, until } from './lib/bench.mjs';
import { makeCertificate } from './lib/certificate.mjs';
import { startHaproxy } from './lib/services.mjs';
import { Mailbox, Operations, operationsLines } from './lib/operations.mjs';
import { kCandor, run } from './lib/program.mjs';

const kVendor = 'operations@vendor.test';
const kCustomer = 'alerts@example.com';

/** An installation's endpoint, which asks for a password and can go away. */
async function startTarget(bench, { port = 0, body = 'up_since 1\n' } = {}) {
  const server = http.createServer((request, response) => {
    const wanted = `Basic ${btoa('operations:s3cret-canary')}`;
    if (request.headers.authorization !== wanted) return response.writeHead(401).end();
    return response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(body);
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  const close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  bench.defer(() => server.listening && close());
  return { port: server.address().port, close };
}

/** A rule that does not wait for minutes. */
const kQuickRule = `groups:
- name: quick
  rules:
  - alert: EndpointGone
    expr: up{installation="eu1"} == 0
    labels: {severity: critical, component: test}
    annotations: {summary: "{{ $labels.instance }} does not answer <b>at all</b>", threshold: "no answer", runbook: "Start it."}
`;

function scrape(port) {
  return [
    '[[ops.scrape]]',
    'name = "eu1"',
    `url = "http://127.0.0.1:${port}/metrics"`,
    'username = "operations"',
    'password_file = "eu1.password"',
  ];
}

function everyText(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(yml|tmpl)$/.test(entry.name))
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

async function start(t, ops = []) {
  const bench = new Bench(t);
  const mailbox = await new Mailbox(bench).start();
  const target = await startTarget(bench);
  const rules = bench.folder('rules');
  writeFileSync(path.join(rules, 'quick.yml'), kQuickRule);
  const lines = operationsLines({
    inboxes: [kCustomer],
    smtp: mailbox.port,
    ops: [`rules_folder = "${rules}"`, ...ops, ...scrape(target.port)],
  });
  const operations = await Operations.start(bench, { lines, files: { 'eu1.password': 's3cret-canary\n' } }); // prettier-ignore
  await operations.ready('prometheus');
  await operations.ready('prometheus-alertmanager');
  return { bench, mailbox, target, rules, operations };
}

const isUp = (operations, value) =>
  until(`eu1 is ${value}`, async () => {
    const { result } = await operations.prometheus('/api/v1/query?query=up%7Binstallation%3D%22eu1%22%7D');
    return result[0]?.value[1] === value;
  }, { within: 30_000 }); // prettier-ignore

function assertMail(mail, to, other) {
  assert.deepEqual(mail.to, [to]);
  assert.equal(mail.headers.to, to);
  assert.equal(mail.from, 'candor@vendor.test');
  assert.ok(!JSON.stringify(mail).includes(other), 'an inbox is shown to another');
  assert.equal(mail.headers['auto-submitted'], 'auto-generated');
  assert.equal(mail.headers.precedence, 'bulk');
  assert.equal(mail.headers['x-alert-name'], 'EndpointGone');
  assert.equal(mail.headers['x-alert-severity'], 'critical');
  assert.ok(mail.headers.subject.length <= 120, mail.headers.subject);
  assert.ok(mail.bytes < 100_000);
  for (const part of [mail.text, mail.html]) {
    assert.match(part, /does not answer/);
    assert.match(part, /20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    assert.match(part, /eu1/);
    assert.match(part, /critical/);
    assert.match(part, /no answer/);
    assert.ok(!part.includes('http'), 'a link without an external URL');
  }
  assert.ok(!mail.html.includes('<b>at all'), 'an annotation is not escaped');
  assert.ok(mail.html.includes('&lt;b&gt;at all'));
}

test('an installation goes away and comes back', { timeout: 180_000 }, async (t) => {
  const { bench, mailbox, target, rules, operations } = await start(t);
  const { collector } = operations;
  let firing;

  await t.test('everything is scraped, and no secret is in a file', async () => {
    await until('all targets are up', async () => {
      const { activeTargets } = await operations.prometheus('/api/v1/targets');
      const jobs = activeTargets.filter(({ health }) => health === 'up').map(({ labels }) => labels.job);
      return jobs.toSorted().join() === 'alertmanager,collector,installation-eu1,prometheus';
    }, { within: 30_000 }); // prettier-ignore
    const folder = path.join(collector.data, 'ops');
    const texts = everyText(path.join(folder, 'current'));
    assert.ok(texts.includes('EndpointGone'), 'the own rule is in it');
    assert.ok(!texts.includes('s3cret-canary'));
    const token = readFileSync(path.join(folder, 'scrape.token'), 'utf8');
    assert.ok(!texts.includes(token) && token.length === 64);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(path.join(folder, 'scrape.token')).mode & 0o777, 0o600);
    const { groups } = await operations.prometheus('/api/v1/rules');
    const unhealthy = groups.flatMap((group) => group.rules).filter(({ health }) => health === 'err');
    assert.deepEqual(unhealthy, []);
    assert.equal(await operations.metric('candor_ops_config_ok'), '1');
  });

  await t.test('where an alert goes is a matter of its severity', async () => {
    const file = path.join(collector.data, 'ops', 'current', 'alertmanager.yml');
    const receiver = async (...labels) => {
      const { code, out, err } = await run('amtool', ['config', 'routes', 'test', `--config.file=${file}`, ...labels]);
      assert.equal(code, 0, err);
      return out.trim();
    };
    for (const severity of ['critical', 'warning', 'info']) assert.equal(await receiver(`severity=${severity}`), 'inboxes');
    assert.equal(await receiver('severity=none'), 'nobody');
    assert.equal(await receiver('alertname=CandorTest', 'severity=info', `candor_test=${kCustomer}`), `test ${kCustomer}`);
  });

  await t.test('a mail for each inbox, in text and HTML', async () => {
    await isUp(operations, '1');
    await target.close();
    firing = await mailbox.mail(kVendor, /^\[CRITICAL\] EndpointGone: 127\.0\.0\.1:\d+ does not answer .*\(eu1\)$/, 40_000);
    assertMail(firing, kVendor, kCustomer);
    assertMail(await mailbox.mail(kCustomer, /^\[CRITICAL\] EndpointGone/, 10_000), kCustomer, kVendor);
    assert.match(firing.text, /What to do: Start it\./);
    assert.match(firing.html, /Start it\./);
    if (process.env.CANDOR_KEEP_MAIL) writeFileSync(process.env.CANDOR_KEEP_MAIL, firing.html);
  }); // prettier-ignore

  await t.test('Prometheus is killed, and started again', async () => {
    const { pid } = operations.program('prometheus');
    process.kill(pid, 'SIGKILL');
    await until('another one runs', () => (operations.program('prometheus')?.pid ?? pid) !== pid);
    await operations.ready('prometheus');
    const restarts = 'candor_ops_program_restarts_total{program="prometheus"}';
    assert.equal(await operations.metric(restarts), '1');
    assert.match(collector.server.err, /prometheus was killed by signal 9/);
  });

  await t.test('a wrong configuration keeps the old one', async () => {
    const before = everyText(path.join(collector.data, 'ops', 'current'));
    const config = path.join(collector.folder, 'server.toml');
    const good = readFileSync(config, 'utf8');
    writeFileSync(config, good.replace('group_wait = 1', 'group_wait = -1'));
    process.kill(operations.pid, 'SIGHUP');
    await until('the file is refused', () =>
      /the old configuration stays: .*server\.toml:\d+:\d+: group_wait is a number/.test(collector.server.err));
    writeFileSync(config, good);
    writeFileSync(path.join(rules, 'quick.yml'), kQuickRule.replace('== 0', '== == 0'));
    process.kill(operations.pid, 'SIGHUP');
    await until('the rules are refused', async () =>
      /keeps its old configuration: promtool does not take it: .*own-quick\.yml/.test(collector.server.err) &&
      (await operations.metric('candor_ops_config_ok')) === '0');
    assert.equal(everyText(path.join(collector.data, 'ops', 'current')), before);
    writeFileSync(path.join(rules, 'quick.yml'), `${kQuickRule}  - alert: Another\n    expr: vector(0) > 1\n`);
    process.kill(operations.pid, 'SIGHUP');
    await until('the new rules are used', async () => {
      const { groups } = await operations.prometheus('/api/v1/rules');
      return groups.some((group) => group.rules.some(({ name }) => name === 'Another'));
    });
    assert.equal(await operations.metric('candor_ops_config_ok'), '1');
    const sets = readdirSync(path.join(collector.data, 'ops')).filter((name) => name.startsWith('set-'));
    assert.equal(sets.length, 1, 'old sets are removed');
  }); // prettier-ignore

  await t.test('the resolved mail waits for a mail server that is down', async () => {
    await mailbox.stop();
    await startTarget(bench, { port: target.port });
    await isUp(operations, '1');
    const failed = async () => {
      const { result } = await operations.prometheus('/api/v1/query?query=sum(alertmanager_notifications_failed_total%7Bintegration%3D%22email%22%7D)');
      return Number(result[0]?.value[1]) >= 2;
    };
    await until('deliveries failed', failed, { within: 60_000 });
    await mailbox.start();
    for (const [to, other] of [[kVendor, kCustomer], [kCustomer, kVendor]]) {
      const mail = await mailbox.mail(to, /^\[RESOLVED\] EndpointGone/, 60_000);
      assertMail(mail, to, other);
      assert.match(mail.text, /UTC to .* UTC, \d+[ms]/);
      assert.equal(mail.headers.references, firing.headers.references, 'they stand together');
    }
  }); // prettier-ignore

  await t.test('both end with the collector', async () => {
    const pids = ['prometheus', 'prometheus-alertmanager'].map((name) => operations.program(name).pid);
    assert.equal(await collector.server.stop(), 0);
    for (const pid of pids) assert.ok(!existsSync(`/proc/${pid}`), `process ${pid}`);
    assert.ok(!collector.server.err.includes('s3cret-canary'));
    assert.ok(!JSON.stringify(mailbox.mails).includes('s3cret-canary'));
  });
});

test('a backend of HAProxy without a server is mailed by the rules that come with Candor', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const mailbox = await new Mailbox(bench).start();
  const serve = (port) => new Promise((done) => {
    const server = http.createServer((_, response) => response.end('well'));
    bench.defer(() => server.listening && server.close());
    server.listen(port, '127.0.0.1', () => done(server));
  });
  const backend = await serve(0);
  const { port } = backend.address();
  const { url: metrics } = await startHaproxy(bench, port);
  const lines = operationsLines({ inboxes: [kCustomer], smtp: mailbox.port, ops: ['[[ops.scrape]]', 'name = "eu1"', `url = "${metrics}"`] });
  const operations = await Operations.start(bench, { lines });
  await operations.ready('prometheus');
  await isUp(operations, '1');
  backend.closeAllConnections();
  backend.close();
  const [vendor, customer] = await Promise.all([kVendor, kCustomer].map((to) => mailbox.mail(to, /^\[CRITICAL\] LoadBalancerBackendDown: backend app on 127\S+ has no live server \(eu1\)$/, 90_000)));
  assert.deepEqual([vendor.to, customer.to], [[kVendor], [kCustomer]]);
  for (const part of [vendor.text, vendor.html]) assert.match(part, /0 servers for 30 seconds[^]*Users get 503 now/);
  await serve(port);
  await Promise.all([kVendor, kCustomer].map((to) => mailbox.mail(to, /^\[RESOLVED\] LoadBalancerBackendDown: .*\(eu1\)$/, 60_000)));
  // The one that always fires, and the digest, are no mails of an hour like this.
  assert.deepEqual(mailbox.mails.filter(({ headers }) => /Watchdog|INFO/.test(headers.subject)), []);
}); // prettier-ignore

test('a mail server that asks for TLS and a password gets both', { timeout: 90_000 }, async (t) => {
  const bench = new Bench(t);
  const { file } = await makeCertificate(bench);
  const key = path.join(path.dirname(file), 'key.pem');
  const mailbox = await new Mailbox(bench, [file, key, 'candor', 'smtp-canary']).start();
  const listen = `alertmanager_listen = "127.0.0.1:${await freePort()}"`;
  const lines = operationsLines({ inboxes: [kCustomer], smtp: mailbox.port }).filter((line) => !line.startsWith('require_tls')).map((line) => line.replace(/^alertmanager_listen.*/, listen));
  lines.push(`ca_file = "${file}"`, 'username = "candor"', 'password_file = "smtp.password"');
  const operations = await Operations.start(bench, { lines, files: { 'smtp.password': 'smtp-canary\n' } });
  const { url } = await operations.ready('prometheus-alertmanager');
  const alert = { labels: { alertname: 'EndpointGone', severity: 'critical', installation: 'eu1' }, annotations: { summary: 'does not answer <b>at all</b>', threshold: 'no answer' } };
  const posted = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify([alert]) });
  assert.equal(posted.status, 200);
  assertMail(await mailbox.mail(kCustomer, /EndpointGone/, 30_000), kCustomer, kVendor);
  const { collector } = operations;
  const tell = (...args) => run(kCandor, ['alert', 'test', '--config', path.join(collector.folder, 'server.toml'), ...args]);
  const tested = await tell('--inbox', kVendor);
  assert.deepEqual([tested.code, tested.out], [0, `${kVendor}: the mail server took a test mail\n`], tested.err);
  const mail = await mailbox.mail(kVendor, /^\[TEST\] CandorTest: mails of alerts arrive here \(collector\)$/, 10_000);
  assert.deepEqual(mail.to, [kVendor]);
  assert.ok(!mailbox.mails.some(({ to, headers }) => to.includes(kCustomer) && /TEST/.test(headers.subject)));
  const stranger = await tell('--inbox', 'nobody@example.com');
  assert.equal(stranger.code, 2);
  assert.match(stranger.err, /nobody@example.com is no inbox of the configuration. There are: operations@vendor.test, alerts@example.com/);
  await mailbox.stop();
  const failed = await tell('--inbox', kVendor);
  assert.equal(failed.code, 69, failed.err);
  assert.match(failed.err, /The mail server did not take the mail, \d+ times/);
  assert.ok(!everyText(path.join(collector.data, 'ops', 'current')).includes('smtp-canary'));
  assert.ok(!collector.server.err.includes('smtp-canary'));
}); // prettier-ignore

test('both end with a collector that is killed', { timeout: 60_000 }, async (t) => {
  const { operations } = await start(t);
  const pids = ['prometheus', 'prometheus-alertmanager'].map((name) => operations.program(name).pid);
  process.kill(operations.pid, 'SIGKILL');
  await until('they are gone', () =>
    pids.every((pid) => !existsSync(`/proc/${pid}`) || /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))); // prettier-ignore
});

test('a port that is taken, and a program that is not there, are told', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const other = await startTarget(bench);
  const lines = operationsLines({ inboxes: [kCustomer], smtp: 1 }).map((line) =>
    line.startsWith('prometheus_listen') ? `prometheus_listen = "127.0.0.1:${other.port}"` : line,
  );
  lines.splice(2, 0, 'alertmanager = "not-a-program"');
  const { collector } = await Operations.start(bench, { lines });
  await until('both are told', () =>
    new RegExp(`prometheus cannot listen on 127.0.0.1:${other.port}.*ops.prometheus = "http://`).test(collector.server.err) &&
    /alertmanager is not installed: apt-get install prometheus-alertmanager/.test(collector.server.err)); // prettier-ignore
});

test('the collector with users lets its own Prometheus in, and nobody else', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const hash = '$2y$04$T6NUNXHSjXVvTLA/J2Px/O1u74zta0He7l37EiyJSOD9NX2g5kHKy'; // of a password that nobody needs here
  const lines = ['web_config_file = "web.yml"', ...operationsLines({ inboxes: [kCustomer], smtp: 1 })];
  const files = { 'web.yml': `basic_auth_users:\n  anna: ${hash}\n` };
  const operations = await Operations.start(bench, { lines, files });
  const { collector } = operations;
  await operations.ready('prometheus');
  await until('the collector is scraped', async () => {
    const { result } = await operations.prometheus('/api/v1/query?query=up%7Bjob%3D%22collector%22%7D');
    return result[0]?.value[1] === '1';
  });
  const status = async (authorization, address = '/metrics') =>
    (await fetch(collector.url + address, { headers: authorization ? { authorization } : {} })).status;
  const token = readFileSync(path.join(collector.data, 'ops', 'scrape.token'), 'utf8');
  assert.equal(await status(), 401);
  assert.equal(await status('Bearer wrong'), 401);
  assert.equal(await status(`Bearer ${token}`), 200);
  assert.equal(await status(`Bearer ${token}`, '/api/v1/products/stone/crashes'), 401, 'it opens nothing else');
}); // prettier-ignore
