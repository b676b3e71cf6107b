// libcandor as somebody else's project finds it: installed, and nothing of ours besides.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

const build = path.dirname(path.resolve(process.env.CANDOR ?? 'build/candor'));
const kMostBytes = 300 * 1024;
const kText = 'product\tacme\ncontract\tc\ncounter\tusage.starts\nrun\tcommand\nfield\tname\tstring\tclear\t\t\t32\n';

/** A switch with everything on (docs/formats/library.md). */
function switchFile(text) {
  const declarations = text.trimEnd().split('\n').length - 2;
  const header = Buffer.alloc(32);
  header.write('CANDORSW');
  [1, 32, declarations, 32 + declarations + 1, Buffer.byteLength(text)].forEach((n, i) => header.writeUInt32LE(n, 8 + 4 * i));
  return Buffer.concat([header, Buffer.from([0]), Buffer.alloc(declarations, 1), Buffer.from(text)]);
}

test('a bare project links it, and records', { timeout: 110_000 }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'candor-library-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const prefix = path.join(folder, 'prefix');
  const run = (program, args, options = {}) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
  run('cmake', ['--install', build, '--prefix', prefix, '--strip', '--component', 'sdk']);
  const project = path.join(folder, 'project');
  cpSync('sdk/examples/smallest', project, { recursive: true });

  const records = (program, env = {}) => {
    const state = mkdtempSync(path.join(folder, 'state-'));
    mkdirSync(path.join(state, 'state/library'), { recursive: true });
    writeFileSync(path.join(state, 'state/library/switch'), switchFile(kText));
    const said = run(program, ['canary-5b'], { env: { PATH: process.env.PATH, CANDOR_DIR: state, ...env } });
    assert.equal(said, '');
    const rings = readdirSync(path.join(state, 'state/library')).filter((name) => name.endsWith('.ring'));
    if (env.DO_NOT_TRACK) return assert.deepEqual(rings, []);
    assert.equal(rings.length, 1);
    const bytes = readFileSync(path.join(state, 'state/library', rings[0]));
      // The beginning, the end and the entry of the run have its value.
    assert.equal(bytes.toString('latin1').split('canary-5b').length, 4);
  };

  await t.test('with CMake, shared and static', () => {
    const made = path.join(folder, 'made');
    run('cmake', ['-S', project, '-B', made, `-DCMAKE_PREFIX_PATH=${prefix}`, '-DCMAKE_BUILD_TYPE=Release']);
    run('cmake', ['--build', made]);
    records(path.join(made, 'smallest'));
    records(path.join(made, 'smallest_static'));
    records(path.join(made, 'smallest'), { DO_NOT_TRACK: '1' });
  });

  await t.test('with pkg-config, in C', () => {
    const env = { ...process.env, PKG_CONFIG_PATH: path.join(prefix, 'lib/pkgconfig') };
    const flags = run('pkg-config', ['--cflags', '--libs', 'candor'], { env }).trim().split(/\s+/);
    const program = path.join(folder, 'in-c');
    run('cc', ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-o', program, path.join(project, 'smallest.c'), ...flags]);
    records(program, { LD_LIBRARY_PATH: path.join(prefix, 'lib') });
  });

  await t.test('it is small, and shows the C interface only', () => {
    const library = path.join(prefix, 'lib/libcandor.so.0');
    assert.ok(statSync(library).size <= kMostBytes);
    const symbols = run('nm', ['-D', '--defined-only', library]).trim().split('\n').map((line) => line.split(' ').at(-1));
    assert.ok(symbols.length >= 12);
    for (const symbol of symbols) assert.match(symbol, /^candor_/);
  });
});
