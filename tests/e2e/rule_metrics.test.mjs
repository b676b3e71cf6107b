// Every metric that a rule names is told by the exporter it is of: a name that nobody tells never fires.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { makeCertificate } from './lib/certificate.mjs';
import { startHaproxy, startMariadb, startRabbitmq } from './lib/services.mjs';
import { startMonitored } from './lib/monitored.mjs';
import { Operations, operationsLines } from './lib/operations.mjs';
import { kCandor, run } from './lib/program.mjs';

const kRules = path.resolve('src/server/ops/rules');
const kPrefixes = /^(node|mysql|rabbitmq|haproxy|candor|sonar|prometheus|alertmanager)_/;
/** Told only of what is wrong, so not by a collector that is well; product_figures_test.cc has them. */
const kWhenWrong = ['candor_plugin_failing', 'candor_new_crash_installations'];
/** The metrics that the expressions name, by prefix. */
function namedInRules() {
  const names = new Set();
  for (const file of readdirSync(kRules)) {
    const text = readFileSync(path.join(kRules, file), 'utf8');
    for (const [, expression] of text.matchAll(/^ {4}expr: ((?:\|\n(?: {6}.*\n)+)|.*\n)/gm)) {
      const bare = expression.replace(/"[^"]*"/g, '');
      for (const [name] of bare.matchAll(/[a-z][a-z0-9_]*/gi)) if (kPrefixes.test(name)) names.add(name);
    }
  }
  return Object.groupBy([...names].toSorted(), (name) => kPrefixes.exec(name)[1]);
} // prettier-ignore

const kNamed = namedInRules();

/** Series names in a text of metrics. */
function told(text) {
  return new Set(text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => /^[a-zA-Z0-9_:]+/.exec(line)[0]));
} // prettier-ignore

async function assertTold(prefix, text, besides = []) {
  const names = told(text);
  const missing = kNamed[prefix].filter((name) => !names.has(name) && !besides.includes(name));
  assert.deepEqual(missing, [], `${prefix}: named in rules, and told by nobody`);
}

const scraped = async (address) => (await fetch(address)).text();

test('rules name metrics of every part', () => {
  for (const prefix of ['node', 'mysql', 'rabbitmq', 'haproxy', 'candor', 'sonar', 'prometheus', 'alertmanager'])
    assert.ok(kNamed[prefix]?.length > 0, prefix);
});

test('of the machine', async () => {
  const { code, out, err } = await run(kCandor, ['metrics']);
  assert.equal(code, 0, err);
  await assertTold('node', out);
});

test('of Sonar, and of the agent that it runs in', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const { key, cert, file } = await makeCertificate(bench);
  // A login that fails is told, too.
  const server = https.createServer({ key, cert }, (_request, response) =>
    response.setHeader('content-type', 'text/html').end('<form method=post><input name=user><input type=password name=password></form>'));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  bench.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { url } = await startMonitored(bench, {
    toml: `[monitor.sonar]\nusername = "u"\npassword_file = "sonar.pw"\ncustomer = "c"\nproject = "p"\nscanInterval = 1\n` +
      `ca_file = "${file}"\ntargets = [{platformName = "eu1", url = "https://127.0.0.1:${server.address().port}/access"}]\n`,
    files: { 'sonar.pw': 'a password' },
  });
  await until('all of it is told', async () => assertTold('sonar', await scraped(`${url}/metrics`)).then(() => true), { within: 20_000 });
}); // prettier-ignore

test('of MariaDB', { timeout: 120_000 }, async (t) => {
  const { url: metrics } = await startMariadb(new Bench(t));
  await assertTold('mysql', await scraped(metrics));
});

test('of HAProxy', { timeout: 60_000 }, async (t) => {
  const { url: metrics } = await startHaproxy(new Bench(t), 1);
  await assertTold('haproxy', await scraped(metrics));
});

test('of RabbitMQ', { timeout: 120_000 }, async (t) => {
  const { url: metrics } = await startRabbitmq(new Bench(t));
  await assertTold('rabbitmq', await scraped(metrics));
});

test('of the collector, Prometheus and Alertmanager', { timeout: 90_000 }, async (t) => {
  const bench = new Bench(t);
  const { file } = await makeCertificate(bench);
  const web = path.join(bench.folder('tls'), 'web.yml');
  writeFileSync(web, `tls_server_config:\n  cert_file: ${file}\n  key_file: ${path.join(path.dirname(file), 'key.pem')}\n`);
  const lines = [`web_config_file = "${web}"`, ...operationsLines({ inboxes: [], smtp: 1 })];
  const operations = await Operations.start(bench, { lines });
  const { url } = await operations.ready('prometheus-alertmanager');
  await assertTold('alertmanager', await scraped(`${url}/metrics`));
  const prometheus = await operations.ready('prometheus');
  await assertTold('prometheus', await scraped(`${prometheus.url}/metrics`));
  // What Prometheus has of the collector, through TLS and with the token.
  await until('the collector tells all of it', async () => {
    const names = await operations.prometheus('/api/v1/label/__name__/values');
    return assertTold('candor', names.join('\n'), kWhenWrong).then(() => true);
  }, { within: 30_000 });
}); // prettier-ignore
