// The oracle itself: with made-up stores and servers, every verdict can fail, and nothing else does.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { Bench } from '../e2e/lib/bench.mjs';
import { assertClean, Ledger } from './lib/ledger.mjs';
import { Load } from './lib/load.mjs';
import { Requests } from './lib/requests.mjs';
import { seeded } from './lib/seeded.mjs';
import { live, percentile } from './lib/stage.mjs';

const thing = (key, body = `{"n":"${key}"}`) => ({ kind: 'event', key, body });
const kClean = { lost: [], duplicated: [], phantom: [], damaged: [] };

/** a and b were acknowledged, c was sent and not answered. */
function ledgerOfThree() {
  const ledger = new Ledger();
  ledger.sending([thing('a'), thing('b'), thing('c')]);
  ledger.acknowledged([thing('a'), thing('b')]);
  return ledger;
}

test('what was acknowledged is there once, what was not may be there', () => {
  const ledger = ledgerOfThree();
  assert.deepEqual(ledger.judge([thing('b'), thing('a')]), kClean);
  assert.deepEqual(ledger.judge([thing('c'), thing('a'), thing('b')], { event: 3 }), kClean);
  assertClean('clean', ledger.judge([thing('a'), thing('b')]));
  assert.deepEqual(ledger.size, { sent: 3, acknowledged: 2 });
});

// [verdict, what the store has, what its sums say, what is named]
const table = [
  ['lost', [thing('a'), thing('c')], {}, ['event b']],
  ['lost', [], {}, ['event a', 'event b']],
  ['lost', [thing('a'), thing('b')], { event: 1 }, ['event: 1 are counted, there are 2']],
  ['duplicated', [thing('a'), thing('b'), thing('a')], {}, ['event a, 2 times']],
  ['duplicated', [thing('a'), thing('b'), thing('c'), thing('c')], {}, ['event c, 2 times']],
  ['duplicated', [thing('a'), thing('b')], { event: 3 }, ['event: 3 are counted, there are 2']],
  ['phantom', [thing('a'), thing('b'), thing('d')], {}, ['event d {"n":"d"}']],
  ['damaged', [thing('a'), thing('b', '{"n":"x"}')], {}, ['event b: {"n":"x"}, not {"n":"b"}']],
  ['damaged', [thing('a'), thing('b'), thing('c', '')], {}, ['event c: , not {"n":"c"}']],
];
for (const [verdict, rows, counted, named] of table) {
  test(`${verdict}: ${named.join()}`, () => {
    const verdicts = ledgerOfThree().judge(rows, counted);
    assert.deepEqual(verdicts, { ...kClean, [verdict]: named });
    assert.throws(() => assertClean('round 3', verdicts), {
      name: 'AssertionError',
      message: /round 3/,
    });
  });
}

test('a thing of another kind is another thing', () => {
  const ledger = ledgerOfThree();
  const rows = [thing('a'), { ...thing('b'), kind: 'report' }];
  assert.deepEqual(ledger.judge(rows), {
    ...kClean,
    lost: ['event b'],
    phantom: ['report b {"n":"b"}'],
  });
});

/** A load of events that goes to a server which does `answer(request number, response)`. */
async function loadTo(t, answer) {
  let number = 0;
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => answer(++number, response));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  new Bench(t).defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  const ledger = new Ledger();
  const load = new Load({
    url: () => url,
    ledger,
    requests: new Requests('0'),
    random: seeded(1),
    kinds: ['event', 'batch'],
  });
  return { load, ledger, count: () => number };
}

const status = (code) => (_, response) => response.writeHead(code, { 'retry-after': '1' }).end();

test('not live: a server that always says later, or cuts off', async (t) => {
  for (const answer of [status(503), status(429), (_, response) => response.destroy()]) {
    const { load, ledger } = await loadTo(t, answer);
    await assert.rejects(live(load, 200), /not live: no event was taken within 200 ms/);
    assert.equal(ledger.size.acknowledged, 0);
    assert.ok(ledger.size.sent > 0);
  }
});

test('live: a server that takes records again', async (t) => {
  const { load, ledger } = await loadTo(t, (number, response) => status(number < 4 ? 503 : 200)(0, response));
  assert.ok((await live(load, 5_000)) >= 0);
  assert.deepEqual(load.taken, { event: 1, batch: 1 });
  assert.equal(load.later.length, 3);
  assert.equal(load.later[0].retryAfter, '1');
  assert.equal(ledger.size.acknowledged, 1 + 20);
});

test('an answer that is neither yes nor later is wrong', async (t) => {
  const { load, ledger } = await loadTo(t, status(400));
  assert.equal(await load.deliver(load.requests.next('event')), false);
  assert.deepEqual(load.wrong, [{ status: 400, retryAfter: '1', address: '/v1/track' }]);
  assert.equal(ledger.size.acknowledged, 0);
});

test('an acknowledgement whose body is cut off is one', async (t) => {
  const { load, ledger } = await loadTo(t, (_, response) => {
    response.writeHead(200, { 'content-length': '100' }).flushHeaders();
    setTimeout(() => response.destroy(), 20);
  });
  assert.equal(await load.deliver(load.requests.next('event')), true);
  assert.equal(ledger.size.acknowledged, 1);
});

test('what was acknowledged is sent again as often as is asked', async (t) => {
  const { load, count } = await loadTo(t, status(200));
  load.start();
  while (load.taken.event + load.taken.batch < 20) await new Promise((done) => setTimeout(done, 5));
  await load.stop();
  const before = count();
  await load.resend(5);
  assert.ok(count() - before >= 50, `${count() - before} times`);
});

test('random numbers come again with their seed, and keep their bounds', () => {
  const draw = (seed) => {
    const random = seeded(seed);
    return Array.from({ length: 1000 }, () => random.between(50, 3000));
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.ok(draw(7).every((ms) => ms >= 50 && ms <= 3000));
  assert.deepEqual([percentile([3, 1, 2], 0.5), percentile([3, 1, 2], 0.99)], [2, 3]);
});
