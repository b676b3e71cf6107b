// A disk that is full: 503, nothing acknowledged is lost, and it goes on by itself when there is room.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { contractsOf, nativeReport, postReport } from './lib/documents.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { smallDisk } from './lib/small_disk.mjs';

const kMegabytes = 320; // room for the engine and a few segments of 64 MiB
const kRecoveryMs = 5_000;

const names = (count) => Array.from({ length: count }, () => randomBytes(95).toString('hex'));

test('a full disk answers 503 and recovers without a restart', async (t) => {
  const bench = new Bench(t);
  const disk = await smallDisk(bench, kMegabytes);
  if (disk === undefined) return t.skip('mounting a small file system needs root');
  const phoenix = new Phoenix(bench, { products: ['stone'], folder: disk.folder });
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  const { stone } = await contractsOf(collector);
  const { pid } = phoenix;

  const acknowledged = new Set();
  const sent = new Map();
  const send = async (size) => {
    const installation = randomUUID();
    const body = nativeReport('stone', stone, {
      header: { installation },
      fields: { osd: { count: 1 }, config: { cluster_changed: names(size) } },
    });
    sent.set(installation, body);
    const answer = await postReport(collector, body);
    if (answer.status === 200) acknowledged.add(installation);
    return answer;
  };
  const health = async () => {
    const response = await fetch(`${collector.url}/actuator/health`);
    return { status: response.status, ...(await response.json()) };
  };

  for (let i = 0; i < 20; ++i) assert.equal((await send(10)).status, 200);
  await collector.loaded('stone', 20);
  assert.equal((await health()).status, 'UP');

  // Full: what the journal's segment has left is taken, then no more.
  disk.fill();
  let refused;
  for (let i = 0; i < 200 && refused === undefined; ++i) {
    const answer = await send(8_000);
    disk.fill();
    if (answer.status !== 200) refused = answer;
  }
  assert.equal(refused?.status, 503, refused?.text);
  assert.ok(Number(refused.headers.get('Retry-After')) > 0);
  assert.equal(refused.json.error.reason, 'try_again');
  assert.match(refused.json.error.message, /disk .*full/);
  assert.ok(!refused.text.includes(disk.folder), 'the answer names a folder of the machine');
  assert.match(refused.json.error.message, /Nothing was stored; send it again later\.$/);
  t.diagnostic(refused.json.error.message);
  for (let i = 0; i < 20; ++i) assert.equal((await send(8_000)).status, 503);
  const sick = await until('health says so', async () => {
    const seen = await health();
    return seen.status !== 'UP' && seen;
  });
  assert.ok(['OUT_OF_SERVICE', 'DOWN'].includes(sick.status), sick.status);
  assert.equal(sick.components.journal.status, 'OUT_OF_SERVICE', JSON.stringify(sick));
  assert.equal(sick.components.diskSpace.status, 'OUT_OF_SERVICE', JSON.stringify(sick));
  assert.equal((await fetch(`${collector.url}/version`)).status, 200);

  // Room again.
  disk.free();
  const began = performance.now();
  await until('reports are taken again', async () => (await send(10)).status === 200, {
    within: kRecoveryMs,
  });
  t.diagnostic(
    `taken again after ${Math.round(performance.now() - began)} ms; ${acknowledged.size} of ${sent.size} were acknowledged`,
  );
  assert.equal(phoenix.server.exit, undefined);
  assert.equal(phoenix.pid, pid);
  await until('health is well', async () => (await health()).status === 'UP', {
    within: kRecoveryMs - (performance.now() - began),
  });
  t.diagnostic(`health is well after ${Math.round(performance.now() - began)} ms`);

  // What was refused is sent again, as its senders do.
  for (const [installation, body] of sent) {
    if (acknowledged.has(installation)) continue;
    const answer = await postReport(collector, body);
    assert.equal(answer.json.status, 'accepted', answer.text);
  }
  const accounting = await collector.loaded('stone', sent.size);
  assertAddsUp(accounting);
  assert.equal(accounting.accepted, sent.size);
  const rows = (
    await collector.ask(
      'SELECT installation, count() FROM candor.reports GROUP BY installation FORMAT TSV',
    )
  )
    .trim()
    .split('\n');
  assert.deepEqual(rows.toSorted(), [...sent.keys()].map((one) => `${one}\t1`).toSorted());

  // And nothing of it was in memory only.
  assert.equal(await phoenix.server.stop(), 0);
  await phoenix.start();
  await phoenix.storeAnswers();
  assert.equal((await phoenix.collector.accounting('stone')).accepted, sent.size);
  for (const body of [...sent.values()].slice(-5))
    assert.equal((await postReport(phoenix.collector, body)).json.status, 'duplicate');
});
