// docs/ceph-commands.md is the input: each pair of commands is run, the one by the real module and
// the other by Candor, and what they do is compared.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCluster } from './lib/cluster.mjs';
import { startCollector } from './lib/collector.mjs';
import { helperThatPrints, kDrives } from './lib/drives.mjs';
import { Candor, environment, run } from './lib/program.mjs';

const kPage = path.resolve(import.meta.dirname, '../../docs/ceph-commands.md');
const kSending = /^(candor send|ceph telemetry send)/;

/** The rows of a section's table: lists of cells without their backquotes. */
function rowsOf(page, section) {
  return page
    .split(/^## /m)
    .find((part) => part.startsWith(section))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
    );
}

/** A command line as a shell without anything but single quotes takes it apart. */
const words = (line) =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);

const document = (text) => JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));

test('each command of the module has one of Candor', { timeout: 280_000 }, async (t) => {
  const bench = new Bench(t);
  const [cluster, collector] = await Promise.all([
    startCluster(bench),
    startCollector(bench, { products: ['stone'] }),
  ]);
  await cluster.ceph('config', 'set', 'mgr', 'mgr/telemetry/url', `${collector.url}/report`);
  await cluster.ceph('config', 'set', 'mgr', 'mgr/telemetry/device_url', `${collector.url}/device`);
  const candor = new Candor(bench.folder('agent'));
  await candor.configure({
    product: 'stone',
    endpoint: collector.url,
    'collect.ceph.conf': cluster.conf,
  });
  const crash = path.join(path.dirname(cluster.conf), 'posted');
  const time = new Date().toISOString();
  const entry = {
    crash_id: `${time}_${randomUUID()}`,
    timestamp: time,
    entity_name: 'osd.0',
    utsname_hostname: 'h',
  };
  writeFileSync(crash, JSON.stringify(entry));
  await cluster.ceph('crash', 'post', '-i', crash);
  const runLine = (line) => {
    const [program, ...rest] = words(line);
    if (program === 'candor') return candor.run(...rest);
    assert.equal(program, 'ceph', line);
    return run('ceph', ['-c', cluster.conf, ...rest], { env: environment() });
  };
  const moduleStatus = async () => document(await cluster.ceph('telemetry', 'status'));
  const isOn = async () => [
    (await moduleStatus()).enabled,
    (await candor.json('status')).telemetry === 'on',
  ];
  const arrived = async () =>
    (await collector.arrivals('stone'))
      .filter(({ outcome }) => outcome === 'accepted')
      .map(({ protocol }) => protocol);
  const bothWork = (ceph, ours) => {
    assert.equal(ceph.code, 0, ceph.err);
    assert.equal(ours.code, 0, ours.err);
  };
  const bothAskForTheLicence = async (ceph, ours) => {
    assert.notEqual(ceph.code, 0);
    assert.equal(ours.code, 77);
    for (const said of [ceph.err, ours.err]) {
      assert.match(said, /Community Data License Agreement - Sharing - Version 1\.0/);
      assert.match(said, /https:\/\/cdla\.io\/sharing-1-0\//);
      assert.match(said, /--license sharing-1-0/);
    }
    assert.deepEqual(await isOn(), [false, false]);
  };
  const bothArrive = async (ceph, ours, before) => {
    bothWork(ceph, ours);
    const now = await arrived();
    const fresh = now.slice(0, now.length - before.length);
    // Where this machine has drives, the module's device report is there, too.
    assert.ok(fresh.includes('ceph'), `arrived: ${fresh}`);
    assert.deepEqual(fresh.filter((protocol) => protocol !== 'ceph'), ['native'], 'one report');
  };
  const deviceRows = async () => Number(await collector.ask('SELECT count() FROM candor.device_reports'));
  // This machine may have no drives, so the helper says what drives say.
  const devicesGoApart = async (ours) => {
    assert.match(ours.err, /The device report is not sent with it.*candor send --devices/);
    const before = await deviceRows();
    const helper = helperThatPrints(bench.folder('smart'), { format: 1, drives: kDrives });
    await candor.ok('config', 'set', 'collect.smart.command', helper);
    await candor.ok('send', '--devices');
    await candor.ok('config', 'unset', 'collect.smart.command');
    await until('the drives are in the store', async () => (await deviceRows()) === before + kDrives.length);
  };

  // What each pair has to do. `before` is what had arrived.
  const option = /^ceph config set mgr mgr\/telemetry\/(\w+) (.*)$/;
  const kEffects = {
    'ceph telemetry show': (ceph, ours) => {
      bothWork(ceph, ours);
      const [theirs, mine] = [document(ceph.out), JSON.parse(ours.out)];
      assert.deepEqual(mine.osd, theirs.osd);
      assert.deepEqual(mine.crush, theirs.crush);
    },
    'ceph telemetry on': bothAskForTheLicence,
    'ceph telemetry send': async (ceph, ours, before) => {
      if (!(await isOn())[1]) return bothAskForTheLicence(ceph, ours);
      await bothArrive(ceph, ours, before);
      await devicesGoApart(ours);
    },
    'ceph telemetry send --license sharing-1-0': async (ceph, ours, before) => {
      await bothArrive(ceph, ours, before);
      assert.deepEqual(await isOn(), [false, false]);
      const [sent] = readdirSync(candor.state('sent')).filter((name) => /Z-[0-9a-f]{8}\.json$/.test(name));
      const report = JSON.parse(readFileSync(candor.state('sent', sent), 'utf8'));
      assert.deepEqual(report.crashes, [], 'what crashed before this consent stays home');
    },
    'ceph telemetry on --license sharing-1-0': async (ceph, ours) => {
      bothWork(ceph, ours);
      assert.deepEqual(await isOn(), [true, true]);
    },
    'ceph telemetry off': async (ceph, ours) => {
      bothWork(ceph, ours);
      assert.deepEqual(await isOn(), [false, false]);
      await bothAskForTheLicence(await runLine('ceph telemetry on'), await runLine('candor on'));
    },
    'ceph telemetry status': async (ceph, ours) => {
      bothWork(ceph, ours);
      const [theirs, mine] = [document(ceph.out), await candor.json('status')];
      assert.equal(mine.telemetry === 'on', theirs.enabled);
      assert.equal(mine.interval_hours, theirs.interval);
      for (const { name, on } of mine.channels) {
        assert.equal(on, theirs[`channel_${name}`], name);
        assert.match(ours.out, new RegExp(`${name} ${on ? 'on' : 'off'}`));
      }
    },
    'ceph telemetry show-device': (ceph, ours) => {
      assert.equal(ceph.code, 0, ceph.err);
      if (ours.code === 0) {
        assert.ok(Object.keys(JSON.parse(ours.out).devices).length > 0, 'the drives of this machine');
        return;
      }
      assert.equal(ours.code, 12, ours.err);
      assert.match(ours.err, /no drive that smartctl can ask/);
      assert.deepEqual(document(ceph.out), {}, 'nor has the module a device to show');
    },
  };

  const effectOfOption = async (name, value, ceph, ours) => {
    bothWork(ceph, ours);
    const [theirs, mine] = [await moduleStatus(), await candor.json('status')];
    if (name.startsWith('channel_')) {
      const { on } = mine.channels.find((channel) => `channel_${channel.name}` === name);
      assert.equal(on, theirs[name], name);
      assert.equal(String(on), value);
      if (name === 'channel_ident' && on) {
        const shown = JSON.parse((await candor.ok('show')).out);
        const own = document(await cluster.ceph('telemetry', 'show'));
        assert.deepEqual([shown.contact, shown.description], [own.contact, own.description]);
        assert.ok(shown.contact && shown.description);
      }
    } else if (name === 'interval') {
      assert.deepEqual([mine.interval_hours, theirs.interval], [Number(value), Number(value)]);
    } else if (name === 'proxy') {
      assert.equal(theirs.proxy, value);
      assert.ok(mine.proxy.includes(new URL(value).host), mine.proxy);
      const { password } = new URL(value);
      if (password) {
        assert.equal(JSON.stringify(mine).includes(`:${password}@`), false, 'no password');
        assert.match(ours.err, /proxy_password_file/);
      }
    } else {
      assert.equal(theirs[name], value);
      assert.equal((await candor.ok('config', 'get', name)).out.trim(), value);
    }
  };

  const page = readFileSync(kPage, 'utf8');
  const rows = rowsOf(page, '#');
  assert.ok(rows.length >= 20, 'the table can be read');
  for (const [ceph, ours, also] of rows) {
    await t.test(`${ceph} | ${ours}`, async () => {
      const before = kSending.test(ceph) ? await arrived() : [];
      const [theirs, mine] = [await runLine(ceph), await runLine(ours)];
      const [, name, value] = option.exec(ceph) ?? [];
      const check = kEffects[ceph];
      assert.ok(name || check, 'the test knows what it does');
      if (!name) await check(theirs, mine, before);
      else await effectOfOption(name, words(value)[0], theirs, mine);
      if (!also) return;
      const again = await runLine(also);
      if (!name) await check(theirs, again.out.startsWith('{') ? mine : again, before);
      else await effectOfOption(name, words(value)[0], theirs, { ...again, err: mine.err });
    });
  }
  await t.test('the table has every command that the test knows', () => {
    for (const command of Object.keys(kEffects))
      assert.ok(rows.some(([ceph]) => ceph === command), command);
  });

  const identIsOn = async () =>
    (await candor.json('status')).channels.find(({ name }) => name === 'ident').on;
  // The cluster here is older than these.
  const kNewer = {
    'candor preview': (ours) => assert.equal(JSON.parse(ours.out).osd.count, 1),
    'candor channel ls': (ours) => {
      for (const name of ['basic', 'crash', 'device', 'ident'])
        assert.match(ours.out, new RegExp(`^${name} +(on|off)`, 'm'));
    },
    'candor channel enable ident': async () => assert.equal(await identIsOn(), true),
    'candor channel disable ident': async () => assert.equal(await identIsOn(), false),
    'candor diff': () => {},
  };
  for (const [ceph, ours] of rowsOf(page, 'Quincy')) {
    await t.test(`${ceph} | ${ours}`, async () => {
      const result = await runLine(ours);
      assert.equal(result.code, 0, result.err);
      assert.ok(kNewer[ours], 'the test knows what it does');
      await kNewer[ours](result);
    });
  }
});
