// Connections that are slow, many, pipelined or heavy: each is served or cut off, and none holds up the others.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { postReport, rawExchange } from './lib/documents.mjs';
import { startTwoProducts } from './lib/two_products.mjs';

const kMemoryMargin = 32 * 1024; // KiB that the collector may hold more afterwards

test('unusual but right requests are served', async (t) => {
  const { collector, stone } = await startTwoProducts(t);
  const { host } = new URL(collector.url);
  const head = (body, ...more) =>
    [`Content-Length: ${Buffer.byteLength(body)}`, ...more].join('\r\n');
  const accepted = ([answer]) =>
    assert.equal(answer?.json?.status, 'accepted', JSON.stringify(answer));

  let body = stone();
  accepted(
    await rawExchange(collector.url, [
      `POST http://${host}/v1/reports HTTP/1.1\r\nHost: ${host}\r\n${head(body)}\r\n\r\n${body}`,
    ]),
  );
  body = stone();
  accepted(
    await rawExchange(collector.url, [
      `POST /v1/reports HTTP/1.1\r\nHost: x\r\n${head(body, 'Expect: 100-continue')}\r\n\r\n`,
      200,
      body,
    ]),
  );
  body = stone();
  accepted(
    await rawExchange(collector.url, [
      `POST /v1/reports HTTP/1.1\r\nHost: x\r\n${head(body, 'Connection: close')}\r\n\r\n${body}`,
    ]),
  );
  body = stone();
  const slow = [...`POST /v1/reports HTTP/1.1\r\nHost: x\r\n${head(body)}\r\n\r\n`].flatMap(
    (letter) => [letter, 5],
  );
  accepted(await rawExchange(collector.url, [...slow, body.slice(0, 10), 300, body.slice(10)]));
  const one = stone();
  const two = stone();
  const pipeline = [one, two]
    .map((each) => `POST /v1/reports HTTP/1.1\r\nHost: x\r\n${head(each)}\r\n\r\n${each}`)
    .join('');
  const both = await rawExchange(collector.url, [pipeline], { answers: 2 });
  assert.deepEqual(
    both.map(({ json }) => json.status),
    ['accepted', 'accepted'],
  );
  const refusedBeforehand = await rawExchange(collector.url, [
    `POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: ${1 << 30}\r\nExpect: 100-continue\r\n\r\n`,
  ]);
  assert.equal(refusedBeforehand[0].status, 413);
});

test('a header that never ends is cut off, and holds up nobody', async (t) => {
  const { phoenix, collector, stone } = await startTwoProducts(t);
  const before = phoenix.memory();
  const idle = Array.from({ length: 400 }, () =>
    rawExchange(collector.url, ['POST /v1/reports HTTP/1.1\r\nHost: x\r\nX-Slow: ', 30_000], {
      limit: 25_000,
    }),
  );
  const began = performance.now();
  assert.equal((await postReport(collector, stone())).json.status, 'accepted');
  assert.ok(performance.now() - began < 2_000, 'others wait for them');
  const grown = phoenix.memory() - before;
  t.diagnostic(`400 connections hold ${grown} KiB`);
  const answers = await Promise.all(idle);
  assert.ok(answers.every((seen) => seen.length === 0));
  assert.ok(performance.now() - began < 15_000);
  assert.ok(grown <= kMemoryMargin);
});

test('large documents are taken without keeping their memory', async (t) => {
  const { phoenix, collector, stone } = await startTwoProducts(t);
  const before = phoenix.memory();
  const filler = (size) => randomBytes(size / 2).toString('hex');
  const shapes = [
    (n) => ({ undeclared: filler(n) }),
    (n) => ({ undeclared: Array(n / 4).fill(1) }),
    (n) => ({ config: { cluster_changed: Array.from({ length: 50_000 }, () => filler(60)) } }),
    (n) => Object.fromEntries(Array.from({ length: n / 64 }, () => [filler(16), filler(8)])),
  ];
  const bodies = shapes.flatMap((shape) =>
    Array.from({ length: 3 }, () => stone({ fields: shape(2 << 20) })),
  );
  const answers = await Promise.all(bodies.map((body) => postReport(collector, body)));
  for (const [i, { status, text }] of answers.entries())
    assert.equal(status, 200, `${i}: ${text.slice(0, 300)}`);
  await collector.loaded('stone', bodies.length);
  const grown = phoenix.memory() - before;
  t.diagnostic(
    `${bodies.map((body) => body.length).reduce((a, b) => a + b)} bytes at once: ${grown} KiB more afterwards, at most ${phoenix.memory('VmHWM')} KiB`,
  );
  assert.ok(grown <= kMemoryMargin, `the collector holds ${grown} KiB more than before`);
});
