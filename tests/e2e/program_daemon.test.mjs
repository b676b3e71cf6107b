// A daemon with libcandor that runs for as long as it likes: what it counts is told while it runs, and an off reaches it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';
import { Candor, kCandor } from './lib/program.mjs';

const kContract = path.resolve('sdk/examples/answers/answers.toml');
const kAnswers = path.join(path.dirname(kCandor), 'answers');
const kCanary = 'canary-in-a-question';

/** Asks so many questions over one connection, and waits for the answers. */
async function ask(socket, count) {
  const client = net.connect(socket);
  await once(client, 'connect');
  let said = '';
  client.setEncoding('utf8').on('data', (text) => (said += text));
  client.write(`${kCanary}\n`.repeat(count));
  await until('all is answered', () => said.split('\n').length === count + 1);
  assert.ok(said.startsWith(kCanary.toUpperCase()));
  client.end();
  await once(client, 'close');
}

test('a daemon is told of while it runs, and stops recording at an off', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: [{ name: 'answers', contract: kContract }] });
  const candor = new Candor(bench.folder('answers'));
  await candor.configure({ contracts: path.dirname(kContract), product: 'answers', endpoint: collector.url });
  await candor.ok('on');
  const configuration = path.join(candor.folder, 'answers.conf');
  writeFileSync(configuration, `secret = "${kCanary}"\n`);
  const socket = path.join(candor.folder, 'socket');
  const start = async () => {
    const daemon = bench.start(kAnswers, [socket, configuration], { env: candor.env });
    await until('it listens', () => daemon.err.includes('listening'));
    return daemon;
  };
  const daemon = await start();
  const report = async () => {
    await candor.ok('send');
    const { reports } = await candor.json('log');
    return JSON.parse((await candor.ok('log', 'show', reports[0].id)).out);
  };

  await t.test('what it counted since the last report', async () => {
    await ask(socket, 1000);
    const { questions, seconds } = await report();
    assert.equal(questions, 1000);
    const { sum, ...buckets } = seconds.answer;
    assert.equal(Object.values(buckets).reduce((all, count) => all + count, 0), 1000);
    assert.ok(sum > 0 && sum < 60);
    await ask(socket, 5);
    assert.equal((await report()).questions, 5);
  });

  await t.test('that it started, with a digest of its configuration', async () => {
    await candor.ok('send', '--programs');
    const rows = await until('it is stored', async () => (await collector.ask("SELECT body FROM candor.events WHERE name = 'started' FORMAT TSVRaw")).trim());
    const started = JSON.parse(rows);
    assert.equal(started.version, '2.0.1');
    assert.match(started.configuration, /^[0-9a-f]{64}$/);
    assert.ok(!(await collector.everything()).includes(kCanary));
  });

  await t.test('after an off nothing is counted, and nothing of before is told', async () => {
    await ask(socket, 7);
    await candor.ok('off');
    await ask(socket, 11);
    await candor.ok('on');
    await ask(socket, 13);
    assert.equal((await report()).questions, 13);
  });

  await t.test('it ends as it would, and leaves where it crashed', async () => {
    assert.equal(await daemon.stop(), 0);
    const again = await start();
    assert.equal(await again.stop('SIGSEGV'), 'SIGSEGV');
    assert.equal(readdirSync(candor.state('crashes')).length, 1);
    const { program_crashes } = await report();
    assert.deepEqual([program_crashes[0].program, program_crashes[0].signal], ['answers', 'SIGSEGV']);
  });
});
