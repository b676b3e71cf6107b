// What only processes can show: the question on a terminal, an off during an upload, notices, two agents.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { Candor, kCandor, run } from './lib/program.mjs';

const kOffReachesMs = 1000;

/** Runs `candor …` on a terminal of its own, types `answers` as they are asked for; {code, out}. */
async function onTerminal(bench, candor, args, answers = [], env = {}) {
  const line = [kCandor, ...args].map((word) => `'${word}'`).join(' ');
  const terminal = bench.start('script', ['-qec', line, '/dev/null'], {
    env: { ...candor.env, NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  for (const [asked, answer] of answers) {
    await until(`it says ${asked}`, () => asked.test(terminal.out));
    terminal.child.stdin.write(answer);
  }
  const code = await terminal.ended;
  return { code, out: terminal.out.replaceAll('\r', '') };
}

const contract = ({ consent = 'opt-in', licence = true, fields = '' } = {}) => `candor = 1
[product]
name = "acme"
title = "Acme"
about = "Figures of Acme."
contact = "privacy@acme.example"
consent = "${consent}"
accepts = ["native"]
endpoint = "http://127.0.0.1:1"
retention = "30d"
${licence ? 'licence = { id = "l-1", name = "Licence One", url = "https://l.example" }' : ''}
[[collector]]
kind = "host"
[[channel]]
name = "basic"
about = "The size of the machine."
default = true
purpose = "operations"
owner = "acme"
fields = [
  { path = "cpu.count", type = "integer", about = "Processors." },
  ${fields}
]
`;

/** An installation of acme. */
async function installation(bench, options, settings = {}) {
  const candor = new Candor(bench.folder('consent'));
  const contracts = path.join(candor.folder, 'contracts');
  mkdirSync(contracts);
  candor.renew = (changed) => writeFileSync(path.join(contracts, 'acme.toml'), contract(changed));
  candor.renew(options);
  await candor.configure({ contracts, product: 'acme', ...settings });
  candor.consent = () => JSON.parse(readFileSync(candor.state('consent.json'), 'utf8'));
  return candor;
}

test('the question on a terminal', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const candor = await installation(bench);

  await t.test('shows what, why, how long, whom to ask and the licence; nothing is taken for a yes', async () => {
    const asked = await onTerminal(bench, candor, ['on'], [
      [/Type yes or no: $/, '\n'],
      [/Type yes or no: .*Type yes or no: $/s, 'ye\n'],
      [/(Type yes or no: .*){3}$/s, 'y\n'],
    ]);
    assert.equal(asked.code, 0, asked.out);
    for (const part of [
      'Acme', 'basic (on): The size of the machine.', 'Purpose: operations', 'Kept for 30 days',
      'privacy@acme.example', 'Licence One (l-1), https://l.example',
    ])
      assert.ok(asked.out.includes(part), `${part}\n${asked.out}`);
    assert.equal((await candor.json('status')).telemetry, 'on');
    assert.equal(candor.consent().licence, 'l-1');
    assert.match(candor.consent().how, /answered yes/);
  });

  await t.test('who agreed already is not asked', async () => {
    const again = await onTerminal(bench, candor, ['on']);
    assert.equal(again.code, 0, again.out);
    assert.doesNotMatch(again.out, /yes or no/);
  });

  await t.test('a newer contract is asked about once more, and a no keeps what was', async () => {
    candor.renew({ fields: '{ path = "memory.bytes", type = "integer", about = "Memory." },' });
    const asked = await onTerminal(bench, candor, ['on'], [[/Type yes or no: $/, 'no\n']]);
    assert.equal(asked.code, 10, asked.out);
    assert.match(asked.out, /memory\.bytes \(channel basic\): Memory\./);
    assert.doesNotMatch(asked.out, /cpu\.count/);
    assert.equal(JSON.parse((await candor.expect(10, 'status', '--json')).out).telemetry, 'on');
  });

  await t.test('a no is kept as an off', async () => {
    const fresh = await installation(bench);
    const asked = await onTerminal(bench, fresh, ['on'], [[/Type yes or no: $/, 'no\n']]);
    assert.equal(asked.code, 77, asked.out);
    assert.equal(fresh.consent().state, 'off');
    assert.match(fresh.consent().how, /answered no/);
    assert.equal(fresh.consent().licence, null);
    assert.match((await fresh.ok('status')).out, /off\. It was switched off/);
  });

  await t.test('the end of the input changes nothing', async () => {
    await candor.ok('off');
    const before = readFileSync(candor.state('consent.json'), 'utf8');
    const asked = await onTerminal(bench, candor, ['on'], [[/Type yes or no: $/, '\x04']]);
    assert.equal(asked.code, 77, asked.out);
    assert.equal(readFileSync(candor.state('consent.json'), 'utf8'), before);
  });

  for (const [why, args, env, code] of [
    ['--no-input', ['on', '--no-input'], {}, 77],
    ['a CI service', ['on'], { CI: 'true' }, 77],
    ['DO_NOT_TRACK', ['on'], { DO_NOT_TRACK: '1' }, 13],
    ['a policy that is missing', ['on'], { CANDOR_POLICY: '/nonexistent/policy.toml' }, 13],
    ['--help', ['on', '--help'], {}, 0],
  ])
    await t.test(`nobody is asked with ${why}`, async () => {
      const silent = await onTerminal(bench, candor, args, [], env);
      assert.equal(silent.code, code, silent.out);
      assert.doesNotMatch(silent.out, /Type yes or no/);
    });

  await t.test('nobody is asked without a terminal', async () => {
    const silent = await candor.run('on');
    assert.equal(silent.code, 77);
    assert.match(silent.err, /--license l-1/);
  });

  await t.test('who forbids is named before the licence is asked for', async () => {
    for (const more of [[], ['--dry-run']]) {
      const forbidden = await run(kCandor, ['on', ...more], {
        env: { ...candor.env, DO_NOT_TRACK: '1' },
      });
      assert.equal(forbidden.code, 13, forbidden.err);
      assert.match(forbidden.err, /DO_NOT_TRACK=1/);
      assert.doesNotMatch(forbidden.err, /--license/);
    }
  });

  await t.test('who agreed to all of it needs no licence again', async () => {
    await candor.ok('on', '--license', 'l-1');
    const before = readFileSync(candor.state('consent.json'), 'utf8');
    assert.match((await candor.ok('on')).err, /is on already/);
    assert.match((await candor.ok('on', '--dry-run')).out, /agreed to already/);
    assert.equal(readFileSync(candor.state('consent.json'), 'utf8'), before);
  });
});

test('off stops an upload between chunks', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  // A collector that takes a few bytes now and then.
  let bytes = 0;
  let draining = false;
  let ended;
  const key = Buffer.alloc(32, 1).toString('base64');
  const sink = http.createServer((request, response) => {
    if (request.method === 'GET') return response.end(JSON.stringify({ schema_version: 1, key }));
    const reader = setInterval(() => {
      const chunk = draining ? request.read() : request.read(64);
      if (!chunk) return;
      bytes += chunk.length;
    }, 10);
    request.on('readable', () => {});
    request.on('error', () => {});
    request.on('close', () => {
      clearInterval(reader);
      ended = { at: Date.now(), whole: request.complete };
    });
  });
  await new Promise((done) => sink.listen(0, '127.0.0.1', done));
  bench.defer(() => {
    sink.closeAllConnections();
    sink.close();
  });
  const endpoint = `http://127.0.0.1:${sink.address().port}`;
  // Larger than what the sockets between them hold, and hard to compress.
  const candor = await installation(
    bench,
    {
      licence: false,
      fields: '{ path = "noise[]", type = "string", max_length = 4000, about = "Noise." },',
    },
    { endpoint },
  );
  const noise = path.join(candor.folder, 'noise');
  writeFileSync(
    noise,
    `#!/bin/sh\nprintf '{"noise":["'; head -c 5500000 /dev/urandom | base64 -w 3000 | ` +
      `sed ':a;N;$!ba;s/\\n/","/g' | tr -d '\\n'; printf '"]}'\n`,
    { mode: 0o755 },
  );
  const file = path.join(candor.folder, 'contracts', 'acme.toml');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(
      'kind = "host"',
      `kind = "exec"\ncommand = ["${noise}"]\nmax_output = 8388608`,
    ),
  );
  await candor.ok('on');
  const show = await candor.ok('show');
  assert.ok(show.bytes.length > 5 << 20, `${show.bytes.length} bytes`);
  const sending = candor.run('send');
  await until('the upload is under way', () => bytes > 1000, { within: 40_000 });
  const began = Date.now();
  await candor.ok('off');
  const result = await sending;
  const gaveUp = Date.now() - began;
  // Whatever else may come is read now, as fast as it does.
  draining = true;
  await until('the connection ends', () => ended, { every: 5 });
  t.diagnostic(
    `${gaveUp} ms after the start of \`candor off\` the sender had ended; ${bytes} bytes of a ` +
      `report of ${show.bytes.length} had come, compressed`,
  );
  assert.ok(gaveUp < kOffReachesMs, `${gaveUp} ms`);
  assert.equal(ended.whole, false, 'the report did not arrive whole');
  assert.equal(result.code, 11, result.err);
  assert.match(result.err, /what was pending is dropped/);
  assert.doesNotMatch(result.err, /kept|try again/);
  assert.deepEqual(readdirSync(candor.state('outbox')), []);
  assert.equal(candor.consent().consent_hash, null);
});

test('a product that is on unless refused', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const quiet = { consent: 'opt-out', licence: false };

  await t.test('the agent tells in its log, waits, and hears a refusal', async () => {
    const candor = await installation(bench, quiet);
    const agent = bench.start(kCandor, ['agent'], { env: candor.env });
    await until('it gives the notice', () => /: telemetry begins unless you refuse/.test(agent.err));
    await until('it waits', () => /telemetry is off: A notice was given/.test(agent.err));
    const { how, given_at, starts_at } = candor.consent();
    assert.equal(how, 'notice');
    assert.equal(Date.parse(starts_at) - Date.parse(given_at), 24 * 3600 * 1000);
    assert.equal((await candor.json('status')).next_report, starts_at);
    assert.equal((await candor.json('status')).agent_runs, true);
    await candor.ok('off');
    await until('it hears the no', () => /switched off with `candor off`/.test(agent.err));
    assert.equal(await agent.stop(), 0);
    const again = bench.start(kCandor, ['agent'], { env: candor.env });
    await until('it runs', () => /telemetry is off/.test(again.err));
    assert.doesNotMatch(again.err, /unless you refuse/);
  });

  await t.test('it begins by itself when the day is over', async () => {
    const candor = await installation(bench, quiet);
    const agent = bench.start(kCandor, ['agent'], { env: candor.env });
    await until('it waits', () => /telemetry is off: A notice was given/.test(agent.err));
    const soon = new Date(Date.now() + 1500).toISOString();
    const state = candor.consent();
    writeFileSync(candor.state('consent.json'), JSON.stringify({ ...state, starts_at: soon }));
    await until('it makes a report', () => /sealed report/.test(agent.err));
    assert.ok(Date.now() >= Date.parse(soon), 'not before');
  });

  await t.test('nobody is told where nobody reads or somebody forbids', async () => {
    for (const env of [{ CI: 'true' }, { DO_NOT_TRACK: '1' }, { CANDOR_TELEMETRY: 'off' }]) {
      const candor = await installation(bench, quiet);
      const agent = bench.start(kCandor, ['agent'], { env: { ...candor.env, ...env } });
      await until('it waits', () => /telemetry is off/.test(agent.err));
      await onTerminal(bench, candor, ['status'], [], env);
      assert.equal(existsSync(candor.state()), false);
      await agent.stop();
    }
  });

  await t.test('a command on a terminal tells, one in a script does not', async () => {
    const candor = await installation(bench, quiet);
    await candor.ok('status');
    assert.equal(existsSync(candor.state()), false);
    const told = await onTerminal(bench, candor, ['status']);
    assert.match(told.out, /: telemetry begins unless you refuse/);
    assert.match(told.out, /telemetry\s+off\. A notice was given/);
    assert.doesNotMatch((await onTerminal(bench, candor, ['status'])).out, /unless you refuse/);
    await candor.ok('on');
    assert.equal((await candor.json('status')).telemetry, 'on');
  });
});

test('one agent for each state folder', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const candor = await installation(bench, { licence: false });
  await candor.ok('local');
  const first = bench.start(kCandor, ['agent'], { env: candor.env });
  await until('it runs', () => /started/.test(first.err));
  const second = await run(kCandor, ['agent'], { env: candor.env });
  assert.equal(second.code, 75, second.err);
  assert.match(second.err, /Another candor agent already runs/);
  assert.equal((await candor.json('status')).agent_runs, true);
  await first.stop();
  assert.equal((await candor.json('status')).agent_runs, false);
});

test('a cluster that another agent reports already', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const candor = await installation(bench, { licence: false });
  const file = path.join(candor.folder, 'contracts', 'acme.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('kind = "host"', 'kind = "ceph"'));
  const own = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const cluster = path.join(candor.folder, 'cluster');
  const answers = (identity) =>
    writeFileSync(
      cluster,
      `#!/bin/sh\ncase "$*" in\n*report_id*) ${identity ? `echo ${identity}` : 'exit 2'} ;;\n` +
        `*candor/identity*) echo '{"format":1,"agent":"the-other"}' ;;\nesac\n`,
      { mode: 0o755 },
    );
  answers(own);
  await candor.configure({ 'collect.ceph.command': cluster });
  assert.match((await candor.ok('status')).out, /installation none yet; .*the cluster's own/);
  const same = await candor.expect(1, 'on');
  assert.match(same.err, new RegExp(`the-other.*same identity, the cluster's own: ${own}.*--also-here`));
  answers();
  const more = await candor.expect(1, 'on');
  assert.match(more.err, /no identity of its own, so this one would count as an installation more/);
  assert.equal(existsSync(candor.state('identity.json')), false);
  answers(own);
  assert.equal((await candor.json('on', '--also-here')).installation, own);
  assert.match((await candor.ok('status')).out, new RegExp(`installation ${own} \\(the cluster's own\\)`));
});
