// A crash of Candor itself: what it leaves, and that it is in the report after the restart.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';
import { childrenOf } from './lib/phoenix.mjs';
import { Candor, kCandor, run } from './lib/program.mjs';
import { assertWithout, machineSecrets } from './lib/secrets.mjs';

test('a crash of the agent is in the report after its restart', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const candor = new Candor(bench.folder('agent'));
  const crashes = candor.state('crashes');
  const records = () => (existsSync(crashes) ? readdirSync(crashes) : []);
  // Nothing listens there: what is sealed stays pending.
  await candor.configure({ product: 'mesh', endpoint: 'http://127.0.0.1:9' });
  const crash = async () => {
    const agent = bench.start(kCandor, ['agent'], { env: candor.env });
    await until('it runs', () => /telemetry is (on|off)/.test(agent.err));
    if (/is on/.test(agent.err))
      await until('it tried to send what was due', () => /not sent/.test(agent.err));
    assert.equal(await agent.stop('SIGSEGV'), 'SIGSEGV', 'it ends as it would without a record');
  };
  // Each a new one: without the pending report, show makes another.
  const show = async () => {
    rmSync(candor.state('outbox'), { recursive: true, force: true });
    return candor.ok('show');
  };

  await t.test('while telemetry is off, a crash leaves nothing', async () => {
    await crash();
    assert.deepEqual(records(), []);
  });

  await t.test('while it is on, a crash leaves one record, without names and paths', async () => {
    await candor.ok('on');
    await crash();
    assert.equal(records().length, 1);
    const bytes = readFileSync(path.join(crashes, records()[0]));
    const record = JSON.parse(bytes);
    assert.equal(record.candor_crash, 1);
    assert.equal(bytes.includes('/'), false);
    assertWithout(machineSecrets(), bytes, 'the record');
  });

  await t.test('the report has it, and its offsets lead to functions of Candor', async () => {
    const {
      program_crashes: [reported],
      ...rest
    } = JSON.parse((await show()).out);
    assert.equal('program_crashes_damaged' in rest, false);
    assert.equal(reported.program, 'candor agent');
    assert.equal(reported.signal, 'SIGSEGV');
    assert.match(reported.signature, /^[0-9a-f]{64}$/);
    const name = path.basename(kCandor);
    const own = reported.frames.filter(({ module }) => module === name);
    const notes = (await run('readelf', ['-n', kCandor])).out;
    const [, buildId] = /Build ID: ([0-9a-f]+)/.exec(notes);
    for (const { build_id } of own) assert.equal(build_id, buildId);
    const offsets = own.map(({ offset }) => offset);
    const resolved = await run('addr2line', ['-f', '-C', '-i', '-e', kCandor, ...offsets]);
    assert.match(resolved.out, /candor::run_agent/, resolved.out);
    assert.match(resolved.out, /^main$/m, resolved.out);
  });

  await t.test('damaged files are counted', async () => {
    writeFileSync(path.join(crashes, 'damaged.json'), '{"candor_crash":1,');
    const report = JSON.parse((await show()).out);
    assert.equal(report.program_crashes.length, 1);
    assert.equal(report.program_crashes_damaged, 1);
  });

  await t.test('after an off and a new on, what crashed before stays home', async () => {
    await candor.ok('off');
    await candor.ok('on');
    assert.deepEqual(JSON.parse((await show()).out).program_crashes, []);
  });

  await t.test('a crash while its channel was off stays home, and the next one does not', async () => {
    await candor.ok('channel', 'disable', 'crash');
    await crash();
    await candor.ok('channel', 'enable', 'crash');
    assert.equal(records().length, 3, 'the record is kept here');
    assert.deepEqual(JSON.parse((await show()).out).program_crashes, []);
    await crash();
    assert.equal(JSON.parse((await show()).out).program_crashes.length, 1);
  });

  await t.test('the running agent, too, hears of a channel that is switched off and on', async () => {
    const agent = bench.start(kCandor, ['agent'], { env: candor.env });
    await until('it runs', () => /telemetry is on/.test(agent.err));
    const kept = () => readFileSync(candor.state('leaving.json'), 'utf8');
    assert.match(kept(), /program_crashes\[\]\.time/);
    await candor.ok('config', 'set', 'channel_crash', 'false');
    assert.doesNotMatch(kept(), /program_crashes/);
    await agent.stop('SIGSEGV');
    assert.doesNotMatch(kept(), /program_crashes/);
    await candor.ok('config', 'unset', 'channel_crash');
    assert.match(kept(), /program_crashes\[\]\.time/);
    assert.deepEqual(JSON.parse((await show()).out).program_crashes, []);
  });

  await t.test('a crash while a policy refused stays home', async () => {
    const policy = path.join(candor.folder, 'policy.toml');
    candor.env.CANDOR_POLICY = policy;
    writeFileSync(policy, 'telemetry = "on"\n');
    await crash();
    assert.equal(JSON.parse((await show()).out).program_crashes.length, 1);
    writeFileSync(policy, 'telemetry = "local"\n');
    const agent = bench.start(kCandor, ['agent'], { env: candor.env });
    await until('it hears the policy', () => /telemetry is local/.test(agent.err));
    const before = records().length;
    await agent.stop('SIGSEGV');
    assert.equal(records().length, before + 1);
    writeFileSync(policy, 'telemetry = "on"\n');
    assert.deepEqual(JSON.parse((await show()).out).program_crashes, []);
  });
});

test('crashes of collector and engine leave records that an agent can report', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['mesh'] });
  const crashes = path.join(collector.data, 'crashes');
  const { pid } = collector.server.child;
  const engineOf = () => {
    try {
      return childrenOf(pid).find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0')[1] === 'engine');
    } catch {
      return undefined; // it ended while we looked
    }
  };
  const records = () => (existsSync(crashes) ? readdirSync(crashes) : []).filter((name) => name.endsWith('.json'));
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'mesh', endpoint: 'http://127.0.0.1:9', 'collect.crashes.folder': crashes });
  await candor.ok('on');
  const engine = await until('there is an engine', engineOf);
  process.kill(engine, 'SIGSEGV');
  await until('the engine leaves a record', () => records().length === 1);
  await until('another engine is there', () => engineOf() > 0 && engineOf() !== engine);
  assert.equal(await collector.server.stop('SIGSEGV'), 'SIGSEGV');
  assert.equal(records().length, 2);
  const { program_crashes: reported } = JSON.parse((await candor.ok('show')).out);
  assert.deepEqual(reported.map(({ program }) => program), ['candor engine', 'candor server']);
  const name = path.basename(kCandor);
  for (const { program, frames } of reported)
    assert.ok(frames.some(({ module }) => module === name), `${program} is in the frames`);
});
