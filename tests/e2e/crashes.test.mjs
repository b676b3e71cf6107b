// Crashes of many reports, by the signature of their stack: each counts once.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { openPage, startBrowser } from './lib/browser.mjs';
import { cephReport, putAsModule } from './lib/ceph_reports.mjs';
import { contractsOf, postReport } from './lib/documents.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { Played } from './lib/played.mjs';
import { environment, kCandor, run } from './lib/program.mjs';
import { openSignedIn, startWithUser, strangersStatus } from './lib/users.mjs';

// Computed by a real ceph-mgr 16.2.15.
const kSignature = 'e5a35c15da5152377ac66fd68f6b1cf28abfdee8f6b3f7348cd2119d3e79672b';
const kFrames = [
  '/lib/libpthread.so.0(+0x12b20) [0x7f]',
  'gsignal()',
  'abort()',
  '(ceph::__ceph_assert_fail(char const*, char const*, int, char const*)+0x1a9) [0x55]',
  '(OSD::handle()+0x12) [0x56]',
];
const kMessage =
  "/a/b.cc: In function 'void f()' thread 7f00 time 2026-01-02T03:04:05.6\n/a/b.cc: 12: FAILED ceph_assert(x)\n";
const kOwnSignature = 'b'.repeat(64);

const assertion = (id, day, ceph_version, more = {}) => ({
  crash_id: id,
  timestamp: `2026-10-${day}T05:06:07.891069Z`,
  process_name: 'ceph-osd',
  entity_name: `osd.${'a'.repeat(40)}`,
  ceph_version,
  assert_condition: 'x',
  assert_msg: kMessage,
  backtrace: kFrames,
  ...more,
});

const ownCrash = (id) => ({
  id,
  program: 'candor agent',
  version: '0.1.0',
  signal: 'SIGSEGV',
  time: '2026-11-01T07:00:00.123Z',
  architecture: 'x86_64',
  signature: kOwnSignature,
  frames: [{ module: 'candor', build_id: '5d6c1f6f', offset: '0x2b41f2' }],
});

const crashesOf = (collector, query = '') => collector.json(`/api/v1/products/stone/crashes${query}`);

test('crashes by signature', { timeout: 300_000 }, async (t) => {
  const bench = new Bench(t);
  const { phoenix, collector } = await startWithUser(bench, { products: ['stone'] });
  const { stone } = await contractsOf(collector);
  const played = new Played(stone);
  let sent = 0;
  const put = async (report) => {
    await putAsModule(`${collector.url}/report`, report);
    await collector.loaded('stone', ++sent);
  };

  await t.test('one that later reports tell of again counts once', async () => {
    assert.deepEqual(await crashesOf(collector), {
      schema_version: 1,
      product: 'stone',
      simulated: false,
      crashes: 0,
      signatures: 0,
      groups: [],
    });
    const cluster = cephReport('module_report');
    const told = [assertion('a1', '01', '16.2.15', { stack_sig: kSignature }), assertion('a2', '07', '16.2.15', { stack_sig: kSignature })];
    for (const crashes of [told, told, [...told, assertion('a3', '09', '16.2.15', { stack_sig: kSignature })]]) {
      const { report_timestamp } = cephReport('module_report');
      await put({ ...cluster, report_timestamp, crashes });
    }
    const { crashes, groups } = await crashesOf(collector);
    assert.equal(crashes, 3);
    assert.deepEqual(groups, [
      {
        signature: kSignature,
        program: 'ceph-osd',
        reason: 'x',
        crashes: 3,
        installations: 1,
        first_seen: '2026-10-01T05:06:07.891Z',
        last_seen: '2026-10-09T05:06:07.891Z',
        versions: ['16.2.15'],
        frames: kFrames,
        why: 'Equal stack of 5 frames: the same functions, whatever their addresses, and the same message of the condition that failed. '
          + 'Innermost: /lib/libpthread.so.0(+0x12b20) [0x7f], gsignal(), abort().',
        stack: [],
        modules: [],
        alike: [],
      },
    ]);
  });

  await t.test('an old cluster\'s crash, without a signature, is of the same group', async () => {
    const crash = assertion('m1', '03', '13.2.10', { entity_name: 'osd.3' });
    await put(cephReport('module_report_13', { crashes: { m1: crash, m2: { timestamp: '2026-10-04 01:00:00Z', process_name: 'ceph-mds' } } }));
    const { crashes, signatures, groups } = await crashesOf(collector);
    assert.deepEqual([crashes, signatures], [5, 2]);
    const [group, without] = groups;
    assert.deepEqual([group.signature, group.crashes, group.installations], [kSignature, 4, 2]);
    assert.deepEqual(group.versions, ['13.2.10', '16.2.15']);
    assert.deepEqual([without.signature, without.program, without.frames], ['', 'ceph-mds', []]);
  });

  await t.test('crashes of Candor\'s own programs stand beside them', async () => {
    const fields = { program_crashes: [ownCrash('1'.repeat(32)), ownCrash('2'.repeat(32))] };
    for (let i = 0; i < 2; ++i) {
      assert.equal((await postReport(collector, played.report(fields))).status, 200);
      await collector.loaded('stone', ++sent);
    }
    const group = (await crashesOf(collector)).groups.find(({ program }) => program === 'candor agent');
    assert.deepEqual([group.crashes, group.installations, group.reason], [2, 1, 'SIGSEGV']);
    assert.deepEqual(group.frames, ['candor+0x2b41f2 5d6c1f6f']);
  });

  await t.test('what is loaded twice counts once; simulated ones are apart', async () => {
    const before = await crashesOf(collector);
    await collector.ask('INSERT INTO candor.crashes SELECT * FROM candor.crashes SETTINGS insert_deduplicate = 0');
    await collector.ask("INSERT INTO candor.crashes SELECT * REPLACE ('simulated one' AS installation, 1 AS simulated) FROM candor.crashes");
    assert.deepEqual(await crashesOf(collector), before);
    assert.ok((await crashesOf(collector, '?simulated=include')).crashes > before.crashes);
    await collector.ask("ALTER TABLE candor.crashes DELETE WHERE simulated = 1");
  });

  await t.test('a stranger sees none of it, though the product is public', async () => {
    assert.equal(await strangersStatus(collector, '/p/stone'), 200);
    assert.equal(await strangersStatus(collector, '/api/v1/products/stone/overview'), 200);
    for (const address of ['/p/stone/crashes', '/api/v1/products/stone/crashes'])
      assert.equal(await strangersStatus(collector, address), 401, address);
  });

  await t.test('they come back from a backup', async () => {
    await until('the simulated ones are gone', async () => (await collector.ask('SELECT count() FROM candor.crashes WHERE simulated = 1')) === '0\n');
    const before = await crashesOf(collector);
    const folder = path.join(bench.folder('backup'), 'one');
    const candor = (...args) => run(kCandor, args, { env: environment(), limit: 120_000 });
    const taken = await candor('backup', folder, '--config', phoenix.config);
    assert.equal(taken.code, 0, taken.err);
    const other = new Phoenix(bench, { products: ['stone'] });
    const restored = await candor('restore', folder, '--config', other.config);
    assert.equal(restored.code, 0, restored.err);
    const again = await other.start();
    await other.storeAnswers();
    assert.deepEqual(await crashesOf(again), before);
    await other.server.stop();
  });

  await t.test('the page shows groups, and the stack of one', async () => {
    const browser = await startBrowser(bench);
    for (const options of [{}, { viewport: { width: 390, height: 844 } }, { colorScheme: 'dark' }]) {
      const page = await openPage(browser, options);
      await openSignedIn(page, `${collector.url}/p/stone/crashes`);
      const first = page.locator('details.held').first();
      await first.waitFor();
      assert.match(await page.locator('.content').innerText(), /7 crashes of 3 stacks/);
      assert.match(await first.innerText(), /x in ceph-osd\s+2 installations\s+4 crashes/);
      await first.locator('summary').click();
      await page.getByText('(OSD::handle()+0x12)').waitFor();
      assert.match(await first.innerText(), /First\s+1 Oct 2026, 05:06 UTC/);
      if (process.env.CANDOR_SHOTS) await page.screenshot({ path: `${process.env.CANDOR_SHOTS}/crashes-${JSON.stringify(options).length}.png`, fullPage: true });
      assert.ok(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)), 'wider than the window');
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }
  });

  await t.test('they go with the installation that is forgotten', async () => {
    assert.equal((await played.forget(collector)).status, 202);
    await played.forgotten(collector);
    const { crashes, groups } = await crashesOf(collector);
    assert.equal(crashes, 5);
    assert.ok(!groups.some(({ signature }) => signature === kOwnSignature));
    assert.ok(!(await collector.everything()).includes(kOwnSignature));
  });
});
