// What the agent costs the machine it runs on: memory, processor time, and what is installed for it.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { makeCertificate } from './lib/certificate.mjs';
import { Candor, kCandor, run } from './lib/program.mjs';
import { sendMany } from './lib/relay.mjs';
import { startSink } from './lib/sink.mjs';

const kMaxResidentKiB = 16 * 1024;
const kMaxProgramBytes = 20 << 20;
const kMaxReportMs = 50;
const kReports = 3;
const kRelayed = 1000;

/**
 * The program as it is installed, with nothing of it in the system's cache: what a page fault maps
 * beside the page it is for depends on how the file got there.
 */
async function installed(t) {
  const program = path.join(new Bench(t).folder('installed'), 'candor');
  const stripped = await run('strip', ['-o', program, kCandor]);
  assert.equal(stripped.code, 0, stripped.err);
  const uncached = ['oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'];
  assert.equal((await run('dd', [`of=${program}`, ...uncached])).code, 0);
  return program;
}

const kAgents = {
  mesh: { say: ['--confirmed-by', 'a test'], contract: (text) => text },
  // An HTTP server is in it then: 15 MiB of it are pages of the program and its libraries.
  'mesh with its relay': {
    product: 'mesh',
    say: ['--confirmed-by', 'a test'],
    contract: (text) => text,
    settings: { activatePlausibleTracking: true, relay_listen: '127.0.0.1:0', channel_usage: true },
    most: 20 * 1024,
  },
  // As many fields as there are; the cluster's own program would weigh beside the agent. With what monitoring and push
  // added to the program it is 312 KiB above the 16 MiB of the others.
  stone: {
    say: ['--license', 'sharing-1-0'],
    most: 17 * 1024,
    contract: (text) => text.replace('kind = "ceph"', 'kind = "host"'),
  },
};

for (const [name, { say, contract, product = name, settings = {}, most = kMaxResidentKiB }] of Object.entries(kAgents)) {
  test(`the agent of ${name} stays small while it seals a report and sends it over TLS`, { timeout: 60_000 }, async (t) => {
    const bench = new Bench(t);
    const certificate = await makeCertificate(bench);
    const sink = await startSink(bench, { tls: certificate });
    const candor = new Candor(bench.folder('agent'));
    mkdirSync(path.join(candor.folder, 'contracts'));
    const text = contract(readFileSync(`contracts/${product}.toml`, 'utf8'));
    writeFileSync(path.join(candor.folder, 'contracts', `${product}.toml`), text);
    await candor.configure({
      contracts: path.join(candor.folder, 'contracts'),
      product,
      endpoint: `https://127.0.0.1:${sink.port}`,
      ca_file: certificate.file,
      ...settings,
    });
    await candor.ok('on', ...say);
    const agent = bench.start(await installed(t), ['agent'], { env: candor.env });
    await until('the report arrives', () => sink.bodies.length > 0);
    await until('its receipt is filed', () => /sent 1 of the pending/.test(agent.err));
    const reports = () => sink.bodies.filter((body) => !('events' in JSON.parse(body)));
    if (settings.relay_listen) {
      const [, url] = /web analytics listens on (http:\S+)/.exec(agent.err);
      await sendMany(url, 'project_created', kRelayed);
      await until('they are sent', async () => (await candor.json('status')).relay.forwarded === kRelayed, { within: 30_000 });
    }
    const status = readFileSync(`/proc/${agent.child.pid}/status`, 'utf8');
    const highest = Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]);
    t.diagnostic(`resident at most ${highest} KiB`);
    assert.ok(highest <= most, `${highest} KiB`);
    // User and system time of the whole process in ticks of 10 ms. What it collects itself, from
    // /proc, and hearing of off and on are in it; programs that it asks are not.
    const spent = () => {
      const times = readFileSync(`/proc/${agent.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
      return (Number(times[11]) + Number(times[12])) * 10;
    };
    const start = spent();
    for (let report = 2; report < kReports + 2; ++report) {
      await candor.ok('off');
      await candor.ok('on', ...say);
      await until('another report is sent', () => reports().length === report);
      const receipts = () => agent.err.split(/sent 1 of the pending/).length - 1;
      await until('its receipt is filed', () => receipts() === report);
    }
    const each = (spent() - start) / kReports;
    t.diagnostic(`processor time ${start} ms with the start, then ${each.toFixed(0)} ms a report`);
    assert.ok(each <= kMaxReportMs, `${each} ms a report`);
  });
}

test('the program without the engine is small', { timeout: 60_000 }, async (t) => {
  const { size } = statSync(await installed(t));
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= kMaxProgramBytes, `${size} bytes`);
});
