// The ledger: what was sent and what was acknowledged, kept by a process that nobody kills. It is held against what
// the store has, and gives a verdict of each sort; all of them must be empty.
import assert from 'node:assert/strict';

/** At most so many are named in a failure; all are counted. */
const kNamed = 5;

export class Ledger {
  #sent = new Map(); // "kind key" → the body that the contract keeps, as JSON
  #acknowledged = new Set();

  /** Before the request leaves: `things` are {kind, key, body}, body being what the store shall keep, as JSON. */
  sending(things) {
    for (const { kind, key, body } of things) this.#sent.set(`${kind} ${key}`, body);
  }

  /** After a 2xx. */
  acknowledged(things) {
    for (const { kind, key } of things) this.#acknowledged.add(`${kind} ${key}`);
  }

  get size() {
    return { sent: this.#sent.size, acknowledged: this.#acknowledged.size };
  }

  /**
   * `rows` are all {kind, key, body} of the store, every row; `counted` is how many the store's own sums say there are
   * of a kind: {kind: number}. Lists of sentences: lost, duplicated, phantom, damaged.
   */
  judge(rows, counted = {}) {
    const verdicts = { lost: [], duplicated: [], phantom: [], damaged: [] };
    const found = new Map();
    for (const { kind, key, body } of rows) {
      const name = `${kind} ${key}`;
      found.set(name, (found.get(name) ?? 0) + 1);
      const expected = this.#sent.get(name);
      if (expected === undefined) verdicts.phantom.push(`${name} ${body}`);
      else if (body !== expected) verdicts.damaged.push(`${name}: ${body}, not ${expected}`);
    }
    for (const name of this.#acknowledged) if (!found.has(name)) verdicts.lost.push(name);
    for (const [name, times] of found) if (times > 1) verdicts.duplicated.push(`${name}, ${times} times`);
    for (const [kind, count] of Object.entries(counted)) {
      const distinct = [...found.keys()].filter((name) => name.startsWith(`${kind} `)).length;
      if (count > distinct) verdicts.duplicated.push(`${kind}: ${count} are counted, there are ${distinct}`);
      if (count < distinct) verdicts.lost.push(`${kind}: ${count} are counted, there are ${distinct}`);
    }
    return verdicts;
  }
}

/** Fails unless every list is empty; `where` says which round. */
export function assertClean(where, verdicts) {
  const lines = Object.entries(verdicts)
    .filter(([, list]) => list.length > 0)
    .map(([verdict, list]) => `${list.length} ${verdict}: ${list.slice(0, kNamed).join('; ')}`);
  assert.deepEqual(lines, [], where);
}
