// What Candor reports of a real cluster beside what the cluster's own telemetry module reports of
// it: the channels basic, crash and ident.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCluster } from './lib/cluster.mjs';
import { differences } from './lib/differences.mjs';
import { Candor } from './lib/program.mjs';
import { assertWithout, machineSecrets } from './lib/secrets.mjs';

// Of one side only, or a counter that moves between two questions: the module knows no number of
// managers, no MDS metadata, and the balancer's mode only some time after its start.
const kLegitimate =
  /^(usage\.total_|mgr\.count$|metadata\.mds\.|balancer\.mode$|candor\.|report_|channels|license$|leaderboard$|crashes|program_crashes)/;

const kCanaries = {
  host: 'kestrel-crashed-host',
  device: 'kestrel-device',
  path: '/var/lib/ceph/kestrel',
  details: 'kestrel-details',
  builder: 'kestrel-builder',
  daemon: 'kestrel.daemon',
  'pool name': 'furnished-blocks',
  'coded pool': 'furnished-coded',
  'file system': 'furnished-fs',
  profile: 'furnished-profile',
  MDS: 'furnished-mds',
};

const moduleReport = async (cluster) => {
  const text = await cluster.ceph('telemetry', 'show');
  return JSON.parse(text.slice(0, text.lastIndexOf('}') + 1));
};

/** An entry as daemons write them, with what an entry can give away. */
function assertion(timestamp) {
  const where = `/home/${kCanaries.builder}/ceph/src/osd/PG.cc`;
  return {
    crash_id: `${timestamp}_${randomUUID()}`,
    timestamp,
    process_name: 'ceph-osd',
    entity_name: `osd.${kCanaries.daemon}`,
    ceph_version: '16.2.15',
    utsname_hostname: kCanaries.host,
    utsname_sysname: 'Linux',
    utsname_release: '6.1.0-18-amd64',
    utsname_version: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1',
    utsname_machine: 'x86_64',
    os_name: 'Debian GNU/Linux 12 (bookworm)',
    os_id: '12',
    os_version_id: '12',
    os_version: '12 (bookworm)',
    assert_condition: 'info.last_complete >= v',
    assert_func: 'void PG::upgrade(ObjectStore*)',
    assert_file: where,
    assert_line: 742,
    assert_thread_name: 'tp_osd_tp',
    assert_msg:
      `${where}: In function 'void PG::upgrade(ObjectStore*)' ` +
      `thread 7f53c4e1f1c0 time ${timestamp}\n` +
      `${where}: 742: FAILED ceph_assert(info.last_complete >= v)\n` +
      `Assertion details: pool ${kCanaries.details}\n`,
    io_error: true,
    io_error_devname: kCanaries.device,
    io_error_path: kCanaries.path,
    io_error_code: -5,
    backtrace: [
      '/lib/x86_64-linux-gnu/libc.so.6(+0x3c050) [0x7f53c4a5a050]',
      'gsignal()',
      'abort()',
      '(PG::upgrade(ObjectStore*)+0xd2) [0x559209849df2]',
      '_start()',
    ],
  };
}

test("the report of a real cluster, beside its own module's", { timeout: 280_000 }, async (t) => {
  const bench = new Bench(t);
  const cluster = await startCluster(bench, { furnished: true });
  const folder = path.dirname(cluster.conf);
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({
    product: 'stone',
    endpoint: 'http://127.0.0.1:9',
    'collect.ceph.conf': cluster.conf,
    contact: 'kestrel@canary.example',
    description: 'kestrel description',
    organization: 'kestrel organization',
  });
  const post = async (entry) => {
    const file = path.join(folder, 'posted');
    writeFileSync(file, JSON.stringify(entry));
    await cluster.ceph('crash', 'post', '-i', file);
  };
  // Each a new one: without the pending report, show makes another.
  const show = async () => {
    rmSync(candor.state('outbox'), { recursive: true, force: true });
    return candor.ok('show');
  };
  const report = async () => JSON.parse((await show()).out);

  const early = assertion(new Date(Date.now() - 3_600_000).toISOString().replace('Z', '000Z'));
  await post(early);
  await candor.ok('on', '--license', 'sharing-1-0');

  await t.test('basic: pools of both types, file system, services, field by field', async () => {
    let ours;
    let found;
    await until(
      'the counters of both stand still',
      async () => {
        ours = await report();
        found = differences(ours, await moduleReport(cluster), { ignored: kLegitimate });
        return found.length === 0;
      },
      { within: 40_000, every: 1000 },
    ).catch(() => assert.deepEqual(found, [], 'Candor beside the module'));
    assert.deepEqual(
      ours.pools.map(({ type }) => type).toSorted(),
      ['erasure', 'replicated', 'replicated', 'replicated', 'replicated'],
    );
    assert.equal(ours.pools.find(({ type }) => type === 'erasure').erasure_code_profile.k, '2');
    assert.equal(ours.fs.filesystems.length, 1);
    assert.deepEqual(ours.services, {}, 'no gateway and nothing else is in the service map');
    assert.equal('rgw' in ours, false);
    assert.ok(ours.config.cluster_changed.includes('mgr/balancer/sleep_interval'));
  });

  await t.test('crash: a daemon that crashed, and what it leaves out', async () => {
    process.kill(Number(readFileSync(path.join(folder, 'run', 'osd.2.pid'), 'utf8')), 'SIGSEGV');
    const crashes = path.join(folder, 'crash');
    const meta = await until(
      'the OSD has written its crash',
      () =>
        readdirSync(crashes)
          .map((name) => path.join(crashes, name))
          .filter((crash) => existsSync(path.join(crash, 'done')))
          .map((crash) => path.join(crash, 'meta'))[0],
      { within: 30_000 },
    );
    const real = JSON.parse(readFileSync(meta, 'utf8'));
    const late = assertion(new Date().toISOString().replace('Z', '000Z'));
    await post({ ...real, utsname_hostname: kCanaries.host });
    await post(late);

    const shown = await show();
    const ours = Object.fromEntries(JSON.parse(shown.out).crashes.map((c) => [c.crash_id, c]));
    const theirs = Object.fromEntries(
      (await moduleReport(cluster)).crashes.map((c) => [c.crash_id, c]),
    );
    assert.equal(Object.keys(theirs).length, 3, 'the module knows no consent');
    assert.deepEqual(
      Object.keys(ours).toSorted(),
      [real.crash_id, late.crash_id].toSorted(),
      'what crashed before the consent stays home',
    );
    // The salt is each side's own.
    const differs = /^(entity_name)$/;
    assert.deepEqual(
      differences(ours[real.crash_id], theirs[real.crash_id], { ignored: differs }),
      [],
      'a crash without an assertion, signature included',
    );
    assert.match(ours[real.crash_id].entity_name, /^osd\.[0-9a-f]{40}$/);
    const changed = differences(ours[late.crash_id], theirs[late.crash_id], { ignored: differs });
    assert.deepEqual(
      changed.map((line) => /^(missing: |besides: )?[\w.]+/.exec(line)[0]).toSorted(),
      [
        'assert_file',
        'assert_msg',
        'missing: io_error_devname',
        'missing: io_error_path',
        'stack_sig',
      ],
      changed.join('\n'),
    );
    assertWithout({ ...machineSecrets(), ...kCanaries }, shown.bytes, 'show');
    assert.deepEqual(
      JSON.parse((await show()).out).crashes.map((c) => c.entity_name),
      JSON.parse(shown.out).crashes.map((c) => c.entity_name),
      'one daemon has one name',
    );
  });

  await t.test('crash: nothing of it while the channel is off', async () => {
    await candor.ok('channel', 'disable', 'crash');
    const ours = await report();
    assert.equal('crashes' in ours, false);
    assert.equal('program_crashes' in ours, false);
    await candor.ok('channel', 'enable', 'crash');
  });

  await t.test('ident: description, contact and organization only with the channel on', async () => {
    const texts = ['kestrel@canary.example', 'kestrel description', 'kestrel organization'];
    const off = await show();
    for (const text of texts) assert.equal(off.out.includes(text), false);
    await candor.ok('channel', 'enable', 'ident');
    const { contact, description, organization } = await report();
    assert.deepEqual([contact, description, organization], texts);
    await candor.ok('channel', 'disable', 'ident');
    assert.equal((await show()).out.includes('kestrel'), false);
  });

  await t.test('local gives the cluster back, so that another agent may report it', async () => {
    const holders = async () =>
      (await cluster.ceph('config-key', 'ls')).includes('candor/identity');
    assert.equal(await holders(), true);
    await candor.ok('local');
    assert.equal(await holders(), false);
  });
});
