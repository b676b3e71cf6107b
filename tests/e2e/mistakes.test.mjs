// What an operator gets wrong is said where it is set and where it is looked at, not at the first
// report.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { Candor, kCandor } from './lib/program.mjs';

async function agentOf(bench, settings) {
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'mesh', ...settings });
  return candor;
}

test('a wrong wire or endpoint', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const endsWith78 = async (candor, what) => {
    const agent = bench.start(kCandor, ['agent'], { env: candor.env });
    assert.equal(await agent.ended, 78);
    assert.match(agent.err, what);
  };

  await t.test('a wire that there is none of is refused, in the file, too', async () => {
    const candor = await agentOf(bench, {});
    const bogus = /wire is native or segment, not "bogus"/;
    assert.match((await candor.expect(78, 'config', 'set', 'wire', 'bogus')).err, bogus);
    assert.match((await candor.expect(78, 'config', 'set', 'wire', 'bogus', '--dry-run')).err, bogus);
    appendFileSync(path.join(candor.folder, 'candor.toml'), 'wire = "bogus"\n');
    assert.match((await candor.expect(78, 'status')).err, bogus);
    await endsWith78(candor, bogus);
    await candor.ok('config', 'set', 'wire', 'native');
    await candor.ok('status');
  });

  await t.test('a wire that the contract does not accept', async () => {
    const candor = await agentOf(bench, { wire: 'segment', endpoint: 'http://127.0.0.1:1' });
    const wrong = /mesh does not accept segment/;
    const { out } = await candor.ok('status');
    assert.match(out.replace(/\s+/g, ' '), wrong);
    assert.doesNotMatch(out, /signs no receipts/);
    assert.match((await candor.json('status')).endpoint_problem, wrong);
    await endsWith78(candor, wrong);
  });

  await t.test('an endpoint that is none', async () => {
    for (const [endpoint, wrong] of [
      ['no url', /candor\.toml:\d+: endpoint: /],
      ['http://collector.example.com', /plain http to another machine/],
    ]) {
      const candor = await agentOf(bench, {});
      appendFileSync(path.join(candor.folder, 'candor.toml'), `endpoint = "${endpoint}"\n`);
      assert.match((await candor.ok('status')).out.replace(/\s+/g, ' '), wrong);
      await endsWith78(candor, wrong);
    }
    const right = await agentOf(bench, { endpoint: 'http://127.0.0.1:1' });
    assert.equal((await right.json('status')).endpoint_problem, null);
  });
});
