// An installation asks to be forgotten, and is: no file of the collector has it any more.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { post, postReport } from './lib/documents.mjs';
import {
  assertConfirms,
  assertSignedDeletion,
  inStore,
  Played,
  reportsOfTwo,
} from './lib/played.mjs';
import { Candor, kCandor, run } from './lib/program.mjs';
import { sha256 } from './lib/receipt.mjs';
import { tracesOf } from './lib/traces.mjs';

test('who asks to be forgotten is gone from every file', { timeout: 240_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['stone'] });
  const { a, b } = await reportsOfTwo(collector);
  const { key } = await collector.json('/v1/key');
  const before = await collector.overview('stone');
  const accounting = await collector.accounting('stone');
  assert.equal(before.installations, 2);
  assert.ok(inStore(tracesOf(a.installation, collector.data)).length > 0, 'the search finds');

  await t.test('a stranger cannot, and learns nothing', async () => {
    const stranger = new Played(a.contract);
    const wrong = await a.forget(collector, { secret: stranger.secret });
    assert.equal(wrong.status, 404);
    // The hash that reports carry is no secret.
    assert.equal((await a.forget(collector, { secret: sha256(a.secret) })).status, 404);
    const nobody = await stranger.forget(collector);
    assert.deepEqual([nobody.status, nobody.text], [wrong.status, wrong.text]);
    const nothing = await a.forget(collector, { product: 'nonesuch' });
    assert.deepEqual([nothing.status, nothing.text], [wrong.status, wrong.text]);
    const url = `${collector.url}/v1/forget`;
    assert.equal((await post(url, '{"format":1}')).status, 400);
    assert.equal((await post(url, 'x')).status, 400);
    assert.equal((await post(url, undefined, { method: 'GET' })).status, 405);
    assert.equal((await collector.overview('stone')).installations, 2);
  });

  await t.test('with the secret everything goes, in seconds from the figures', async () => {
    const began = performance.now();
    assert.equal((await a.forget(collector)).status, 202);
    assert.equal((await postReport(collector, a.report())).status, 410);
    await until(
      'the figures are without it',
      async () => (await collector.overview('stone')).installations === 1,
    );
    t.diagnostic(`out of the figures after ${Math.round(performance.now() - began)} ms`);
    const answer = await a.forgotten(collector);
    t.diagnostic(`out of every file after ${Math.round(performance.now() - began)} ms`);
    assertConfirms(answer, a, key);
    assert.deepEqual(tracesOf(a.installation, collector.data), []);
    assert.deepEqual(tracesOf(a.secret, collector.data), []);
    const all = await collector.everything();
    assert.ok(!all.includes(a.installation) && all.includes(b.installation));
    assert.deepEqual(await a.forgotten(collector), answer, 'asked again, the same confirmation');
    assert.equal((await a.forget(collector, { secret: b.secret })).status, 404);
  });

  await t.test('the other one is as before, and so are the counts', async () => {
    assert.ok(inStore(tracesOf(b.installation, collector.data)).length > 0);
    const after = await collector.overview('stone');
    assert.equal(after.insights.osd_count * 2, before.insights.osd_count);
    const now = await collector.loaded('stone', accounting.received + 1);
    assertAddsUp(now);
    assert.deepEqual(now, { ...accounting, received: now.received, refused: now.refused });
    assert.equal(now.refused, accounting.refused + 1);
    assert.equal(
      await collector.ask('SELECT count() FROM candor.quarantine'),
      '1\n',
      "b's value out of bounds",
    );
    const arrivals = await collector.arrivals('stone');
    assert.ok(!JSON.stringify(arrivals).includes(a.installation));
    assert.equal((await postReport(collector, b.report())).status, 200);
  });
});

test('candor forget, from the question to the proof', { timeout: 200_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['mesh'] });
  const [a, b] = [new Candor(bench.folder('agent')), new Candor(bench.folder('agent'))];
  const ids = [];
  for (const one of [a, b]) {
    await one.configure({ product: 'mesh', endpoint: collector.url });
    ids.push((await one.json('on')).installation);
    await one.ok('send');
  }
  const [installation, other] = ids;
  await collector.loaded('mesh', 2);
  const secret = JSON.parse(readFileSync(a.state('identity.json'))).deletion_secret;

  await t.test('nobody is forgotten by accident', async () => {
    const asked = await a.expect(2, 'forget');
    assert.match(asked.err, /candor forget --yes/);
    assert.equal((await a.json('status')).telemetry, 'on');
  });

  await t.test('who does not want to wait asks again', async () => {
    const asked = await a.expect(75, 'forget', '--yes', '--wait', '0');
    assert.match(asked.err, /candor forget/);
    assert.ok(existsSync(a.state('identity.json')));
    assert.equal((await a.json('status')).telemetry, 'off');
    const on = await a.expect(1, 'on');
    assert.match(on.err, /being forgotten/);
    assert.match((await a.ok('status')).out, /forgetting +begun 20.*candor forget/);
    assert.match((await a.json('status')).forgetting.begun_at, /^20/);
  });

  await t.test('the collector signs that everything is gone, and everything is', async () => {
    const began = performance.now();
    const forgotten = JSON.parse(
      (await run(kCandor, ['forget', '--yes', '--json'], { env: a.env, limit: 180_000 })).out,
    );
    t.diagnostic(`forgotten after ${Math.round(performance.now() - began)} ms`);
    assert.equal(forgotten.installation, installation);
    assert.equal(forgotten.forgotten, true);
    const { key } = await collector.json('/v1/key');
    const proof = JSON.parse(readFileSync(forgotten.proof));
    assert.deepEqual(proof.deletion, forgotten.deletion);
    assertSignedDeletion(proof.deletion, { product: 'mesh', installation, key });
    assert.deepEqual(tracesOf(installation, collector.data), []);
    assert.ok(inStore(tracesOf(other, collector.data)).length > 0);
    assert.equal((await collector.overview('mesh')).installations, 1);
  });

  await t.test('here only the proof still names it; the next on is somebody new', async () => {
    const traces = tracesOf(installation, a.state());
    assert.deepEqual([...new Set(traces.map(([file]) => path.dirname(file)))], [
      a.state('deletions'),
    ]);
    assert.deepEqual(tracesOf(secret, a.state()), []);
    for (const name of ['sent', 'refused', 'outbox', 'key', 'collector-key', 'forgetting.json'])
      assert.ok(!existsSync(a.state(name)), name);
    const again = await a.ok('forget', '--yes');
    assert.match(again.err, /no identity/);
    const on = await a.json('on');
    assert.notEqual(on.installation, installation);
    await a.ok('send');
    assert.equal((await b.json('status')).installation, other);
  });

  await t.test('reports that are still on their way by hand find the door closed', async () => {
    const c = new Candor(bench.folder('agent'));
    await c.configure({ product: 'mesh', endpoint: collector.url });
    await c.ok('on');
    const carried = path.join(c.folder, 'carried');
    await c.ok('export', carried);
    // The collector has heard of none of them: to be deleted they would have to be there.
    const early = await c.expect(1, 'forget', '--yes');
    assert.match(early.err, /the collector has none of them yet/);
    assert.ok(existsSync(c.state('identity.json')));
    await c.ok('forget', '--yes', '--local');

    const d = new Candor(bench.folder('agent'));
    await d.configure({ product: 'mesh', endpoint: collector.url });
    await d.ok('on');
    await d.ok('send');
    await d.ok('show');
    const late = path.join(d.folder, 'late');
    await d.ok('export', late);
    await run(kCandor, ['forget', '--yes'], { env: d.env, limit: 180_000 });
    assert.ok(!existsSync(d.state('identity.json')));
    const imported = await run(kCandor, ['import', late, '--to', collector.url, '--json'], { env: d.env });
    assert.equal(imported.code, 0, imported.err);
    assert.deepEqual(JSON.parse(imported.out).outcomes, { refused: 1 });
    assert.match(imported.err, /The first refusal: The collector answered 410: /);
  });

  await t.test('what was never sent needs no collector', async () => {
    const c = new Candor(bench.folder('agent'));
    await c.configure({ product: 'mesh', endpoint: 'https://127.0.0.1:9' });
    await c.ok('on');
    const forgotten = await c.ok('forget', '--yes');
    assert.match(forgotten.err, /ever sent/);
    assert.doesNotMatch(forgotten.err, /Device reports/, 'this product makes none');
    assert.ok(!existsSync(c.state('identity.json')));
  });
});
