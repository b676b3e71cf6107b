// The clock jumps ten days forward, and back, and ten days back, under load: nothing acknowledged is lost, nothing counts
// twice, and the collector goes on.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench } from '../e2e/lib/bench.mjs';
import { FailingCalls } from './lib/failing_calls.mjs';
import { pause } from './lib/load.mjs';
import { kKinds } from './lib/requests.mjs';
import { Stage } from './lib/stage.mjs';

const kTenDays = 10 * 86_400;
const kLoadMs = 700;
// Of these the time of the report is the sender's; a report ten days in the future is refused, as it should be.
const kAnyTime = ['event', 'batch'];

test('the clock jumps ten days', { timeout: 240_000 }, async (t) => {
  const bench = new Bench(t);
  const folder = bench.folder('clock');
  const calls = await FailingCalls.build(bench, folder);
  const stage = await Stage.open(bench, { folder, program: calls.program });
  const shown = async () => {
    const [newest] = (await stage.collector.ask('SELECT max(received) FROM candor.events')).split('\n');
    return (Date.parse(`${newest.replace(' ', 'T')}Z`) - Date.now()) / 1000;
  };
  let before = 0;
  for (const [days, restart] of [[1, false], [0, false], [1, true], [-1, false], [0, true]]) {
    const kinds = Math.min(days, before) < 0 ? kAnyTime : kKinds;
    before = days;
    // What was sent in another time is not sent again: after its day nobody recognises it.
    stage.renew({ kinds });
    stage.load.start();
    await pause(kLoadMs / 2);
    calls.setClock(days * kTenDays);
    if (restart) {
      await stage.phoenix.killCollector();
      await stage.phoenix.start();
    }
    await pause(kLoadMs / 2);
    await stage.load.stop();
    assert.ok(stage.load.taken.event > 0);
    await stage.live();
    await stage.judge(`${days * 10} days${restart ? ', restarted' : ''}, seed ${stage.seed}`);
    if (days > 0) assert.ok(Math.abs((await shown()) - kTenDays) < 60, `the clock shows ${await shown()} s more`);
  }
});
