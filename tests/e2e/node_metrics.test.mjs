// `candor metrics` beside the node exporter on the same machine: the same names and labels, and counters that stand
// between two of its answers.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { metricsIn } from './lib/exposition.mjs';
import { environment, kCandor, run } from './lib/program.mjs';

const kTick = 0.01; // seconds: what the kernel counts processors' time by
/** Subjects that are told whole, but for a few names. */
const kSubjects = /^node_(cpu|memory|vmstat|load|pressure|filefd|filesystem|disk|network_(receive|transmit)|timex|procs|context|forks|intr|boot)/;
const kLeftOut = [
  'node_disk_info', // serial numbers
  'node_network_receive_nohandler_total', // of netlink alone
  'node_network_transmit_queue_length', // a setting
];

/** With the defaults of its makers: Debian's pass over what is mounted below /mnt and /run, and the loopback device. */
async function startExporter(bench) {
  const exporter = bench.start('prometheus-node-exporter', [
    '--web.listen-address=127.0.0.1:0',
    '--collector.filesystem.mount-points-exclude=^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)',
    '--collector.netdev.device-exclude=^$',
  ]);
  const port = await until('the node exporter listens', () => {
    assert.equal(exporter.exit, undefined, exporter.err);
    return /msg="Listening on" address=\S*?:(\d+)/.exec(exporter.err)?.[1];
  });
  return async () => metricsIn(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
}

test('the same as the node exporter tells', { timeout: 60_000 }, async (t) => {
  const exporter = await startExporter(new Bench(t));
  const before = await exporter();
  const { code, out, err } = await run(kCandor, ['metrics']);
  assert.equal(code, 0, err);
  const after = await exporter();
  const ours = metricsIn(out);

  await t.test('names and types', () => {
    for (const [name, type] of ours.families) assert.equal(type, before.families.get(name), name);
    const missing = [...before.families.keys()].filter((name) => kSubjects.test(name) && !ours.families.has(name));
    assert.deepEqual(missing.filter((name) => !kLeftOut.includes(name)), []);
    assert.ok(ours.families.size > 100, `${ours.families.size}`);
  });

  await t.test('labels, and nothing between counters', () => {
    const theirs = (name) => [...before.samples.keys()].filter((key) => key === name || key.startsWith(`${name}{`)).sort();
    let compared = 0;
    for (const [name, type] of ours.families) {
      const mine = [...ours.samples.keys()].filter((key) => key === name || key.startsWith(`${name}{`)).sort();
      // It has more parts, and says so of each.
      if (name.startsWith('node_scrape_')) continue;
      assert.deepEqual(mine, theirs(name), name);
      if (type !== 'counter') continue;
      for (const key of mine) {
        const value = ours.samples.get(key);
        assert.ok(value >= before.samples.get(key) - kTick && value <= after.samples.get(key) + kTick,
          `${key}: ${before.samples.get(key)} ≤ ${value} ≤ ${after.samples.get(key)}`); // prettier-ignore
        ++compared;
      }
    }
    assert.ok(compared > 50, `${compared}`);
  });

  await t.test('what does not change is equal', () => {
    const fixed = ['node_memory_MemTotal_bytes', 'node_boot_time_seconds', 'node_filefd_maximum', 'node_timex_tick_seconds'];
    for (const [key, value] of ours.samples) {
      if (fixed.includes(key) || key.startsWith('node_filesystem_size_bytes') || key.startsWith('node_uname_info'))
        assert.equal(value, before.samples.get(key), key);
    }
  });
});

test('promtool and OpenMetrics', async () => {
  const text = execFileSync(kCandor, ['metrics'], { env: environment(), encoding: 'utf8' });
  const judged = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  const complaints = `${judged.stdout}${judged.stderr}`.split('\n').filter(Boolean);
  assert.deepEqual(complaints.filter((line) => !/^node_memory_\w+ metric names should be written in 'snake_case'/.test(line)), []);
  const open = execFileSync(kCandor, ['metrics', '--openmetrics'], { env: environment(), encoding: 'utf8' });
  assert.ok(open.endsWith('# EOF\n'));
  assert.match(open, /^# TYPE node_cpu_seconds counter$/m);
  const { metrics } = JSON.parse(execFileSync(kCandor, ['metrics', '--json'], { env: environment(), encoding: 'utf8' }));
  assert.ok(metrics.find(({ name }) => name === 'node_load1').samples[0].value >= 0);
});
