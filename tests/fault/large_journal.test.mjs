// A collector whose journal holds a gigabyte that no engine took: killed and started again, it soon takes records.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from '../e2e/lib/bench.mjs';
import { pause } from './lib/load.mjs';
import { percentile, Stage } from './lib/stage.mjs';

const kBytes = Number(process.env.FAULT_JOURNAL_MIB ?? 1024) * 2 ** 20;
const kStarts = 20;
const kReadyMs = 2_000; // p99
const kSenders = 4;
// Events of about 512 bytes as they come, and batches of about 400 kB.
const kFiller = 'x'.repeat(60);
const kBatch = 1_500;

test('ready again within 2 s, with a journal of 1 GiB', async (t) => {
  // Nobody listens at this port: every block waits in the journal.
  const stage = await Stage.open(new Bench(t), { store: false, lines: ['engine = "http://127.0.0.1:9"'] });
  const sender = async () => {
    while ((await stage.metric('candor_journal_bytes')) < kBytes)
      assert.ok(await stage.load.deliver(stage.requests.next('batch', { filler: kFiller, size: kBatch })));
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: kSenders }, sender));
  t.diagnostic(`${stage.ledger.size.sent} events in ${Math.round(performance.now() - began)} ms`);
  const ready = [];
  for (let i = 0; i < kStarts; ++i) {
    await stage.phoenix.killCollector();
    const start = performance.now();
    await stage.phoenix.start();
    await stage.live();
    ready.push(performance.now() - start);
    await pause(50);
  }
  const bytes = await stage.metric('candor_journal_bytes');
  const round = (share) => Math.round(percentile(ready, share));
  t.diagnostic(
    `ready again with ${bytes} bytes: median ${round(0.5)} ms, p99 ${round(0.99)} ms; ` +
      `memory ${stage.phoenix.memory()} KiB, at most ${stage.phoenix.memory('VmHWM')} KiB`,
  );
  assert.ok(bytes >= kBytes);
  assert.ok(round(0.99) <= kReadyMs, `p99 ${round(0.99)} ms`);
});
