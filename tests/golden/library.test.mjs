// libcandor as somebody else's project finds it: installed, and nothing of ours besides.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

const build = path.dirname(path.resolve(process.env.CANDOR ?? 'build/candor'));
const kMostBytes = 300 * 1024;
const kText = 'product\tacme\ncontract\tc\ncounter\tusage.starts\nrun\tcommand\nfield\tname\tstring\tclear\t\t\t32\n';

/** As the agent declares sdk/test/acme.toml. */
const kAcme = `product\tacme
contract\tc0ffee
counter\tusage.exports
histogram\ttimings.sync\t0.1\t1\t10
event\tproject exported
field\tformat\tstring\tclear\t\t\t256\tcsv\tjson\t7z
field\trows\tinteger\tclear\t0\t1000000000\t
field\tshare\tnumber\tclear\t\t\t
field\tagain\tboolean\tclear\t\t\t
field\tproperties.template\tstring\tclear\t\t\t64
field\tproject\tstring\tkeyed\t\t\t256
field\targuments\tstring\tsha256\t\t\t256
field\tmade\ttimestamp\tclear\t\t\t
run\tcommand
field\tname\tstring\tclear\t\t\t32
field\tclass\tstring\tclear\t\t\t256\tdefault\tnew
event\tstarted
event\texport rated
field\trating\tinteger\tclear\t1\t5\t
survey\texport\t5\t2\t1\tHow well did the export work?
`;

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

  await t.test('generated code in C records what is declared, and hashes', () => {
    const program = path.join(folder, 'generated');
    run('cc', ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-Isdk/test', `-I${prefix}/include`, '-o', program,
      'sdk/test/generated.c', `-L${prefix}/lib`, '-lcandor']); // prettier-ignore
    const state = mkdtempSync(path.join(folder, 'state-'));
    mkdirSync(path.join(state, 'state/library'), { recursive: true });
    writeFileSync(path.join(state, 'state/library/switch'), switchFile(kAcme));
    writeFileSync(path.join(state, 'state/key'), `${'5'.repeat(64)}\n`);
    const file = path.join(folder, 'acme.yml');
    writeFileSync(file, 'canary: 1\n');
    const env = { PATH: process.env.PATH, CANDOR_DIR: state, LD_LIBRARY_PATH: path.join(prefix, 'lib') };
    assert.equal(run(program, [file], { env }), 'digest 0\nexported 0\nempty 0\nstarted 0\nasks 0, then 1, of 5\nrated 0\nbegun 0\nended 0\nstopped 1\n');
    const [ring] = readdirSync(path.join(state, 'state/library')).filter((name) => name.endsWith('.ring'));
    const text = readFileSync(path.join(state, 'state/library', ring), 'latin1');
    const keyed = createHmac('sha256', Buffer.alloc(32, 0x55)).update('canary: 1\n').digest('hex');
    const hashed = createHash('sha256').update('canary-2').digest('hex');
    for (const part of ['7z', 'starter', '2026-11-20T23:59:59Z', 'install', keyed, hashed]) assert.ok(text.includes(part), part);
    assert.ok(!text.includes('canary'), 'a text that was to be hashed');
    assert.match(run(program, [path.join(folder, 'missing')], { env }), /^digest 5\nexported 0\n/);
  });

  await t.test('it is small, and shows the C interface only', () => {
    const library = path.join(prefix, 'lib/libcandor.so.0');
    assert.ok(statSync(library).size <= kMostBytes);
    const symbols = run('nm', ['-D', '--defined-only', library]).trim().split('\n').map((line) => line.split(' ').at(-1));
    assert.ok(symbols.length >= 12);
    for (const symbol of symbols) assert.match(symbol, /^candor_/);
  });
});
