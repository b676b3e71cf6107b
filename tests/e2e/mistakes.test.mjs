// What an operator gets wrong is said where it is set and where it is looked at, not at the first
// report.
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { Candor, kCandor, run } from './lib/program.mjs';
import { startSink } from './lib/sink.mjs';

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

test('what is recommended is what works', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);

  await t.test('a channel that nobody confirmed', async () => {
    const candor = await agentOf(bench, { endpoint: 'http://127.0.0.1:1' });
    await candor.ok('on');
    const set = await candor.ok('config', 'set', 'channel_usage', 'true');
    const recommended = /Ask the customer, then: candor channel enable usage --confirmed-by WHO/;
    assert.match(set.err, /Nothing of the channel usage leaves until it is confirmed/);
    assert.match(set.err, recommended);
    const diff = await candor.expect(10, 'diff');
    assert.match(diff.err, recommended);
    assert.doesNotMatch(diff.err, /candor on/);
    await candor.ok('channel', 'enable', 'usage', '--confirmed-by', 'Jo');
    await candor.ok('diff');
    const maybe = await candor.expect(2, 'config', 'set', 'channel_usage', 'maybe');
    assert.match(maybe.err, /channel_usage is true or false, not "maybe"/);
  });

  await t.test('a product that there is no contract of', async () => {
    const candor = await agentOf(bench, {});
    const before = readFileSync(path.join(candor.folder, 'candor.toml'), 'utf8');
    for (const more of [[], ['--dry-run']]) {
      const { err } = await candor.expect(78, 'config', 'set', 'product', 'ston', ...more);
      assert.match(err, /no contract of a product "ston".*Did you mean "stone"\?/);
    }
    assert.equal(readFileSync(path.join(candor.folder, 'candor.toml'), 'utf8'), before);
    appendFileSync(path.join(candor.folder, 'candor.toml'), 'contracts = "not-there"\n');
    await candor.ok('config', 'set', 'product', 'other');
  });

  await t.test('an unfinished forget', async () => {
    const sink = await startSink(bench);
    const candor = await agentOf(bench, { endpoint: sink.url });
    await candor.ok('on');
    await candor.ok('send');
    await candor.ok('config', 'set', 'endpoint', 'http://127.0.0.1:1');
    await candor.expect(75, 'forget', '--yes', '--wait', '0');
    for (const [code, ...command] of [
      [11, 'send'],
      [11, 'export', '-'],
      [0, 'show'],
    ]) {
      const { err } = await candor.expect(code, ...command);
      assert.match(err, /being forgotten.*candor forget/, command[0]);
      assert.doesNotMatch(err, /candor on/, command[0]);
    }
    writeFileSync(candor.state('consent.json'), 'no consent');
    const { err } = await candor.expect(65, 'send');
    assert.match(err, /consent\.json is damaged.*candor forget/);
    assert.doesNotMatch(err, /candor on/);
    const done = await candor.ok('forget', '--yes', '--local');
    assert.doesNotMatch(done.err, /[Dd]evice/, 'mesh has no device reports');
  });

  await t.test('the day between notice and beginning', async () => {
    const candor = new Candor(bench.folder('agent'));
    await candor.configure({ product: 'dcos', endpoint: 'http://127.0.0.1:1' });
    const agent = bench.start(kCandor, ['agent'], { env: candor.env });
    await until('it waits', () => /A notice was given/.test(agent.err));
    await agent.stop();
    const { starts_at } = JSON.parse(readFileSync(candor.state('consent.json'), 'utf8'));
    const { err, out } = await candor.ok('diff', '--json');
    assert.equal(JSON.parse(out).starts_at, starts_at);
    assert.match(err, /A notice announced .*it begins at/);
    assert.doesNotMatch(err, /you agreed to all/);
    const unsent = await candor.expect(11, 'send');
    assert.doesNotMatch(unsent.err, /begins at once.*To switch it on/);
  });

  await t.test('a rehearsal names the command that prints what would be sent', async () => {
    const candor = await agentOf(bench, { endpoint: 'http://127.0.0.1:1' });
    await candor.ok('on');
    assert.match((await candor.ok('send', '--dry-run')).out, /`candor show` prints it/);
    const full = await run('/bin/sh', ['-c', `"${kCandor}" export - >/dev/full`], { env: candor.env });
    assert.notEqual(full.code, 0);
    assert.doesNotMatch(full.err, /on standard output\. Until/);
  });
});

test('verify says which key and which bytes do not fit', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const sink = await startSink(bench);
  const candor = await agentOf(bench, { endpoint: sink.url });
  await candor.ok('on');
  const { id } = await candor.json('send');
  const report = candor.state('sent', `${id}.json`);
  const files = ['verify', '--report', report, '--receipt', candor.state('sent', `${id}.receipt.json`), '--key'];
  await candor.ok(...files, sink.key);
  const { err } = await candor.expect(1, ...files, Buffer.alloc(32, 7).toString('base64'));
  assert.match(err, /signed with the key \S+, not with the one given/);
  assert.doesNotMatch(err, /pinned/);
  appendFileSync(report, ' ');
  assert.match((await candor.expect(1, 'verify', id)).err, /bytes that are kept are not those of the receipt/);
});
