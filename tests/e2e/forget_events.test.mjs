// Who asks to be forgotten takes its events along, from the journal and from the store.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { contractsOf, nativeReport, post, postReport } from './lib/documents.mjs';
import { inStore, Played } from './lib/played.mjs';
import { sha256 } from './lib/receipt.mjs';
import { tracesOf } from './lib/traces.mjs';

const kProduct = 'dcos';

class PlayedCluster extends Played {
  report() {
    const header = { installation: this.installation, deletion: sha256(this.secret) };
    return nativeReport(kProduct, this.contract, { header, fields: {} });
  }

  forget(collector) {
    return super.forget(collector, { product: kProduct });
  }

  /** Two events, of one of which a value is out of bounds. */
  async sendEvents(collector, id) {
    const batch = [12, -1].map((cpu_total, i) => ({
      type: 'track',
      event: 'mesos_track',
      messageId: `${id}-${i}`,
      properties: { clusterId: this.installation, cpu_total },
    }));
    const answer = await post(`${collector.url}/v1/batch`, JSON.stringify({ batch }));
    assert.equal(answer.status, 200, answer.text);
  }
}

test('the events of who is forgotten go with its reports', { timeout: 400_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: [kProduct] });
  const contract = (await contractsOf(collector))[kProduct];
  const [a, b, c] = [0, 0, 0].map(() => new PlayedCluster(contract));
  const [again, browser] = [new PlayedCluster(contract, c.installation), new PlayedCluster(contract)];
  for (const one of [a, b, c, again])
    assert.equal((await postReport(collector, one.report())).status, 200);
  for (const [i, one] of [a, b, c, browser].entries()) await one.sendEvents(collector, `m${i}`);
  const before = await collector.loaded(kProduct, 12);
  const eventsOf = async (one) =>
    Number(await collector.ask(`SELECT count() FROM candor.events WHERE source = '${one.installation}'`));
  assert.equal(await eventsOf(a), 2);
  assert.ok(inStore(tracesOf(a.installation, collector.data)).length > 0, 'the search finds');

  await t.test('in the store, in the journal, and what is in quarantine', async () => {
    // Some of them are on their way into the store when it asks.
    await a.sendEvents(collector, 'late');
    await a.forgotten(collector);
    assert.deepEqual(tracesOf(a.installation, collector.data), []);
    assert.ok(!(await collector.everything()).includes(a.installation));
    const held = await collector.ask('SELECT count() FROM candor.quarantine');
    assert.equal(Number(held), 3, 'those of the others');
    assert.equal(await eventsOf(b), 2);
  });

  await t.test('counts stay', async () => {
    const accounting = await collector.loaded(kProduct, before.received + 2);
    assertAddsUp(accounting);
    assert.equal(accounting.received, before.received + 2);
    const { events } = await collector.json(`/api/v1/products/${kProduct}/events?days=2`);
    assert.deepEqual(events.map(({ name, count }) => [name, count]), [['mesos_track', 10]]);
  });

  await t.test('under a shared identity they stay: nobody can say whose they are', async () => {
    await c.forgotten(collector);
    assert.equal(await eventsOf(c), 2);
    await again.forgotten(collector);
    assert.equal(await eventsOf(c), 0);
  });

  await t.test('who never sent a report has no secret', async () => {
    assert.equal((await browser.forget(collector)).status, 404);
    assert.equal(await eventsOf(browser), 2);
  });

  await t.test('what comes later is taken: it carries no secret that could refuse it', async () => {
    await a.sendEvents(collector, 'later');
    await collector.loaded(kProduct, before.received + 4);
    assert.equal(await eventsOf(a), 2);
  });
});
