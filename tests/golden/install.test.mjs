// What `make install` puts where: into a folder of the test's own, from the build that is there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

const candor = path.resolve(process.env.CANDOR ?? 'build/candor');
const kPrefix = '/opt/candor-of-a-test';

test('cmake --install', { timeout: 110_000 }, async (t) => {
  const into = mkdtempSync(path.join(tmpdir(), 'candor-install-'));
  t.after(() => rmSync(into, { recursive: true }));
  execFileSync('cmake', ['--install', path.dirname(candor), '--prefix', kPrefix, '--strip'], {
    env: { ...process.env, DESTDIR: into },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const at = (...parts) => path.join(into, kPrefix, ...parts);
  const list = (...parts) => readdirSync(at(...parts)).sort();
  const runnable = (...parts) => (statSync(at(...parts)).mode & 0o111) === 0o111;

  await t.test('programs that run where they are', () => {
    assert.match(execFileSync(at('bin/candor'), ['--version'], { encoding: 'utf8' }), /^candor \d/);
    assert.ok(runnable('libexec/candor/candor-smart'));
    assert.ok(runnable('libexec/candor/candor-symbols'));
    assert.ok(existsSync(at('lib/candor/libchdb.so')));
    assert.deepEqual(readdirSync(into), ['opt'], 'nothing beside the prefix');
  });

  await t.test('every contract, and the installed program finds them', () => {
    const contracts = readdirSync('contracts').filter((name) => name.endsWith('.toml')).sort();
    assert.deepEqual(list('share/candor/contracts'), contracts);
    const home = mkdtempSync(path.join(tmpdir(), 'candor-install-home-'));
    t.after(() => rmSync(home, { recursive: true }));
    const env = { PATH: process.env.PATH, CANDOR_DIR: home };
    execFileSync(at('bin/candor'), ['config', 'set', 'product', 'mesh'], { env, stdio: 'ignore' });
    const status = execFileSync(at('bin/candor'), ['status', '--json'], { env, encoding: 'utf8' });
    assert.equal(JSON.parse(status).product, 'mesh');
  });

  await t.test('units that name the program where it will be', () => {
    const units = readdirSync('packaging/systemd').filter((name) => name.endsWith('.in'));
    for (const unit of units.map((name) => name.replace(/\.in$/, ''))) {
      const text = readFileSync(at('lib/systemd/system', unit), 'utf8');
      assert.doesNotMatch(text, /@[A-Z_]+@/, unit);
      for (const [, program] of text.matchAll(/^ExecStart=(\S+)/gm))
        assert.ok(program.startsWith(`${kPrefix}/`) && existsSync(path.join(into, program)), program);
    }
    assert.match(readFileSync(at('lib/systemd/system/candor.service'), 'utf8'), /^ExecStart=.*\/bin\/candor agent$/m);
  });

  await t.test('the groups that the units name are made', () => {
    const folder = 'lib/systemd/system/candor.service.d';
    assert.deepEqual(list(folder), readdirSync('packaging/systemd/candor.service.d').sort());
    const made = readFileSync(at('lib/sysusers.d/candor.conf'), 'utf8');
    const files = [...list(folder).map((name) => path.join(folder, name)), 'lib/systemd/system/candor-smart.socket'];
    const named = files.flatMap((file) =>
      [...readFileSync(at(file), 'utf8').matchAll(/^(?:SupplementaryGroups|SocketGroup)=(\S+)$/gm)].map(([, group]) => group),
    );
    assert.deepEqual([...new Set(named)].sort(), ['candor-config', 'candor-smart']);
    for (const group of named) assert.match(made, new RegExp(`^g ${group} -$`, 'm'));
  });

  await t.test('a manual page of each command, and completion for three shells', () => {
    const commands = [...readFileSync('docs/cli.md', 'utf8').matchAll(/^### candor ([\w-]+)$/gm)];
    assert.ok(commands.length > 20, 'the commands can be read');
    for (const [, command] of commands)
      assert.ok(existsSync(at('share/man/man1', `candor-${command}.1`)), command);
    assert.ok(existsSync(at('share/man/man1/candor.1')));
    assert.deepEqual(list('share/man'), ['man1', 'man5']);
    assert.ok(list('share/man/man5').length > 0);
    for (const script of [
      'bash-completion/completions/candor',
      'zsh/site-functions/_candor',
      'fish/vendor_completions.d/candor.fish',
    ])
      assert.match(readFileSync(at('share', script), 'utf8'), /candor/, script);
  });
});
