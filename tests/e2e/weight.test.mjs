// What the agent costs the machine it runs on: memory, and what is installed for it.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { makeCertificate } from './lib/certificate.mjs';
import { Candor, kCandor, run } from './lib/program.mjs';
import { startSink } from './lib/sink.mjs';

const kMaxResidentKiB = 16 * 1024;
const kMaxProgramBytes = 20 << 20;

test('the agent stays small while it seals a report and sends it over TLS', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const certificate = await makeCertificate(bench);
  const sink = await startSink(bench, { tls: certificate });
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({
    product: 'mesh',
    endpoint: `https://127.0.0.1:${sink.port}`,
    ca_file: certificate.file,
  });
  await candor.ok('on', '--confirmed-by', 'a test');
  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  await until('the report arrives', () => sink.bodies.length > 0);
  await until('its receipt is filed', () => /sent 1 of the pending/.test(agent.err));
  const status = readFileSync(`/proc/${agent.child.pid}/status`, 'utf8');
  const highest = Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]);
  t.diagnostic(`resident at most ${highest} KiB`);
  assert.ok(highest <= kMaxResidentKiB, `${highest} KiB`);
  // User and system time of the whole process in ticks of 10 ms, collecting and start included.
  const times = readFileSync(`/proc/${agent.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  t.diagnostic(`processor time ${(Number(times[11]) + Number(times[12])) * 10} ms, start included`);
});

test('the program without the engine is small', { timeout: 60_000 }, async (t) => {
  const stripped = path.join(new Bench(t).folder('stripped'), 'candor');
  const done = await run('strip', ['-o', stripped, kCandor]);
  assert.equal(done.code, 0, done.err);
  const { size } = statSync(stripped);
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= kMaxProgramBytes, `${size} bytes`);
});
