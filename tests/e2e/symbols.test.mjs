// A program with libcandor crashes: its record, its report, its group, and the functions that symbols name.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { openPage, startBrowser } from './lib/browser.mjs';
import { startCollector } from './lib/collector.mjs';
import { Candor, environment, kCandor, run } from './lib/program.mjs';
import { assertWithout, machineSecrets } from './lib/secrets.mjs';

const kCanary = 'canary-9d2f';
const kSource = path.resolve('tests/e2e/programs/acme.cc');
const kLine = readFileSync(kSource, 'utf8').split('\n').findIndex((line) => line.includes('the line that crashes')) + 1;
const kLibrary = path.join(path.dirname(kCandor), 'libcandor.a');

/** Builds it as a vendor does: with symbols, and stripped as users have it. */
async function build(folder, version, defines = []) {
  const whole = path.join(folder, `acme-${version}`);
  const program = path.join(folder, version, 'acme');
  const built = async (program, ...args) => {
    const result = await run(program, args);
    assert.equal(result.code, 0, result.err);
  };
  await built('mkdir', '-p', path.dirname(program));
  const flags = ['-std=c++20', '-g', '-O1', '-Isdk/include', `-DACME_VERSION="${version}"`, '-Wl,--build-id,-z,nodelete'];
  await built('g++', ...flags, ...defines, '-o', whole, kSource, kLibrary, '-lmd');
  await built('strip', '-o', program, whole);
  return { whole, program };
}

test('a crash of a program with libcandor, from the signal to the page', { timeout: 300_000 }, async (t) => {
  const bench = new Bench(t);
  const collector = await startCollector(bench, { products: ['mesh'] });
  const config = path.join(collector.folder, 'server.toml');
  const candor = new Candor(bench.folder('agent'));
  const builds = bench.folder('builds');
  const first = await build(builds, '1.2.3');
  const second = await build(builds, '1.2.4', ['-DACME_MOVED']);
  const records = () => (existsSync(candor.state('crashes')) ? readdirSync(candor.state('crashes')) : []);
  const crash = async ({ program }, says) => {
    const env = { ...candor.env, SECRET: kCanary };
    const ran = await run('sh', ['-c', 'ulimit -c 0; exec "$0" "$@"', program, kCanary], { env });
    assert.equal(ran.code, 'SIGSEGV', ran.err);
    assert.equal(ran.out, `${says}\n`);
    assert.equal(ran.err, '');
  };
  const groups = async () => (await collector.json('/api/v1/products/mesh/crashes')).groups;
  const command = (...args) => run(kCandor, [...args, '--config', config], { env: environment() });
  let sent = 0;
  const report = async () => {
    await candor.ok('send');
    await collector.loaded('mesh', ++sent);
  };

  await t.test('before the yes it leaves nothing', async () => {
    await candor.configure({ product: 'mesh', endpoint: collector.url });
    await crash(first, 'off');
    assert.deepEqual(records(), []);
  });

  await t.test('after it, a record without what the process held', async () => {
    await candor.ok('on');
    await crash(first, 'recorded');
    await crash(first, 'recorded');
    assert.equal(records().length, 2);
    for (const name of records()) {
      const bytes = readFileSync(candor.state('crashes', name));
      assertWithout({ ...machineSecrets(), canary: 'canary', folder: '/' }, bytes, 'the record');
      assert.equal(JSON.parse(bytes).version, '1.2.3');
    }
  });

  await t.test('while the channel is off it leaves none', async () => {
    await candor.ok('channel', 'disable', 'crash');
    await crash(first, 'off');
    await candor.ok('channel', 'enable', 'crash');
    assert.equal(records().length, 2);
  });

  await t.test('two crashes of one place are one group, which says why', async () => {
    // Of a time when the channel was off nothing is reported: so these are after it.
    await crash(first, 'recorded');
    await crash(first, 'recorded');
    await report();
    const [group, ...others] = await groups();
    assert.deepEqual(others, []);
    assert.equal(group.crashes, 2);
    assert.equal(group.program, 'acme');
    assert.match(group.why, /^Equal stack of \d+ frames: the same offsets in the same builds\. Innermost: acme\+0x/);
    assert.equal(group.stack[0].module, 'acme');
    assert.equal('function' in group.stack[0], false);
    assert.equal(group.modules[0].symbols, false);
  });

  await t.test('a stripped file, or one that is none, is refused with a sentence', async () => {
    for (const [file, why] of [[first.program, /is stripped: .*--only-keep-debug/], [kSource, /is no ELF file/], ['/nonexistent', /No such file/], [builds, /is no file/]]) {
      const refused = await command('symbols', 'add', file);
      assert.notEqual(refused.code, 0);
      assert.match(refused.err, why);
    }
    assert.match((await command('symbols', 'list')).err, /no symbols/);
  });

  await t.test('symbols name function and line at once, without a restart', async () => {
    const added = await command('symbols', 'add', first.whole);
    assert.equal(added.code, 0, added.err);
    assert.match((await command('symbols', 'list')).out, /acme-1\.2\.3/);
    const [{ stack, modules, why }] = await groups();
    assert.equal(stack[0].function, 'acme::save(int volatile*)');
    assert.equal(path.basename(stack[0].file), 'acme.cc');
    assert.equal(stack[0].line, kLine);
    assert.equal(stack[1].function, 'acme::export_all(int volatile*)');
    assert.equal(stack[2].function, 'main');
    assert.equal(modules[0].symbols, true);
    assert.match(why, /Innermost: acme::save\(int volatile\*\), acme::export_all\(int volatile\*\), main\./);
  });

  await t.test('the same functions in the next build are another group that is alike', async () => {
    await crash(second, 'recorded');
    await report();
    assert.deepEqual((await groups()).map(({ alike }) => alike), [[], []]);
    // Split from the program, as distributions do it.
    const debug = path.join(builds, 'acme.debug');
    assert.equal((await run('objcopy', ['--only-keep-debug', second.whole, debug])).code, 0);
    const added = await command('symbols', 'add', debug);
    assert.equal(added.code, 0, added.err);
    const [a, b] = await groups();
    assert.notEqual(a.signature, b.signature);
    assert.deepEqual([a.alike, b.alike], [[b.signature], [a.signature]]);
    assert.equal(a.stack[0].function, b.stack[0].function);
    assert.notEqual(a.stack[0].offset, b.stack[0].offset);
  });

  await t.test('what is fixed says so', async () => {
    const [{ signature }] = await groups();
    assert.equal((await command('crashes', 'fixed', signature)).code, 2);
    assert.equal((await command('crashes', 'fixed', 'abc', '--in', '1.2.4')).code, 2);
    const marked = await command('crashes', 'fixed', signature, '--in', '1.2.4');
    assert.equal(marked.code, 0, marked.err);
    assert.deepEqual((await groups()).map(({ fixed_in }) => fixed_in), ['1.2.4', undefined]);
    assert.equal((await command('crashes', 'fixed', signature, '--not')).code, 0);
    assert.equal('fixed_in' in (await groups())[0], false);
    await command('crashes', 'fixed', signature, '--in', '1.2.4');
  });

  await t.test('the page shows all of it', async () => {
    const browser = await startBrowser(bench);
    for (const options of [{}, { viewport: { width: 390, height: 844 } }, { colorScheme: 'dark' }]) {
      const page = await openPage(browser, options);
      await page.goto(`${collector.url}/p/mesh/crashes`);
      const one = page.locator('details.held').first();
      await one.waitFor();
      await one.locator('summary').click();
      const text = await one.innerText();
      assert.match(text, /fixed in 1\.2\.4/);
      assert.match(text, /in acme::save\(int volatile\*\)/);
      assert.match(text, new RegExp(`at .*e2e/programs/acme\\.cc:${kLine}`));
      assert.match(text, /1 other group has the same functions, in other builds/);
      if (process.env.CANDOR_SHOTS) await page.screenshot({ path: `${process.env.CANDOR_SHOTS}/symbols-${JSON.stringify(options).length}.png`, fullPage: true });
      await one.getByRole('link').click();
      assert.ok(await page.locator('details.held').nth(1).evaluate((other) => other.open));
      assert.ok(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)), 'wider than the window');
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }
  });

  await t.test('without the symbols the frames are as they were told', async () => {
    const [{ modules }] = await groups();
    const removed = await command('symbols', 'remove', modules[0].build_id);
    assert.equal(removed.code, 0, removed.err);
    assert.equal('function' in (await groups())[0].stack[0], false);
    assert.equal((await command('symbols', 'remove', modules[0].build_id)).code === 0, false);
  });
});
