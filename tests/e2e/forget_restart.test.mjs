// A deletion outlives the collector's process, and a backup does not undo it.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { postReport } from './lib/documents.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { assertConfirms, inStore, reportsOfTwo } from './lib/played.mjs';
import { kCandor, run } from './lib/program.mjs';
import { tracesOf } from './lib/traces.mjs';

test(
  'a collector that is killed while it deletes goes on, and an old backup brings nobody back',
  { timeout: 280_000 },
  async (t) => {
    const bench = new Bench(t);
    const phoenix = new Phoenix(bench, { products: ['stone'] });
    let collector = await phoenix.start();
    await phoenix.storeAnswers();
    const { a, b, sent } = await reportsOfTwo(collector);
    const { key } = await collector.json('/v1/key');
    const backup = path.join(bench.folder('backup'), 'old');
    assert.equal((await run(kCandor, ['backup', backup, '--config', phoenix.config])).code, 0);
    assert.ok(tracesOf(a.installation, backup).length > 0, 'the backup is from before');

    assert.equal((await a.forget(collector)).status, 202);
    const tombstone = readdirSync(path.join(collector.data, 'forgotten'));
    assert.equal(tombstone.length, 1);
    await phoenix.killCollector();
    collector = await phoenix.start();
    assert.equal((await a.forget(collector)).status, 202, 'it knows, before the store answers');
    assert.equal((await postReport(collector, a.report())).status, 410);
    await phoenix.storeAnswers();
    await until(
      'the figures are without it',
      async () => (await collector.overview('stone')).installations === 1,
    );
    await phoenix.killCollector();
    collector = await phoenix.start();
    const answer = await a.forgotten(collector);
    assertConfirms(answer, a, key);
    assert.deepEqual(tracesOf(a.installation, collector.data), []);
    assert.ok(inStore(tracesOf(b.installation, collector.data)).length > 0);
    assert.equal((await collector.accounting('stone')).accepted + sent, 2 * sent - 2);

    await t.test('restored, the backup is filtered by the tombstones that are newer', async (t) => {
      const other = new Phoenix(bench, { products: ['stone'] });
      const data = path.join(other.folder, 'data');
      mkdirSync(data, { mode: 0o700 });
      cpSync(path.join(collector.data, 'forgotten'), path.join(data, 'forgotten'), {
        recursive: true,
      });
      const restored = await run(kCandor, ['restore', backup, '--config', other.config]);
      assert.equal(restored.code, 0, restored.err);
      const again = await other.start();
      await other.storeAnswers();
      await again.loaded('stone', sent);
      const all = await again.everything();
      assert.ok(!all.includes(a.installation), 'it is back');
      assert.ok(all.includes(b.installation));
      assert.equal((await again.overview('stone')).installations, 1);
      assert.equal((await postReport(again, a.report())).status, 410);
      const began = performance.now();
      assert.deepEqual(await a.forgotten(again), answer, 'the confirmation is the one of then');
      t.diagnostic(`out of the restored files after ${Math.round(performance.now() - began)} ms`);
      assert.deepEqual(tracesOf(a.installation, again.data), []);
      assert.ok(inStore(tracesOf(b.installation, again.data)).length > 0);
    });
  },
);
