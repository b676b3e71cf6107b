// Reports of every generation of Ceph's telemetry module arrive whole, but for what names a machine.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { cephReport, putAsModule } from './lib/ceph_reports.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';

const kHost = 'kestrel-storage-7';
const kSerial = 'ZC1KESTREL';
const kMac = '0cc47a6e0b1c'; // the last part of every UUID of version 1 that its machine makes
const kHashed = /^(osd|mgr)\.[0-9a-f]{40}$/;

/** What is kept of a cluster's newest report. */
async function kept(collector, { report_id }) {
  const text = await collector.ask(`SELECT body FROM candor.reports WHERE installation = '${report_id}' FORMAT JSONEachRow`);
  const rows = text.split('\n').filter(Boolean).map((line) => JSON.parse(JSON.parse(line).body));
  assert.equal(rows.length, 1);
  return rows[0];
}

/** `crashes` without the daemons' names, which are looked at on the way. */
function nameless(crashes) {
  return crashes.map(({ entity_name, utsname_hostname, ...rest }) => {
    assert.equal(utsname_hostname, undefined);
    assert.match(entity_name, kHashed);
    return rest;
  });
}

// The module's channel perf, which contracts/stone.toml does not declare.
const kPerf = {
  perf_counters: { osd: { 'osd.op_w': { value: 4711 } } },
  stats_per_pool: [{ poolid: 1, num_pg: 8, stat_sum: { num_objects: 3 } }],
  stats_per_pg: [{ state: 'active+clean', num_objects_degraded: 0 }],
  io_rate: { pg_stats_delta: { stat_sum: { num_read: 12 }, stamp_delta: '5.0' } },
  osd_perf_histograms: [{ op_r_latency_in_bytes_histogram: { values: [[0, 1]] } }],
  mempool: { osd: { bluestore_alloc: { items: 1, bytes: 8 } } },
  heap_stats: { osd: { 'osd.0': { stats: { Bytes_in_use_by_application: 1 } } } },
  rocksdb_stats: { version: '1' },
};

function reef() {
  const report = cephReport('module_report_18', { leaderboard_description: 'Ours is larger' });
  return JSON.parse(
    JSON.stringify(report)
      .replaceAll('16.2.15 (618f440892089921c3e944a991122ddc44e60516) pacific', '18.2.7 (6b0e988052ec84cf2d4a54ff9bbbc5e720b621ad) reef')
      .replaceAll('18446744073709552000', '9007199254740991'), // of the last digits JavaScript knows nothing
  );
}

/** The files below a folder that have the text. */
function filesWith(text, folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => existsSync(file) && readFileSync(file).includes(text));
}

const bare = ({ entity_name, utsname_hostname, ...rest }) => rest;

const drops = async (collector) =>
  Object.fromEntries(
    (await collector.ask('SELECT path, reason, sum(count) FROM candor.drops GROUP BY path, reason ORDER BY path FORMAT TSV'))
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t'))
      .map(([where, reason, count]) => [`${where} ${reason}`, Number(count)]),
  );

test('every generation of the module', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['stone'] });
  const put = (report) => putAsModule(`${collector.url}/report`, report);
  let received = 0;

  await t.test('Mimic: no time, no channels, a map of crashes with hosts in clear', async () => {
    const report = cephReport('module_report_13');
    const crashes = Object.values(report.crashes);
    assert.ok(JSON.stringify(report).includes(`mgr.${kHost}`));
    assert.deepEqual(await put(report), { status: true, outcome: 'accepted', dropped: 2, quarantined: 0 });
    await collector.loaded('stone', (received += 1));
    const body = await kept(collector, report);
    const { 'pg_num:': pgs, ...usage } = report.usage;
    assert.deepEqual(
      { ...body, crashes: nameless(body.crashes) },
      {
        ...report,
        pools: report.pools.map((pool, i) => ({ ...pool, type: ['replicated', 'erasure'][i] })),
        usage: { ...usage, pg_num: pgs },
        crashes: crashes.map(bare),
      },
    );
    assert.deepEqual(await drops(collector), { 'crashes[].utsname_hostname never': 2 });
    const { insights, versions, installations } = await collector.overview('stone');
    assert.deepEqual(
      [installations, insights.osd_count, insights.mon_count, insights.pool_count, insights.fs_count],
      [1, 12, 3, 2, 1],
    );
    assert.equal(insights.capacity_bytes, 48_000_000_000_000);
    assert.deepEqual(versions, [{ version: '13.2.10', installations: 1 }]);
    // Again on the same day, the same bytes are the same report.
    assert.deepEqual(await put(report), { status: true, outcome: 'duplicate' });
    await collector.loaded('stone', (received += 1));
  });

  await t.test('Nautilus: a colon, and devices inside the report', async () => {
    const { devices, ...report } = cephReport('module_report_14_devices');
    const answer = await put({ ...report, devices });
    assert.deepEqual(answer, { status: true, outcome: 'accepted', dropped: 0, quarantined: 0 });
    await collector.loaded('stone', (received += 2));
    const body = await kept(collector, report);
    assert.deepEqual(body.crashes, report.crashes, 'names that are hashes stay what they are');
    const { 'pg_num:': pgs, ...usage } = report.usage;
    assert.deepEqual(body, { ...report, usage: { ...usage, pg_num: pgs } });
    assert.equal((await collector.overview('stone')).insights.osd_count, 12 + 24);
  });

  await t.test('its devices are stored as of nobody, as those that are sent apart', async () => {
    const { devices } = cephReport('module_report_14_devices');
    const [[, ofHost]] = Object.entries(devices);
    const read = async () =>
      (await collector.ask('SELECT * FROM candor.device_reports FINAL ORDER BY version FORMAT JSONEachRow'))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    const rows = await read();
    assert.deepEqual(rows.map((row) => Object.keys(JSON.parse(row.body))), [['20261120-070000'], ['20261121-020000']]);
    for (const row of rows) {
      assert.match(row.received, / 00:00:00$/);
      assert.match(row.device, /^SEAGATE_ST4000NM0035-1V4107_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
      const [sample] = Object.values(JSON.parse(row.body));
      assert.equal(sample.model_name, 'ST4000NM0035-1V4107');
      assert.equal(sample.ata_smart_attributes.table[0].raw.value, 0);
      assert.equal(sample.serial_number, undefined);
    }
    assert.equal(Object.values(JSON.parse(rows[1].body))[0].power_on_time.hours, 18230);
    assert.equal((await drops(collector))['devices.*.*.serial_number never'], 2);
    // A later release sends them again, with one sample more and the host's level unrolled.
    const [[device, samples]] = Object.entries(ofHost);
    const more = { ...samples, '20261121-070000': { model_name: 'ST4000NM0035-1V4107' } };
    await putAsModule(`${collector.url}/device`, { [device]: more });
    await collector.loaded('stone', (received += 1));
    const again = await read();
    assert.equal(again.length, 3, 'a sample that comes again is one');
    assert.equal(new Set(again.map((row) => row.device)).size, 1, 'of the same drive');
  });

  await t.test('Pacific, as a real cluster of 16.2.15 made it', async () => {
    const report = cephReport('module_report');
    assert.deepEqual(await put(report), { status: true, outcome: 'accepted', dropped: 0, quarantined: 0 });
    await collector.loaded('stone', (received += 1));
    assert.deepEqual(await kept(collector, report), report);
  });

  await t.test('Stone: the same under its own name', async () => {
    const report = cephReport('module_report');
    const text = JSON.stringify(report).replaceAll('"ceph_version"', '"stone_version"').replaceAll('"ceph version ', '"stone version ');
    assert.deepEqual(await put(JSON.parse(text)), { status: true, outcome: 'accepted', dropped: 0, quarantined: 0 });
    await collector.loaded('stone', (received += 1));
    assert.deepEqual(await kept(collector, report), JSON.parse(text));
    const { versions } = await collector.overview('stone');
    assert.deepEqual(versions.find(({ version }) => version === '16.2.15'), { version: '16.2.15', installations: 2 });
  });

  await t.test('Reef: collections, a leaderboard, and a channel the contract has not', async () => {
    const report = reef();
    const answer = await put({ ...report, ...kPerf });
    assert.deepEqual(answer, { status: true, outcome: 'accepted', dropped: 8, quarantined: 0 });
    await collector.loaded('stone', (received += 1));
    assert.deepEqual(await kept(collector, report), report);
    const dropped = await drops(collector);
    for (const name of Object.keys(kPerf)) assert.equal(dropped[`${name} undeclared`], 1, name);
  });

  await t.test('nothing of it names a machine, in no file', async () => {
    assertAddsUp(await collector.accounting('stone'));
    for (const canary of [kHost, kSerial, kMac, 'kestrel']) {
      assert.ok(!(await collector.everything()).includes(canary), canary);
      assert.deepEqual(filesWith(canary, collector.data), [], canary);
    }
    assert.ok(filesWith('ST4000NM0035', collector.data).length > 0, 'the search finds');
  });

  await t.test('the dashboard has them', async () => {
    const { installations, versions } = await collector.overview('stone');
    assert.equal(installations, 5);
    assert.deepEqual(
      versions.map(({ version }) => version).toSorted(),
      ['13.2.10', '14.2.1', '16.2.15', '18.2.7'],
    );
  });
});

test('what a vendor declares of the channel perf arrives', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const contract = `${readFileSync(path.resolve('contracts/stone.toml'), 'utf8').split('# The figures of the dashboard.')[0]}
[[channel]]
name = "perf"
about = "Performance of the cluster."
owner = "telemetry@stone.com"
fields = [
  { path = "perf_counters.*.*.value", type = "integer", about = "Counters by daemon." },
  { path = "io_rate.pg_stats_delta.stat_sum.*", type = "integer", about = "Reads and writes." },
  { path = "mempool.*.*.bytes", type = "integer", about = "Memory by pool." },
  { path = "rocksdb_stats.version", type = "string", about = "Version of the statistics." },
]
`;
  const collector = await startCollector(bench, { products: ['stone'], lines: ['contracts = "."'], files: { 'stone.toml': contract } });
  const report = { ...reef(), ...kPerf };
  assert.equal((await putAsModule(`${collector.url}/report`, report)).outcome, 'accepted');
  await collector.loaded('stone', 1);
  const body = await kept(collector, report);
  assert.deepEqual(body.perf_counters, kPerf.perf_counters);
  assert.deepEqual(body.io_rate, { pg_stats_delta: { stat_sum: { num_read: 12 } } });
  assert.deepEqual(body.mempool, { osd: { bluestore_alloc: { bytes: 8 } } });
  assert.deepEqual(body.rocksdb_stats, kPerf.rocksdb_stats);
  assert.equal(body.stats_per_pg, undefined);
});
