// Several senders under one identity: each can delete what it sent, and nothing else.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';
import { contractsOf, post, postReport } from './lib/documents.mjs';
import { kCanary, Played } from './lib/played.mjs';
import { sha256 } from './lib/receipt.mjs';

test(
  'under a shared identity each secret deletes its own records only',
  { timeout: 200_000 },
  async (t) => {
    const bench = new Bench(t);
    const collector = await startCollector(bench, { products: ['stone'] });
    const { stone } = await contractsOf(collector);
    const owner = new Played(stone);
    const stranger = new Played(stone, owner.installation);
    const byModule = JSON.stringify({
      report_id: owner.installation,
      report_timestamp: new Date(Date.now() - 3_600_000).toISOString().slice(0, -1),
      osd: { count: 7 },
    });
    const moduleSent = await post(`${collector.url}/report`, byModule, { method: 'PUT' });
    assert.equal(moduleSent.status, 200, moduleSent.text);
    assert.equal((await postReport(collector, owner.report({ osd: { count: 11 } }))).status, 200);
    const forged = stranger.report({ osd: { count: kCanary } });
    assert.equal((await postReport(collector, forged)).status, 200);
    await collector.loaded('stone', 3);
    const rows = (table) =>
      collector.ask(`SELECT count() FROM candor.${table} FINAL`).then((text) => Number(text));
    assert.equal(await rows('reports'), 3);
    const quarantined = () => collector.ask('SELECT count() FROM candor.quarantine');
    assert.equal(await quarantined(), '1\n', 'its value out of bounds');

    await stranger.forgotten(collector);
    const left = await collector.ask(
      'SELECT protocol FROM candor.reports FINAL ORDER BY protocol FORMAT TSV',
    );
    assert.equal(left, 'ceph\nnative\n', 'the forged one is gone, the others stay');
    assert.equal(await quarantined(), '0\n', 'with its value out of bounds');
    assert.ok((await collector.everything()).includes(sha256(owner.secret)));
    assert.equal((await postReport(collector, owner.report({ osd: { count: 12 } }))).status, 200);
    await collector.loaded('stone', 4);
    assert.equal((await collector.overview('stone')).installations, 1);
  },
);
