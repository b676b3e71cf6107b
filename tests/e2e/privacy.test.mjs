// Everything switched on, a real cluster, and a search for what must not leave it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { startCapture } from './lib/capture.mjs';
import { startCluster } from './lib/cluster.mjs';
import { startCollector } from './lib/collector.mjs';
import { Candor } from './lib/program.mjs';
import { assertWithout, machineSecrets } from './lib/secrets.mjs';
import { assertNoDrive, helperThatPrints, kDrives } from './lib/drives.mjs';

const kPassword = 'merlin-proxy-password';
const kCanaries = {
  'proxy password': kPassword,
  'pool name': 'merlin-pool',
  'erasure-coded pool': 'merlin-erasure',
  'erasure profile': 'merlin-profile',
  'rack name': 'merlin-rack',
  'config value': '/merlin/value.log',
  'config key': 'merlin-key',
  'crash host': 'merlin-host',
  'crash entity': 'merlin-entity',
  'crash thread': 'merlin-device',
  'home folder': 'merlin-user',
};

const kHome = `/home/${kCanaries['home folder']}`;

/** Serial numbers of the machine's own parts, as far as it tells them. */
function serialNumbers() {
  const found = {};
  const look = (what, file) => {
    try {
      const text = readFileSync(file, 'utf8').trim();
      if (text.length >= 4 && !/^(none|not specified|default string|0+)$/i.test(text))
        found[`${what} (${file})`] = text;
    } catch {
      // It has none, or does not tell.
    }
  };
  for (const name of ['product_serial', 'board_serial', 'chassis_serial', 'product_uuid'])
    look('serial number', `/sys/class/dmi/id/${name}`);
  let disks = [];
  try {
    disks = readdirSync('/sys/block');
  } catch {
    // No disks that are shown.
  }
  for (const disk of disks) {
    for (const name of ['serial', 'wwid', 'device/serial', 'device/wwid'])
      look('serial number of a disk', path.join('/sys/block', disk, name));
  }
  return found;
}

function crash(when, index) {
  return {
    crash_id: `${when.replace(/:/g, '-')}_6f1b7e1c-3f0e-4c39-9d2a-0c63e1a5b7d${index}`,
    timestamp: when,
    process_name: 'ceph-osd',
    entity_name: `osd.${kCanaries['crash entity']}`,
    ceph_version: '16.2.15',
    utsname_hostname: kCanaries['crash host'],
    utsname_sysname: 'Linux',
    utsname_release: '6.1.0',
    utsname_version: '#1 SMP',
    utsname_machine: 'x86_64',
    os_name: 'Debian GNU/Linux',
    os_id: 'debian',
    os_version: '12 (bookworm)',
    os_version_id: '12',
    io_error: true,
    io_error_devname: kCanaries['crash thread'],
    io_error_path: `/var/lib/ceph/osd/${kCanaries['crash thread']}`,
    assert_condition: 'r == 0',
    assert_func: 'void OSD::handle()',
    assert_file: `${kHome}/ceph/src/osd/OSD.cc`,
    assert_line: 712,
    assert_thread_name: 'tp_osd_tp',
    assert_msg:
      `${kHome}/ceph/src/osd/OSD.cc: In function 'void OSD::handle()' thread 7f3c6d1b5700 time ` +
      `${when}\n${kHome}/ceph/src/osd/OSD.cc: 712: FAILED ceph_assert(r == 0)\n`,
    backtrace: [
      '/lib/libpthread.so.0(+0x12b20) [0x7f]',
      '(OSD::handle()+0x12) [0x56]',
      `${kHome}/build/lib/libosd.so(+0x77) [0x7f]`,
    ],
  };
}

test('with every channel on, nothing telling leaves a real cluster', { timeout: 280_000 }, async (t) => {
  const bench = new Bench(t);
  const [cluster, collector, capture] = await Promise.all([
    startCluster(bench),
    startCollector(bench, { products: ['stone'] }),
    startCapture(bench, { password: kPassword }),
  ]);
  await cluster.ceph('osd', 'pool', 'create', kCanaries['pool name'], '8');
  await cluster.ceph(
    'osd', 'erasure-code-profile', 'set', kCanaries['erasure profile'],
    'k=2', 'm=1', 'crush-failure-domain=osd',
  );
  await cluster.ceph(
    'osd', 'pool', 'create', kCanaries['erasure-coded pool'], '8', '8', 'erasure',
    kCanaries['erasure profile'],
  );
  await cluster.ceph('osd', 'crush', 'add-bucket', kCanaries['rack name'], 'rack');
  await cluster.ceph('config', 'set', 'mon', 'mon_cluster_log_file', kCanaries['config value']);
  await cluster.ceph('config-key', 'set', kCanaries['config key'], kCanaries['config key']);

  const agent = new Candor(bench.folder('agent'));
  await agent.configure({
    product: 'stone',
    endpoint: collector.url,
    proxy: capture.url,
    'collect.ceph.conf': cluster.conf,
    'collect.smart.command': helperThatPrints(bench.folder('smart'), { format: 1, drives: kDrives }),
    description: 'Our cluster',
    contact: 'operator@example.com',
    organization: 'Example Ltd',
  });
  const { channels } = await agent.json('channel', 'ls');
  for (const { name } of channels) await agent.ok('channel', 'enable', name);
  await agent.ok('on', '--license', 'sharing-1-0');
  const posted = path.join(agent.folder, 'crash');
  writeFileSync(posted, JSON.stringify(crash(new Date().toISOString().replace('Z', '000Z'), 1)));
  await cluster.ceph('crash', 'post', '-i', posted);

  await agent.ok('send');
  await agent.ok('send', '--devices');
  const secrets = { ...machineSecrets(), ...serialNumbers(), ...kCanaries };

  await t.test('the report and the device report have arrived, with all that is agreed to', () => {
    const [report] = capture.seen.filter(({ path: where }) => where === '/v1/reports');
    const [devices] = capture.seen.filter(({ path: where }) => where === '/v1/devices');
    assert.equal(report.status, 200);
    assert.equal(devices.status, 200);
    const sent = JSON.parse(report.body);
    assert.deepEqual(sent.candor.channels.toSorted(), channels.map(({ name }) => name).toSorted());
    assert.equal(sent.crashes.length, 1);
    assert.equal(sent.crashes[0].assert_file, '/home/-/ceph/src/osd/OSD.cc');
    assert.match(sent.crashes[0].assert_msg, /FAILED ceph_assert/);
    assert.match(sent.crashes[0].backtrace[2], /^\/home\/-\/build/);
    assert.equal(sent.contact, 'operator@example.com');
    assert.ok(Object.keys(JSON.parse(devices.body).devices).length > 0);
    assert.equal(devices.body.includes(sent.candor.installation), false, 'devices have no identity');
    assert.notEqual(report.socket, devices.socket, 'each went over a connection of its own');
  });

  await t.test('no secret is in any body or header that left', () => {
    assert.ok(capture.seen.length >= 2);
    for (const { method, path: where, headers, body } of capture.seen) {
      assertWithout(secrets, body, `${method} ${where}`);
      assertNoDrive(body, `${method} ${where}`);
      const without = headers.filter((_, i) => !/^host$/i.test(headers[i - (i % 2)]));
      assertWithout(secrets, without.join('\n'), `the headers of ${method} ${where}`);
    }
  });

  await t.test('nor in what the program printed, but for the proxy it was given', async () => {
    for (const command of [['status'], ['show'], ['config', 'ls'], ['log'], ['show-device']]) {
      const { out, err } = await agent.run(...command);
      assertWithout({ password: kPassword }, out + err, `candor ${command.join(' ')}`);
    }
  });
});
