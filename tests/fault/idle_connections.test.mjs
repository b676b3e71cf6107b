// 10,000 connections on which nothing happens, then 1,000 readers that do not read: all others are served, and memory
// has a bound.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import { Bench } from '../e2e/lib/bench.mjs';
import { pause } from './lib/load.mjs';
import { percentile, Stage } from './lib/stage.mjs';

const kIdle = 10_000;
const kSlow = 1_000;
const kAtOnce = 500; // connections being made
const kLookMs = 3_000;
const kSlowestMs = 1_000; // p99 of the others' requests
// More than before: what a connection may hold on which nothing happens, or whose answers nobody reads.
const kIdleKiB = 10;
const kSlowKiB = 64;
const kNotRead = 200; // requests of one reader that never reads

/** As root it may be raised. */
const limitOf = (pid) => Number(/^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))[1]);

async function connections(bench, url, count, begin = () => {}) {
  const { hostname, port } = new URL(url);
  const open = [];
  bench.defer(() => open.forEach((socket) => socket.destroy()));
  while (open.length < count) {
    const some = Array.from(
      { length: Math.min(kAtOnce, count - open.length) },
      () =>
        new Promise((done, fail) => {
          const socket = net.connect({ port: Number(port), host: hostname });
          open.push(socket);
          socket.on('error', fail).on('connect', () => done(begin(socket)));
        }),
    );
    await Promise.all(some);
  }
  return open;
}

async function assertOthersAreServed(t, stage, what, before, memory) {
  const times = [];
  const began = performance.now();
  while (performance.now() - began < kLookMs) {
    const start = performance.now();
    assert.ok(await stage.load.deliver(stage.requests.next(stage.random.pick(stage.load.kinds))));
    times.push(performance.now() - start);
  }
  const grown = stage.phoenix.memory() - before;
  const p99 = percentile(times, 0.99);
  t.diagnostic(`${what}: ${grown} KiB more; ${times.length} requests of others, p99 ${Math.round(p99)} ms`);
  assert.ok(p99 <= kSlowestMs, `${what}: p99 ${p99} ms`);
  assert.ok(grown <= memory, `${what}: ${grown} KiB more`);
}

test('idle connections and slow readers', async (t) => {
  const bench = new Bench(t);
  const stage = await Stage.open(bench, {});
  await stage.live();
  const before = stage.phoenix.memory();
  const limit = limitOf(process.pid);
  if (limit < kIdle + 1_000) return t.skip(`only ${limit} files may be open`);

  const idle = await connections(bench, stage.collector.url, kIdle);
  await assertOthersAreServed(t, stage, `${kIdle} idle connections`, before, kIdle * kIdleKiB);
  assert.equal(idle.filter((socket) => socket.destroyed).length, 0, 'cut off too early');
  for (const socket of idle) socket.destroy();

  const asked = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(kNotRead);
  await connections(bench, stage.collector.url, kSlow, (socket) => {
    socket.pause();
    socket.write(asked);
  });
  await pause(500);
  await assertOthersAreServed(t, stage, `${kSlow} readers that do not read`, before, kIdle * kIdleKiB + kSlow * kSlowKiB);
  await stage.judge('after them');
});
