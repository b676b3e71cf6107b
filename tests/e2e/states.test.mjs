// Random states with real processes: a collector program of the test's own prints random JSON, things
// happen in random order, sendings are killed at random moments. What was shown is what arrived, what
// is kept, what the log says and what the receipt is for. (tests/states does the same ten thousand
// times within one process.)
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { Candor, kCandor } from './lib/program.mjs';
import { sha256 } from './lib/receipt.mjs';
import { startSink } from './lib/sink.mjs';

const kStates = Number(process.env.CANDOR_PROCESS_STATES ?? 6);
const kSteps = 14;
const kEnoughStates = 6; // for a kill and a proof to be among them
const totals = { proven: 0, kills: 0 };
/** Which report it is, whatever its bytes are: no two of an installation have the same time. */
const momentOf = (bytes) => JSON.parse(bytes).candor.sealed_at;

/** Numbers that are the same for the same seed (mulberry32). */
function dice(seed) {
  return (n) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const contract = (program, version) => `candor = 1
[product]
name = "random"
contact = "c"
[[collector]]
kind = "exec"
command = [${[process.execPath, program].map((word) => JSON.stringify(word)).join(', ')}]
timeout = 20
${['one', 'two']
  .map(
    (channel) => `[[channel]]
name = "${channel}"
about = "x"
default = true
fields = [
  { path = "${channel}.number", type = "number", about = "x" },
  { path = "${channel}.texts[]", type = "string", about = "x" },
  ${version > 0 ? `{ path = "${channel}.more${version}", type = "boolean", about = "x" },` : ''}
]
`,
  )
  .join('')}`;

const collectorProgram = `
const random = () => Math.random() * 1000;
const text = () => String.fromCodePoint(...Array.from({ length: 5 }, () => [9, 34, 92, 97, 252, 28450, 127880][Math.trunc(random()) % 7]));
const part = () => ({ number: random() - 500, texts: [text(), text()], more1: random() > 500, stranger: text() });
console.log(JSON.stringify({ one: part(), two: part() }));
`;

for (let seed = 1; seed <= kStates; ++seed) {
  test(`random state ${seed}`, { timeout: 120_000 }, async (t) => {
    const bench = new Bench(t);
    const roll = dice(seed);
    const sink = await startSink(bench);
    const folder = bench.folder('state');
    const program = path.join(folder, 'observe.mjs');
    writeFileSync(program, collectorProgram);
    chmodSync(program, 0o755);
    mkdirSync(path.join(folder, 'contracts'));
    const file = path.join(folder, 'contracts', 'random.toml');
    writeFileSync(file, contract(program, 0));
    const candor = new Candor(folder);
    await candor.configure({ contracts: 'contracts', product: 'random', endpoint: sink.url });
    const shown = new Map(); // when it was sealed, to bytes
    let kills = 0;

    const show = async () => {
      const { code, bytes } = await candor.run('show');
      const { telemetry } = JSON.parse((await candor.run('status', '--json')).out);
      if (code !== 0 || telemetry !== 'on') return;
      const moment = momentOf(bytes);
      if (shown.has(moment)) assert.deepEqual(bytes, shown.get(moment), 'shown twice, the same');
      shown.set(moment, bytes);
    };
    const weathers = [
      undefined,
      undefined,
      (request, body, answer) => answer(503),
      (request) => request.socket.destroy(),
      (request, body, answer) => {
        answer(200); // taken, but the line goes dead
        request.socket.destroy();
      },
    ];
    for (let step = 0; step < kSteps; ++step) {
      sink.behaviour = weathers[roll(weathers.length)];
      switch (roll(8)) {
        case 0:
          await candor.ok('off');
          break;
        case 1:
        case 2:
          await candor.ok('on');
          break;
        case 3:
          await candor.ok('channel', roll(2) ? 'enable' : 'disable', roll(2) ? 'one' : 'two');
          break;
        case 4:
          writeFileSync(file, contract(program, roll(2)));
          break;
        case 5:
        case 6: {
          await show();
          const sending = bench.start(kCandor, ['send'], { env: candor.env });
          const timer = setTimeout(() => sending.child.kill('SIGKILL'), roll(40));
          if ((await sending.ended) === 'SIGKILL') kills += 1;
          clearTimeout(timer);
          break;
        }
        default:
          await show();
          await candor.run('send');
      }
    }
    sink.behaviour = undefined;
    await show();
    await candor.run('send');

    const { reports } = await candor.json('log');
    const bodies = new Map(sink.bodies.map((body) => [sha256(body), body]));
    assert.equal(bodies.size, sink.bodies.length, 'no report arrived twice as new');
    for (const { id, sha256: digest, bytes } of reports) {
      assert.ok(bodies.has(digest), 'what is logged has arrived');
      const kept = (await candor.ok('log', 'show', id)).bytes;
      assert.deepEqual(kept, bodies.get(digest));
      assert.equal(kept.length, bytes);
      const proof = await candor.json('verify', id);
      assert.equal(proof.sha256, digest);
      assert.equal(proof.receipt.body_sha256, digest);
    }
    for (const body of sink.bodies) {
      assert.ok(shown.has(momentOf(body)), 'what arrived was shown before');
      assert.deepEqual(body, shown.get(momentOf(body)));
    }
    const left = existsSync(candor.state('outbox')) ? readdirSync(candor.state('outbox')) : [];
    const pending = left
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFileSync(candor.state('outbox', name)));
    for (const bytes of pending) {
      const twin = shown.get(momentOf(bytes));
      if (twin) assert.deepEqual(bytes, twin, 'what is pending is what was shown');
    }
    totals.proven += reports.length;
    totals.kills += kills;
    t.diagnostic(`${shown.size} shown, ${bodies.size} arrived, ${reports.length} proven, ${kills} kills`);
  });
}

test('there were reports and kills to judge by', { skip: kStates < kEnoughStates }, () => {
  assert.ok(totals.proven > 0, 'no report was proven');
  assert.ok(totals.kills > 0, 'no sending was killed');
});
