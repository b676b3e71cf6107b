// A backup that is taken while reports arrive, brought back into an empty folder.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { contractsOf, nativeReport, postReport } from './lib/documents.mjs';
import { figuresIn, figuresOf, printedReports } from './lib/fleet_figures.mjs';
import { assertFigures } from './lib/kill_scenario.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { environment, kCandor, run } from './lib/program.mjs';
import { assertSigned, sha256 } from './lib/receipt.mjs';

const kHour = 3600 * 1000;
const kToday = new Date().setUTCHours(0, 0, 0, 0);

const candor = (...args) => run(kCandor, args, { env: environment() });
const totals = ({ accepted, partly_quarantined, quarantined, refused, duplicates }) => ({
  accepted,
  partly_quarantined,
  quarantined,
  refused,
  duplicates,
});

/** Posts until it is stopped; `acknowledged` grows. */
class Pump {
  acknowledged = new Map();
  #running;
  #stopped = false;

  constructor(collector, contract) {
    this.#running = this.#run(collector, contract);
  }

  async #run(collector, contract) {
    while (!this.#stopped) {
      const installation = randomUUID();
      const body = nativeReport('stone', contract, {
        header: { installation },
        fields: { osd: { count: 7 }, usage: { total_bytes: 700, total_used_bytes: 7 } },
      });
      const answer = await postReport(collector, body);
      assert.equal(answer.status, 200, answer.text);
      this.acknowledged.set(installation, body);
    }
  }

  async stop() {
    this.#stopped = true;
    await this.#running;
  }
}

test('a backup taken while reports arrive comes back whole', async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['stone'] });
  const collector = await phoenix.start();
  const { stone } = await contractsOf(collector);
  const sentBefore = [];
  const send = async (header, fields) => {
    const body = nativeReport('stone', stone, { header, fields });
    sentBefore.push(body);
    return postReport(collector, body);
  };

  const until_ = new Date().toISOString().slice(0, 10);
  const fleet = [
    'simulate',
    '--product',
    'stone',
    '--installations',
    '40',
    '--days',
    '10',
    '--seed',
    '3',
    '--until',
    until_,
  ];
  const simulated = printedReports((await candor(...fleet, '--print')).out);
  assert.equal((await candor(...fleet, '--to', collector.url)).code, 0);
  // Engaged by its first report only: three reports on two days, 26 hours from the first to the last.
  const engaged = randomUUID();
  for (const hours of [-40, -32, -14]) {
    assert.equal(
      (
        await send(
          { installation: engaged, sealed_at: new Date(kToday + hours * kHour).toISOString() },
          { osd: { count: 3 } },
        )
      ).status,
      200,
    );
  }
  const partly = await send({}, { osd: { count: -1 }, mon: { count: 1 }, undeclared: 1 });
  assert.equal(partly.json.status, 'partly_quarantined', partly.text);
  assert.equal((await postReport(collector, sentBefore[0])).json.status, 'duplicate');
  assert.equal((await postReport(collector, 'no report')).status, 400);
  const receipt = partly.json.receipt;
  await collector.loaded('stone', simulated.length + 6);
  await collector.ask('OPTIMIZE TABLE candor.report_values FINAL');

  const pump = new Pump(collector, stone);
  await until('reports arrive', () => pump.acknowledged.size > 20);
  const before = new Map(pump.acknowledged);
  const accountingBefore = await collector.accounting('stone');
  const folder = path.join(bench.folder('backup'), 'one');
  const began = performance.now();
  const taken = await candor('backup', folder, '--config', phoenix.config, '--json');
  assert.equal(taken.code, 0, taken.err);
  t.diagnostic(
    `taken in ${Math.round(performance.now() - began)} ms, ${pump.acknowledged.size - before.size} reports arrived meanwhile`,
  );
  assert.ok(
    JSON.parse(taken.out).tables.find(({ name }) => name === 'reports').rows >= simulated.length,
  );
  await until('reports go on arriving', () => pump.acknowledged.size > before.size + 20);
  await pump.stop();
  await until(
    'the rest is loaded',
    async () =>
      (await collector.accounting('stone')).accepted ===
      simulated.length + 3 + pump.acknowledged.size,
  );
  const accountingAfter = await collector.accounting('stone');

  const other = new Phoenix(bench, { products: ['stone'] });
  const restoring = performance.now();
  const restored = await candor('restore', folder, '--config', other.config, '--json');
  assert.equal(restored.code, 0, restored.err);
  t.diagnostic(`restored in ${Math.round(performance.now() - restoring)} ms`);
  const again = await other.start();
  await other.storeAnswers();
  await until(
    'the journal is loaded',
    async () =>
      /^candor_loader_oldest_unstored_seconds 0$/m.test(
        await (await fetch(`${again.url}/metrics`)).text(),
      ) && (await again.accounting('stone')).accepted >= accountingBefore.accepted,
  );

  // All that was answered before the backup began is there, once; nothing that was never sent.
  const rows = (
    await again.ask(
      'SELECT installation, count() FROM candor.reports FINAL WHERE simulated = 0 GROUP BY installation FORMAT TSV',
    )
  )
    .trim()
    .split('\n')
    .map((row) => row.split('\t'));
  const there = new Map(rows);
  assert.deepEqual(
    [...before.keys()].filter((one) => !there.has(one)),
    [],
    'answered before the backup, and lost',
  );
  assert.deepEqual(
    [...pump.acknowledged.keys()].filter((one) => there.has(one) && there.get(one) !== '1'),
    [],
  );
  const accounting = await again.accounting('stone');
  assertAddsUp(accounting);
  for (const [name, value] of Object.entries(totals(accounting))) {
    assert.ok(
      value >= accountingBefore[name] && value <= accountingAfter[name],
      `${name}: ${value} is not between ${accountingBefore[name]} and ${accountingAfter[name]}`,
    );
  }
  const known = [...pump.acknowledged]
    .filter(([installation]) => there.has(installation))
    .map(([, body]) => body);
  assert.equal(accounting.accepted, simulated.length + 3 + known.length);
  const overview = await again.overview('stone', '?simulated=include');
  assertFigures(
    figuresIn(overview),
    figuresOf(
      [...simulated, ...sentBefore.map(withoutQuarantined), ...known],
      Date.parse(overview.as_of),
    ),
  );
  assert.equal(await again.ask('SELECT path, value FROM candor.quarantine'), 'osd.count\t-1\n');
  assert.equal(
    await again.ask('SELECT path, sum(count) FROM candor.drops GROUP BY path'),
    'undeclared\t1\n',
  );

  // It goes on where it was: same key, same memory.
  const [key, keyNow] = await Promise.all([collector.json('/v1/key'), again.json('/v1/key')]);
  assert.equal(keyNow.key, key.key);
  assertSigned(receipt, keyNow.key, sha256(sentBefore.at(-1)));
  for (const body of [
    ...sentBefore,
    ...simulated.slice(0, 20),
    ...[...before.values()].slice(0, 20),
  ]) {
    assert.equal((await postReport(again, body)).json.status, 'duplicate');
  }
  assert.equal((await postReport(again, nativeReport('stone', stone))).json.status, 'accepted');
});

function withoutQuarantined(body) {
  const report = JSON.parse(body);
  if (report.osd?.count < 0) delete report.osd;
  return JSON.stringify(report);
}

test('a backup that is damaged or not finished is refused, and leaves the data folder alone', async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['stone'] });
  const collector = await phoenix.start();
  const { stone } = await contractsOf(collector);
  for (let i = 0; i < 10; ++i)
    assert.equal(
      (await postReport(collector, nativeReport('stone', stone, { fields: { osd: { count: 1 } } })))
        .status,
      200,
    );
  await collector.loaded('stone', 10);
  const folder = path.join(bench.folder('backup'), 'one');
  assert.equal((await candor('backup', folder, '--config', phoenix.config)).code, 0);

  const twice = await candor('backup', folder, '--config', phoenix.config);
  assert.equal(twice.code, 73, twice.err);
  assert.match(twice.err, /not empty/);
  const intoUsed = await candor('restore', folder, '--config', phoenix.config);
  assert.equal(intoUsed.code, 73, intoUsed.err);
  assert.match(intoUsed.err, /not empty/);
  assert.equal((await collector.accounting('stone')).accepted, 10);

  const damaged = async (name, damage, says) => {
    const copy = path.join(bench.folder('damaged'), 'copy');
    cpSync(folder, copy, { recursive: true });
    damage(copy);
    const target = new Phoenix(bench, { products: ['stone'] });
    const result = await candor('restore', copy, '--config', target.config);
    assert.equal(result.code, 65, `${name}: ${result.code} ${result.err}`);
    assert.match(result.err, says, name);
    assert.ok(!readdirSync(target.folder).includes('data'), `${name}: the data folder was begun`);
  };
  const flip =
    (...file) =>
    (copy) => {
      const name = path.join(copy, ...file);
      const bytes = readFileSync(name);
      bytes[bytes.length >> 1] ^= 1;
      writeFileSync(name, bytes);
    };
  const table = readdirSync(path.join(folder, 'tables')).find((name) =>
    name.startsWith('reports.'),
  );
  const segment = readdirSync(path.join(folder, 'journal')).find((name) =>
    name.endsWith('.segment'),
  );
  await damaged('a table', flip('tables', table), /reports\..*damaged/);
  await damaged(
    'a table that is missing',
    (copy) => rmSync(path.join(copy, 'tables', table)),
    /reports\..*damaged/,
  );
  await damaged('the journal', flip('journal', segment), /journal.*damaged/);
  await damaged('the receipt key', flip('receipt.key'), /receipt\.key.*damaged/);
  await damaged('how far the journal was loaded', flip('loaded.json'), /loaded\.json.*damaged/);
  await damaged(
    'the manifest',
    (copy) => writeFileSync(path.join(copy, 'manifest.json'), '{"version": 1'),
    /no backup/,
  );
  await damaged('no manifest', (copy) => rmSync(path.join(copy, 'manifest.json')), /not finished/);

  await phoenix.server.stop();
  const asleep = await candor(
    'backup',
    path.join(bench.folder('backup'), 'two'),
    '--config',
    phoenix.config,
  );
  assert.equal(asleep.code, 69, asleep.err);
  assert.match(asleep.err, /candor server/);
});

test('events and samples come back, and what was counted of them', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const products = [{ name: 'dcos', write_keys: ['key-of-dcos'] }, 'mesh'];
  const phoenix = new Phoenix(bench, { products });
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  const post = async (address, body, headers = {}) => {
    const answer = await fetch(`${collector.url}${address}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.text());
  };
  const batch = [1, 2, 3].map((i) => ({
    type: 'track',
    event: 'mesos_track',
    anonymousId: 'one',
    messageId: `m-${i}`,
    properties: { cpu_total: i },
  }));
  await post('/v1/batch', { writeKey: 'key-of-dcos', batch });
  const dataPoints = [1, 2, 3, 4].map((i) => ({
    asInt: i,
    attributes: [{ key: 'job', value: { stringValue: `j-${i}` } }],
  }));
  const metrics = [{ name: 'up', gauge: { dataPoints } }];
  await post('/v1/metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
  const told = async (of) => [
    (await of.ask('SELECT uniqExact(id) FROM candor.events')).trim(),
    (await of.ask('SELECT count() FROM candor.samples FINAL')).trim(),
    (await of.ask('SELECT uniqMerge(samples) FROM candor.metric_days')).trim(),
  ];
  await until('all is loaded', async () => (await told(collector)).join() === '3,4,4');
  const columns = '* REPLACE (version + 1 AS version)';
  for (const table of ['events', 'samples'])
    await collector.ask(`INSERT INTO candor.${table} SELECT ${columns} FROM candor.${table}`);

  const folder = path.join(bench.folder('backup'), 'one');
  const taken = await candor('backup', folder, '--config', phoenix.config, '--json');
  assert.equal(taken.code, 0, taken.err);
  const { tables } = JSON.parse(taken.out);
  assert.equal(tables.find(({ name }) => name === 'events').rows, 6, 'what was replayed is beside what it replaces');
  assert.equal(tables.find(({ name }) => name === 'samples').rows, 4);
  const other = new Phoenix(bench, { products });
  const restored = await candor('restore', folder, '--config', other.config, '--json');
  assert.equal(restored.code, 0, restored.err);
  const again = await other.start();
  await other.storeAnswers();
  assert.deepEqual(await told(again), ['3', '4', '4']);
  const daily = "SELECT sumMerge(count) FROM candor.daily WHERE figure = '' AND value = 'mesos_track'";
  assert.equal((await again.ask(daily)).trim(), '3');
});
