// Reports arrive while collector and engine are killed, again and again: what was answered 2xx is stored, once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { until } from './bench.mjs';
import { assertAddsUp } from './collector.mjs';
import { contractsOf, nativeReport, postReport } from './documents.mjs';
import { figuresIn, figuresOf, printedReports } from './fleet_figures.mjs';
import { Phoenix } from './phoenix.mjs';
import { environment, kCandor, run } from './program.mjs';

const kClients = 4; // of the ledger, beside the simulator's connections
const kClientPauseMs = 5;

/** `installations` × `days` simulated reports; at each of `kills`, [share of the reports stored, 'engine' | 'collector' | 'both']. */
export async function killScenario(bench, { installations, days, seed, kills, log = () => {} }) {
  const fleet = [
    'simulate',
    '--product',
    'stone',
    '--installations',
    String(installations),
    '--days',
    String(days),
    '--seed',
    String(seed),
    '--until',
    new Date().toISOString().slice(0, 10),
  ];
  const bodies = printedReports(
    (await run(kCandor, [...fleet, '--print'], { limit: 120_000 })).out,
  );

  const phoenix = new Phoenix(bench, { products: ['stone'] });
  await phoenix.start();
  await phoenix.storeAnswers();
  const ledger = new Ledger(phoenix, (await contractsOf(phoenix.collector)).stone);
  const began = performance.now();
  const clients = Array.from({ length: kClients }, () => ledger.client());
  const simulator = bench.start(kCandor, [...fleet, '--to', phoenix.collector.url, '--json'], {
    env: environment(),
  });

  const killed = await killOnTheWay(phoenix, kills, bodies.length, simulator, log);
  assert.equal(await simulator.ended, 0, simulator.err + simulator.out);
  ledger.stop();
  await Promise.all(clients);
  const summary = JSON.parse(simulator.out);
  log(
    `${bodies.length} simulated and ${ledger.sent.size} other reports in ${Math.round(performance.now() - began)} ms; ` +
      `${summary.retries} retries, ${summary.duplicates} duplicates; kills: ${killed.join(', ')}`,
  );

  assertSimulatorIsContent(summary, bodies.length);
  const stored = await quiet(phoenix);
  await assertSimulatedOnce(phoenix.collector, bodies, stored);
  assertLedger(ledger, stored);
  await assertAccounting(phoenix.collector, stored);
  await assertValues(phoenix.collector);
  await assertOverview(phoenix.collector, bodies, ledger, stored);
  return { summary, killed };
}

// Kills when so many reports have been written to the journal, over all lives of the collector.
async function killOnTheWay(phoenix, kills, total, simulator, log) {
  const progress = { before: 0, now: 0 };
  const killed = [];
  for (const [share, what] of kills) {
    await until(
      `${share} of the reports are taken`,
      async () => {
        assert.equal(
          simulator.exit,
          undefined,
          `the simulator ended before the ${killed.length + 1}. kill: ${simulator.err}${simulator.out}`,
        );
        progress.now = await appends(phoenix).catch(() => progress.now);
        return progress.before + progress.now >= share * total;
      },
      { within: 240_000, every: 5 },
    );
    log(`killing ${what} after ${progress.before + progress.now} reports`);
    if (what !== 'collector') await until('there is an engine to kill', () => phoenix.killEngine());
    if (what !== 'engine') {
      await phoenix.killCollector();
      progress.before += progress.now;
      progress.now = 0;
      await phoenix.start();
    }
    killed.push(`${what} at ${Math.round(share * 100)} %`);
  }
  return killed;
}

async function appends(phoenix) {
  const text = await (await fetch(`${phoenix.collector.url}/metrics`)).text();
  return Number(/^candor_journal_appends_total (\S+)$/m.exec(text)[1]);
}

/** Clients that write down what they sent and what was answered, and send half of what was not answered again. */
class Ledger {
  sent = new Map(); // installation → body
  acknowledged = new Map(); // installation → number of 2xx
  #stopped = false;

  constructor(phoenix, contract) {
    this.phoenix = phoenix;
    this.contract = contract;
  }

  stop() {
    this.#stopped = true;
  }

  async client() {
    for (let number = 0; !this.#stopped; ++number) {
      const installation = randomUUID();
      const osds = 1 + (number % 50);
      const fields = {
        osd: { count: osds },
        usage: { total_bytes: osds * 1000, total_used_bytes: osds },
      };
      const body = nativeReport('stone', this.contract, { header: { installation }, fields });
      this.sent.set(installation, body);
      const again = number % 2 === 0;
      while (!(await this.#deliver(installation, body)) && again && !this.#stopped) await pause(50);
      // Some are sent again although they were answered: they must not count twice either.
      if (number % 10 === 0) await this.#deliver(installation, body);
      await pause(kClientPauseMs);
    }
  }

  async #deliver(installation, body) {
    const answer = await postReport(this.phoenix.collector, body, {
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined);
    if (answer === undefined || answer.status === 503) return false;
    assert.equal(answer.status, 200, answer.text);
    assert.ok(['accepted', 'duplicate'].includes(answer.json.status), answer.text);
    this.acknowledged.set(installation, (this.acknowledged.get(installation) ?? 0) + 1);
    return true;
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Waits until nothing is on its way into the store; what is there then: {installation: rows} of each kind.
async function quiet(phoenix) {
  const { collector } = phoenix;
  await phoenix.storeAnswers();
  let before;
  await until(
    'the journal is in the store',
    async () => {
      const text = await (await fetch(`${collector.url}/metrics`)).text();
      const now = (await collector.ask('SELECT sum(count) FROM candor.accounting')).trim();
      const settled = /^candor_loader_oldest_unstored_seconds 0$/m.test(text) && now === before;
      before = now;
      return settled;
    },
    { within: 60_000, every: 1_200 },
  );
  const rows = await collector.ask(
    'SELECT installation, version, simulated, count() FROM candor.reports GROUP BY installation, version, simulated FORMAT TSV',
  );
  return rows
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [installation, version, simulated, count] = line.split('\t');
      return {
        installation,
        version: Number(version),
        simulated: simulated === '1',
        count: Number(count),
      };
    });
}

function assertSimulatorIsContent(summary, reports) {
  assert.equal(summary.reports, reports);
  assert.deepEqual(
    {
      answered: summary.accepted + summary.duplicates,
      partly: summary.partly_quarantined,
      refused: summary.refused,
      undelivered: summary.undelivered,
    },
    { answered: reports, partly: 0, refused: 0, undelivered: 0 },
  );
}

async function assertSimulatedOnce(collector, bodies, stored) {
  const expected = bodies.map((body) => {
    const { installation, sealed_at } = JSON.parse(body).candor;
    return `${installation} ${Date.parse(sealed_at)}`;
  });
  assert.equal(
    new Set(expected).size,
    expected.length,
    'the simulator makes two reports with one identity',
  );
  const simulated = stored.filter((row) => row.simulated);
  const names = new Set(simulated.map((row) => `${row.installation} ${row.version}`));
  assert.deepEqual(
    expected.filter((name) => !names.has(name)),
    [],
    'lost',
  );
  assert.equal(names.size, expected.length, 'reports that nobody sent');
  assert.deepEqual(
    simulated.filter((row) => row.count !== 1),
    [],
    'stored more than once',
  );
  const final = (
    await collector.ask(
      'SELECT count(), uniqExact(installation, version) FROM candor.reports FINAL WHERE simulated = 1',
    )
  ).trim();
  assert.equal(final, `${expected.length}\t${expected.length}`);
}

function assertLedger(ledger, stored) {
  const rows = new Map(
    stored.filter((row) => !row.simulated).map((row) => [row.installation, row.count]),
  );
  assert.ok(ledger.acknowledged.size > 0);
  assert.deepEqual(
    [...ledger.acknowledged.keys()].filter((one) => !rows.has(one)),
    [],
    'acknowledged and lost',
  );
  assert.deepEqual(
    [...rows].filter(([, count]) => count !== 1),
    [],
    'stored more than once',
  );
  assert.deepEqual(
    [...rows.keys()].filter((one) => !ledger.sent.has(one)),
    [],
    'stored but never sent',
  );
}

async function assertAccounting(collector, stored) {
  const accounting = await collector.accounting('stone');
  assertAddsUp(accounting);
  const { accepted, partly_quarantined, quarantined, refused } = accounting;
  assert.deepEqual(
    { accepted, partly_quarantined, quarantined, refused },
    { accepted: stored.length, partly_quarantined: 0, quarantined: 0, refused: 0 },
  );
}

// One row of values for each installation, day and insight.
async function assertValues(collector) {
  const count = async (sql) => Number(await collector.ask(sql));
  const days = await count('SELECT uniqExact(installation, day) FROM candor.reports');
  assert.equal(
    await count("SELECT count() FROM candor.report_values FINAL WHERE insight = ''"),
    days,
  );
  const all = await count('SELECT count() FROM candor.report_values');
  const insights = await count('SELECT uniqExact(insight) FROM candor.report_values');
  assert.equal(
    all,
    insights * (await count("SELECT count() FROM candor.report_values WHERE insight = ''")),
  );
}

async function assertOverview(collector, bodies, ledger, stored) {
  const kept = new Set(stored.map((row) => row.installation));
  const real = [...ledger.sent]
    .filter(([installation]) => kept.has(installation))
    .map(([, body]) => body);
  const without = await collector.overview('stone');
  assertFigures(figuresIn(without), figuresOf(real, Date.parse(without.as_of)));
  const all = await collector.overview('stone', '?simulated=include');
  assertFigures(figuresIn(all), figuresOf([...bodies, ...real], Date.parse(all.as_of)));
}

/** Sums above 2^53 are equal but for the order in which they were added. */
export function assertFigures(seen, expected) {
  for (const name of ['capacity_bytes', 'used_bytes']) {
    assert.ok(
      Math.abs(seen[name] - expected[name]) <= expected[name] * 1e-12,
      `${name}: ${seen[name]}, not ${expected[name]}`,
    );
  }
  const rest = ({ capacity_bytes, used_bytes, ...others }) => others;
  assert.deepEqual(rest(seen), rest(expected));
}
