// A Stone operator's whole way, with a real Ceph cluster and its own telemetry module beside it.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCluster } from './lib/cluster.mjs';
import { assertAddsUp, startCollector } from './lib/collector.mjs';
import { Candor } from './lib/program.mjs';
import { assertSigned, sha256 } from './lib/receipt.mjs';
import { assertFolderWithout, assertWithout, machineSecrets } from './lib/secrets.mjs';

// Each is put where a careless report would pick it up.
const kCanaries = {
  'pool name': 'kestrel-pool',
  'image name': 'kestrel-image',
  'object name': 'kestrel-object',
  'object content': 'kestrel-content',
  'rack name': 'kestrel-rack',
  'config value': '/kestrel/value.log',
  'config key': 'kestrel-key',
  'module contact': 'module-kestrel@canary.example',
  'agent contact': 'agent-kestrel@canary.example',
  'agent description': 'kestrel description',
};

/** {path: value} of every leaf. */
function leaves(value, where = '', found = {}) {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0)
    return { ...found, [where]: value };
  return Object.entries(value).reduce(
    (all, [key, part]) => leaves(part, where ? `${where}.${key}` : key, all),
    found,
  );
}

// Differs from one question to the next, or is one side's own: the module has no number of managers,
// and knows the balancer's mode only some time after its start.
const kNotCompared =
  /^(usage\.total_|mgr\.count$|balancer\.mode$|candor\.|report_|channels|license$|leaderboard$|crashes$|program_crashes$)/;

function comparable(report) {
  return Object.fromEntries(
    Object.entries(leaves(report)).filter(([where]) => !kNotCompared.test(where)),
  );
}

const assertSameFigures = (report, own) => {
  assert.equal(report.insights.osd_count, own.osds);
  assert.equal(report.insights.capacity_bytes, own.capacity);
  assert.deepEqual(report.versions, [{ version: own.version, installations: 1 }]);
};

async function plantCanaries(cluster) {
  const pool = kCanaries['pool name'];
  await cluster.ceph('osd', 'pool', 'create', pool, '8');
  // Else its number of placement groups changes by itself meanwhile.
  await cluster.ceph('osd', 'pool', 'set', pool, 'pg_autoscale_mode', 'off');
  await cluster.ceph('osd', 'pool', 'application', 'enable', pool, 'rbd');
  await cluster.tool('rbd', 'create', '--size', '16M', `${pool}/${kCanaries['image name']}`);
  const content = path.join(path.dirname(cluster.conf), 'content');
  writeFileSync(content, kCanaries['object content']);
  await cluster.tool('rados', '-p', pool, 'put', kCanaries['object name'], content);
  await cluster.ceph('osd', 'crush', 'add-bucket', kCanaries['rack name'], 'rack');
  await cluster.ceph('config', 'set', 'mon', 'mon_cluster_log_file', kCanaries['config value']);
  await cluster.ceph('config', 'set', 'osd', 'osd_max_backfills', '3');
  await cluster.ceph('config-key', 'set', kCanaries['config key'], kCanaries['config key']);
  await cluster.ceph('config', 'set', 'mgr', 'mgr/telemetry/contact', kCanaries['module contact']);
}

test('a Stone cluster, from consent to the public dashboard', { timeout: 240_000 }, async (t) => {
  const bench = new Bench(t);
  const [cluster, collector] = await Promise.all([
    startCluster(bench),
    startCollector(bench, { products: ['stone', 'mesh'] }),
  ]);
  await plantCanaries(cluster);
  // The module makes its report_id by itself, before anybody opted in.
  const reportId = await until(
    'the module has an identity',
    async () =>
      (await cluster.ceph('config-key', 'get', 'mgr/telemetry/report_id')).match(
        /[0-9a-f-]{36}/,
      )?.[0],
  );
  const candor = new Candor(bench.folder('agent'));
  const outbox = () => readdirSync(candor.state('outbox'));
  let shown;

  await t.test("a few settings are all it needs; Stone's names do, too", async () => {
    await candor.configure({
      product: 'stone',
      endpoint: collector.url,
      'collect.ceph.conf': cluster.conf,
    });
    await candor.ok('config', 'set', 'mgr', 'mgr/telemetry/contact', kCanaries['agent contact']);
    await candor.ok('config', 'set', 'mgr/telemetry/description', kCanaries['agent description']);
  });

  await t.test(
    'while off, show prints the report that would be sent, and send asks for the licence',
    async () => {
      const show = await candor.ok('show');
      const report = JSON.parse(show.out);
      assert.equal(report.osd.count, 1);
      assert.match(show.err, /off/);
      assert.equal(existsSync(candor.state()), false, 'looking makes no state');
      const send = await candor.expect(77, 'send');
      assert.match(
        send.err,
        /Community Data License Agreement - Sharing - Version 1\.0 \(https:\/\/cdla\.io\/sharing-1-0\/\)/,
      );
      assert.match(send.err, /'--license sharing-1-0' to the 'candor send' command/);
      assert.equal((await collector.accounting('stone')).received, 0);
    },
  );

  await t.test(
    'on without the licence names it, its address and the command, and changes nothing',
    async () => {
      const on = await candor.expect(77, 'on');
      assert.match(on.err, /Community Data License Agreement - Sharing - Version 1\.0/);
      assert.match(on.err, /https:\/\/cdla\.io\/sharing-1-0\//);
      assert.match(on.err, /--license sharing-1-0/);
      assert.match(on.err, /candor on/);
      await candor.expect(77, 'on', '--license', 'sharing-2-0');
      assert.equal((await candor.json('status')).telemetry, 'off');
    },
  );

  await t.test('on with the licence adopts the identity the cluster already has', async () => {
    const on = await candor.json('on', '--license', 'sharing-1-0');
    assert.equal(on.installation, reportId);
    assert.equal(on.adopted, true);
    const status = await candor.json('status');
    assert.equal(status.installation, reportId);
    assert.equal(status.adopted, true);
    assert.equal(status.consent.licence, 'sharing-1-0');
    assert.ok((await candor.ok('status')).out.includes(`${reportId} (the cluster's own)`));
  });

  await t.test("the report has the cluster's figures, and none of its names", async () => {
    const show = await candor.ok('show');
    shown = show.bytes;
    const report = JSON.parse(show.out);
    const own = await cluster.ownFigures();
    assert.equal(report.osd.count, own.osds);
    assert.equal(report.usage.total_bytes, own.capacity);
    assert.equal(report.pools.length, own.pools);
    assert.equal(report.mon.count, 1);
    assert.equal(report.mgr.count, 1);
    assert.deepEqual(report.rbd.num_images_by_pool, [1]);
    assert.ok(
      report.config.cluster_changed.includes('osd_max_backfills'),
      'names of changed options',
    );
    assert.ok(report.config.cluster_changed.includes('mon_cluster_log_file'));
    assertWithout({ ...machineSecrets(), ...kCanaries }, shown, 'show');
  });

  await t.test("it says what the cluster's own module says, key by key", async () => {
    const module = await cluster.ceph('telemetry', 'show');
    const theirs = JSON.parse(module.slice(0, module.lastIndexOf('}') + 1));
    assert.deepEqual(comparable(JSON.parse(shown)), comparable(theirs));
  });

  await t.test('what was shown is what arrives, and the receipt is for it', async () => {
    const sent = await candor.json('send');
    assert.equal(sent.status, 'accepted');
    assert.deepEqual(sent.answer.dropped, []);
    assertSigned(sent.answer.receipt, (await collector.json('/v1/key')).key, sha256(shown));
    assert.deepEqual(readFileSync(candor.state('sent', `${sent.id}.json`)), shown);
    const audit = readFileSync(candor.state('sent', 'log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map(JSON.parse);
    assert.equal(audit.at(-1).sha256, sha256(shown));
    assertAddsUp(await collector.loaded('stone', 1));
  });

  await t.test("the cluster's own figures are the public figures", async () => {
    const overview = await collector.overview('stone');
    assert.equal(overview.installations, 1);
    assert.equal(overview.simulated, false);
    assertSameFigures(overview, await cluster.ownFigures());
    assert.equal(overview.insights.used_bytes, JSON.parse(shown).usage.total_used_bytes);
    const trend = await collector.json('/api/v1/products/stone/trend?insight=osd_count&days=7');
    assert.equal(trend.values.at(-1), overview.insights.osd_count);
  });

  await t.test(
    "the cluster's own module reports to the same collector, and is admitted",
    async () => {
      await cluster.ceph('config', 'set', 'mgr', 'mgr/telemetry/url', `${collector.url}/report`);
      await cluster.ceph(
        'config',
        'set',
        'mgr',
        'mgr/telemetry/device_url',
        `${collector.url}/device`,
      );
      await cluster.ceph('telemetry', 'on', '--license', 'sharing-1-0');
      assert.match(await cluster.ceph('telemetry', 'send'), /Ceph report sent to/);
      await collector.loaded('stone', 2);
      // It may have reported by itself as well, when it was switched on.
      const arrivals = (await collector.arrivals('stone')).filter(
        ({ protocol }) => protocol === 'ceph',
      );
      assert.ok(arrivals.length > 0);
      for (const { outcome, installation, dropped, quarantined } of arrivals) {
        assert.equal(outcome, 'accepted');
        assert.equal(installation, reportId);
        assert.deepEqual(dropped, [], 'the contract declares all that this release reports');
        assert.deepEqual(quarantined, []);
      }
    },
  );

  await t.test('a second agent of the same cluster stays quiet unless told', async () => {
    const second = new Candor(bench.folder('agent2'));
    await second.configure({
      product: 'stone',
      endpoint: collector.url,
      'collect.ceph.conf': cluster.conf,
    });
    const on = await second.expect(1, 'on', '--license', 'sharing-1-0');
    assert.match(on.err, /--also-here/);
    assert.match(on.err, /the same identity, the cluster's own/);
    assert.equal((await second.json('status')).telemetry, 'off');
  });

  await t.test('the cluster counts once, because both use its identity', async () => {
    const overview = await collector.overview('stone');
    assert.equal(overview.installations, 1);
    assertSameFigures(overview, await cluster.ownFigures());
    assert.equal((await collector.overview('mesh')).installations, 0);
  });

  await t.test(
    "a path prefix names the product; one that does not take Ceph's protocol says so",
    async () => {
      const before = (await collector.accounting('stone')).received;
      await cluster.ceph(
        'config',
        'set',
        'mgr',
        'mgr/telemetry/url',
        `${collector.url}/p/stone/report`,
      );
      assert.match(
        await cluster.ceph('telemetry', 'send'),
        /Ceph report sent to \S+\/p\/stone\/report/,
      );
      const after = await collector.loaded('stone', before + 1);
      assertAddsUp(after);
      assert.equal(after.accepted, after.received);
      const wrong = await fetch(`${collector.url}/p/mesh/report`, { method: 'PUT', body: '{}' });
      assert.equal(Math.floor(wrong.status / 100), 4);
      assert.match((await wrong.json()).error.message, /mesh/);
    },
  );

  await t.test('a hung or missing cluster gives a clear error and no report', async () => {
    const sleeper = path.join(candor.folder, 'hung-ceph');
    const pids = path.join(candor.folder, 'pids');
    writeFileSync(sleeper, `#!/bin/sh\nsleep 300 &\necho $! >> ${pids}\nwait\n`);
    chmodSync(sleeper, 0o755);
    await candor.configure({ 'collect.ceph.command': sleeper, 'collect.ceph.timeout': 1 });
    const hung = await candor.expect(69, 'send');
    assert.match(hung.err, /did not answer within 1 s/);
    assert.ok(hung.ms < 5000, `${hung.ms} ms`);
    const gone = (pid) => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    for (const pid of readFileSync(pids, 'utf8').trim().split('\n').map(Number)) {
      await until('what the command started is gone', () => gone(pid));
    }
    await candor.configure({
      'collect.ceph.command': 'ceph',
      'collect.ceph.timeout': 20,
      'collect.ceph.conf': '/nonexistent/ceph.conf',
    });
    const missing = await candor.expect(69, 'show');
    assert.match(missing.err, /\/nonexistent\/ceph\.conf/);
    assert.equal(missing.out, '');
    assert.deepEqual(outbox(), []);
    await candor.configure({ 'collect.ceph.conf': cluster.conf });
  });

  await t.test('off drops what was pending, and asks for the licence again', async () => {
    await candor.ok('show');
    assert.equal(outbox().length, 1);
    await candor.ok('off');
    assert.deepEqual(outbox(), []);
    await candor.expect(77, 'send');
    await candor.expect(77, 'on');
    assert.equal((await candor.json('status')).installation, reportId, 'the identity stays');
  });

  await t.test('one report can be sent while off, under the licence', async () => {
    const before = (await collector.accounting('stone')).received;
    await candor.ok('send', '--license', 'sharing-1-0');
    await collector.loaded('stone', before + 1);
    assert.deepEqual(outbox(), []);
    assert.equal((await candor.json('status')).telemetry, 'off');
    assert.equal((await collector.overview('stone')).installations, 1);
  });

  await t.test('no name, address, value or content is anywhere on the collector', async () => {
    const secrets = { ...machineSecrets(), ...kCanaries };
    assert.ok(assertFolderWithout(secrets, path.join(collector.data, 'journal')) > 0);
    assertFolderWithout(secrets, path.join(collector.data, 'engine'));
    const store = await collector.everything();
    assertWithout(secrets, store, 'the store');
    assert.ok(store.includes(reportId), 'the search sees what is there');
    assertWithout(
      secrets,
      collector.server.err.replaceAll(collector.url, ''),
      "the collector's log",
    );
  });
});
