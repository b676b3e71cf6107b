// The whole way: runs of many installations, the collector's verdict, and an installation that is told of it. What it looked for
// is in no byte that it sent.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCollector } from './lib/collector.mjs';
import { runOf, sendRuns } from './lib/plugin_runs.mjs';
import { Candor } from './lib/program.mjs';
import { assertWithout } from './lib/secrets.mjs';

const kInstallations = 40;
const kDayMs = 86_400_000;

/** Passes everything on to the collector, and keeps what went there. */
async function startWire(bench, collector) {
  const { port } = new URL(collector.url);
  const bytes = [];
  const server = net.createServer((socket) => {
    const there = net.connect(port, '127.0.0.1');
    socket.on('data', (part) => bytes.push(part));
    socket.pipe(there).pipe(socket);
    for (const end of [socket, there]) end.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  bench.defer(() => server.close());
  return { bytes, url: `http://127.0.0.1:${server.address().port}` };
}

test('a version that breaks is told to who runs it, and to nobody else', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['meltano'], lines: ['insights_every = 1'] });
  const wire = await startWire(bench, collector);
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({ product: 'meltano', endpoint: wire.url });
  await candor.ok('on');
  const bundle = async () => (await fetch(`${collector.url}/api/v1/products/meltano/insights.json`)).text();
  const sources = Array.from({ length: kInstallations }, (_, i) => `project-${i}`);
  const plugin = { event: 'plugin', name: 'tap-x', last: new Date().toISOString(), runs: 12, failed: 9 };
  mkdirSync(candor.state('library'), { recursive: true, mode: 0o700 });
  // As the agent writes it of what programs recorded.
  const runHere = (version) =>
    writeFileSync(candor.state('library/seen.json'), JSON.stringify({ format: 1, seen: [{ ...plugin, version }] }));
  runHere('1.2.3');

  await t.test('as long as it works there is nothing to tell', async () => {
    await sendRuns(collector, sources.flatMap((source) => [1, 2].flatMap((days) =>
      runOf({ source, version: '1.2.2', state: 'completed', ago: days * kDayMs }))));
    await until('it is healthy', async () => (await bundle()).includes('healthy'), { within: 60_000 });
    const { plugins } = await candor.json('advise', '--fetch');
    assert.deepEqual(plugins, []);
  });

  await t.test('when it breaks, it is named, with the version that works', async () => {
    await sendRuns(collector, sources.flatMap((source, i) =>
      runOf({ source, version: '1.2.3', state: i < 2 ? 'completed' : 'failed', ms: 300 })));
    await until('it fails', async () => (await bundle()).includes('failing'), { within: 60_000 });
    const { plugins } = await candor.json('advise', '--fetch');
    assert.deepEqual(plugins.map(({ name, version, verdict, better }) => [name, version, verdict, better]), [
      ['tap-x', '1.2.3', 'failing', '1.2.2'],
    ]);
    assert.match(plugins[0].rule, /^38 of 40 installations/);
    assert.match(readFileSync(candor.state('library/advice'), 'utf8'), /^plugin\ttap-x\t1\.2\.3\tfailing\t1\.2\.2\t38 of 40/m);
  });

  await t.test('who runs another version is left alone', async () => {
    runHere('1.2.2');
    assert.deepEqual((await candor.json('advise', '--offline')).plugins, []);
  });

  await t.test('no byte that went to the collector says what was looked for, or by whom', async () => {
    const { installation } = await candor.json('status');
    const sent = Buffer.concat(wire.bytes);
    assert.ok(sent.includes('/insights.json'));
    assertWithout({ installation, plugin: 'tap-x', version: '1.2.3' }, sent, 'what was sent');
  });
});
