// A collector, clients that load it, and their ledger; what a round of faults is played on.
import assert from 'node:assert/strict';
import { until } from '../../e2e/lib/bench.mjs';
import { contractsOf } from '../../e2e/lib/documents.mjs';
import { Phoenix } from '../../e2e/lib/phoenix.mjs';
import { assertClean, Ledger } from './ledger.mjs';
import { Load, pause } from './load.mjs';
import { everythingKept, kProducts, Requests } from './requests.mjs';
import { seeded } from './seeded.mjs';

/** Not live: no record of every kind is taken within this, after a start or a fault that is over. */
export const kLiveLimitMs = 10_000;
const kLoadedLimitMs = 60_000;

export const kSeed = Number(process.env.FAULT_SEED ?? 7);

export class Stage {
  /** `options` are Phoenix's and Load's. The store answers when this resolves, unless `store` is false. */
  static async open(bench, { seed = kSeed, store = true, ...options } = {}) {
    const stage = new Stage();
    stage.seed = seed;
    stage.random = seeded(seed);
    stage.phoenix = new Phoenix(bench, { products: kProducts, ...options });
    const collector = await stage.phoenix.start();
    if (store) await stage.phoenix.storeAnswers();
    stage.ledger = new Ledger();
    stage.requests = new Requests((await contractsOf(collector)).stone);
    stage.renew(options);
    return stage;
  }

  /** Other clients, who know nothing of what the ones before sent. */
  renew(options = {}) {
    const { ledger, requests, random } = this;
    this.load = new Load({ url: () => this.phoenix.collector.url, ledger, requests, random, ...options });
  }

  get collector() {
    return this.phoenix.collector;
  }

  /** Milliseconds until a record of every kind was taken; fails when that is more than `limit`. */
  async live(limit = kLiveLimitMs) {
    return live(this.load, limit);
  }

  /** Waits until all of the journal is in the store. */
  async settled(within = kLoadedLimitMs) {
    await this.phoenix.storeAnswers();
    const made = () => this.collector.ask('EXISTS candor.samples').then((text) => text === '1\n');
    await until('the tables are made', made, { within });
    const done = async () => (await this.metric('candor_loader_oldest_unstored_seconds')) === 0;
    await until('the journal is in the store', done, { within, every: 20 });
  }

  async metric(name) {
    const text = await (await fetch(`${this.collector.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)[1]);
  }

  async health() {
    const response = await fetch(`${this.collector.url}/actuator/health`);
    return { code: response.status, ...(await response.json()) };
  }

  /** No client may be sending. Holds the ledger against the store; fails unless every verdict is empty. */
  async judge(where) {
    await this.settled();
    const { kept, counted } = await everythingKept(this.collector);
    const wrong = this.load.wrong.map((answer) => JSON.stringify(answer));
    assertClean(where, { ...this.ledger.judge(kept, counted), 'not live, answered wrongly': wrong });
  }
}

/** As Stage's, of any load. */
export async function live(load, limit) {
  const began = performance.now();
  for (const kind of load.kinds) {
    while (!(await load.deliver(load.requests.next(kind)))) {
      const late = performance.now() - began > limit;
      assert.ok(!late, `not live: no ${kind} was taken within ${limit} ms; ${JSON.stringify(load.later.at(-1))}`);
      await pause(5);
    }
  }
  return performance.now() - began;
}

/** The value that a share of them does not exceed. */
export function percentile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}
