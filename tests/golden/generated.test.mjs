// What is made from the tables of commands and keys: completion, manual pages, the configuration's type.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'node:test';

const candor = resolve(process.env.CANDOR ?? 'build/candor');
const run = (...args) => execFileSync(candor, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const kPython = '/usr/bin/python3'; // Debian's, which its packages are for
const has = (program, ...args) => spawnSync(program, args).status === 0;

function inFolder(t, use) {
  const folder = mkdtempSync(join(tmpdir(), 'candor-generated-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return use(folder);
}

/** What bash offers when Tab is pressed at the end of the line. */
function offered(...words) {
  const script = `source <("$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _candor; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = spawnSync('bash', ['-c', script, candor, 'candor', ...words], { encoding: 'utf8' });
  assert.equal(said.stderr, '');
  return said.stdout.split('\n').filter(Boolean);
}

test('bash completes commands, their children, options, keys and values', () => {
  assert.deepEqual(offered('sta'), ['status']);
  assert.ok(offered('').includes('verify'));
  assert.deepEqual(offered('config', 'uns'), ['unset']);
  assert.deepEqual(offered('--config', 'x', 'config', 'get', 'proxy_'), ['proxy_password_file']);
  assert.deepEqual(offered('on', '--lic'), ['--license']);
  assert.deepEqual(offered('config', 'ls', '--orig'), ['--origin']);
  assert.deepEqual(offered('log', 'sh'), ['show']);
  assert.deepEqual(offered('--color', 'al'), ['always']);
  assert.deepEqual(offered('completion', 'f'), ['fish']);
  assert.deepEqual(offered('send', '--config', 'x'), [], 'a file is for the shell to complete');
});

test('every command tells what it is for', () => {
  const commands = [...run('docs', 'cli').matchAll(/^### candor (.*)$/gm)].map(([, words]) => words.split(' '));
  assert.ok(commands.length > 25);
  for (const words of commands) assert.ok(run(...words, '--help').includes('Usage'), words.join(' '));
});

test('every command that help lists is completed in every shell', (t) => inFolder(t, (folder) => {
  const listed = [...run('--help').matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name]) => name);
  assert.ok(listed.length > 15);
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = run('completion', shell);
    for (const name of listed) assert.match(script, new RegExp(`\\b${name}\\b`), `${shell}: ${name}`);
  }
  if (has('shellcheck', '--version')) {
    const said = spawnSync('shellcheck', ['-s', 'bash', '-'], { input: run('completion', 'bash'), encoding: 'utf8' });
    assert.equal(said.stdout, '');
  }
  for (const shell of ['zsh', 'fish']) {
    if (!has(shell, '-c', 'true')) continue;
    const script = join(folder, shell);
    writeFileSync(script, run('completion', shell));
    const said = spawnSync(shell, ['-n', script], { encoding: 'utf8' });
    assert.equal(said.status, 0, said.stderr);
  }
}));

test('manual pages are printed without a warning', { skip: !has('groff', '--version') }, (t) =>
  inFolder(t, (folder) => {
    run('docs', 'man', '--folder', folder);
    const pages = readdirSync(folder);
    assert.ok(pages.includes('candor.1') && pages.includes('candor-log.1') && pages.includes('candor.toml.5'));
    for (const page of pages) {
      const said = spawnSync('groff', ['-man', '-Tutf8', '-Kutf8', '-ww', '-P-cbou', join(folder, page)], { encoding: 'utf8' });
      assert.equal(said.stderr, '', page);
      const sections = said.stdout.split('\n').filter((line) => /^[A-Z]/.test(line) && line === line.toUpperCase());
      const wanted = page.endsWith('.1')
        ? ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'SEE ALSO']
        : ['NAME', 'DESCRIPTION', 'KEYS', 'SEE ALSO'];
      if (page === 'candor.1') wanted.push('FILES', 'ENVIRONMENT');
      assert.deepEqual(wanted.filter((title) => !sections.includes(title)), [], page);
    }
    const page = spawnSync('groff', ['-man', '-Tutf8', '-Kutf8', '-P-cbou', join(folder, 'candor-verify.1')], { encoding: 'utf8' });
    assert.match(page.stdout, /--receipt FILE/);
    assert.match(page.stdout, /\.\.\.|candor verify \[--report FILE\]/);
  }));

/** The values that a schema gives as examples, as the document they would stand in. */
function example(schema) {
  if (schema.examples) return schema.examples[0];
  if (schema.type === 'array' && schema.items) return [example(schema.items)];
  if (schema.type !== 'object') return schema.examples?.[0] ?? schema.default;
  return Object.fromEntries(
    Object.entries(schema.properties)
      .map(([name, property]) => [name, example(property)])
      .filter(([, value]) => value !== undefined),
  );
}

for (const part of ['agent', 'server']) {
  test(`the JSON Schema of ${part} has every key, and takes their examples`, (t) => {
    const schema = JSON.parse(run('config', 'schema', part));
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
    const { keys } = JSON.parse(run('config', 'explain', '--json'));
    for (const key of keys.filter(({ of }) => of === part)) {
      if (key.key === 'channel_NAME') {
        assert.equal(schema.patternProperties['^channel_.+$'].type, 'boolean');
        continue;
      }
      let at = schema;
      for (const name of key.key.split('.')) {
        at = (at.items ?? at).properties[name];
        assert.ok(at, `${key.key} is missing`);
      }
      assert.equal(at.description, key.about);
    }
    if (!has(kPython, '-c', 'import jsonschema')) return t.diagnostic('no validator on this machine');
    const valid = (document) => {
      const said = spawnSync(kPython, ['-W', 'ignore', '-c',
        'import json, sys, jsonschema\n' +
        'schema, document = json.load(sys.stdin)\n' +
        'jsonschema.Draft202012Validator.check_schema(schema)\n' +
        'print(len(list(jsonschema.Draft202012Validator(schema).iter_errors(document))))\n'],
        { input: JSON.stringify([schema, document]), encoding: 'utf8' }); // prettier-ignore
      assert.equal(said.status, 0, said.stderr);
      return said.stdout.trim() === '0';
    };
    const document = example(schema);
    assert.ok(valid(document), JSON.stringify(document));
    assert.ok(!valid({ ...document, intervall: 3 }), 'an unknown key is an error');
    if (part === 'server') return;
    assert.ok(!valid({ ...document, interval: 0 }));
    assert.ok(valid({ ...document, channel_ident: true }));
    assert.ok(!valid({ ...document, channel_ident: 'yes' }));
    assert.ok(!valid({ ...document, collect: { ceph: { time: 3 } } }));
  });
}

test('the Dhall type has every key and the channels of the product', (t) =>
  inFolder(t, (folder) => {
    writeFileSync(join(folder, 'candor.toml'), 'product = "stone"\n');
    const dhall = execFileSync(candor, ['config', 'schema', '--format', 'dhall'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, CANDOR_DIR: folder, CANDOR_CONTRACTS: resolve('contracts') },
    });
    const { keys } = JSON.parse(run('config', 'explain', '--json'));
    for (const key of keys.filter(({ of }) => of === 'agent')) {
      if (key.key === 'channel_NAME') continue;
      const name = key.key.split('.').pop();
      // A table of its own may have a key of the same name; the default of a list of tables says their type again.
      const same = keys.filter(({ of, key: other }) => of === 'agent' && other.split('.').pop() === name);
      const inLists = same.filter(({ list }) => list).length;
      assert.equal(dhall.split(`\`${name}\` :`).length - 1, same.length + inLists, `${name} is in the type`);
      assert.equal(dhall.split(`\`${name}\` =`).length - 1, same.length - inLists, `${name} has a default`);
    }
    assert.match(dhall, /`interval` : Natural/);
    assert.match(dhall, /`interval` = 24/);
    assert.match(dhall, /`channel_ident` : Optional Bool/);
    for (const bracket of ['{}', '()', '[]'])
      assert.equal(dhall.split(bracket[0]).length, dhall.split(bracket[1]).length, bracket);
    if (!has('dhall', '--version')) return;
    assert.equal(spawnSync('dhall', ['type'], { input: dhall }).status, 0);
  }));

test('code is made of a contract, and the one that the library is tested with is that', () => {
  for (const program of ['sdk/test/acme', 'sdk/examples/pipes/pipes', 'sdk/examples/answers/answers'])
    assert.equal(run('contract', 'generate', `${program}.toml`), readFileSync(`${program}.hpp`, 'utf8'));
  assert.equal(run('contract', 'generate', '--lang', 'c', 'sdk/test/acme.toml'), readFileSync('sdk/test/acme.h', 'utf8'));
  assert.equal(run('contract', 'generate', '--lang', 'markdown', 'stone'), run('contract', 'docs', 'stone'));
  for (const name of readdirSync('contracts').filter((file) => file.endsWith('.toml'))) {
    const code = run('contract', 'generate', `contracts/${name}`);
    const said = spawnSync('g++', ['-std=c++20', '-Wall', '-Wextra', '-Werror', '-I', 'sdk/include', '-fsyntax-only', '-x', 'c++', '-'], {
      input: `${code.replace('#pragma once', '')}\nint main() { ${name.replace(/\.toml$/, '')}::Telemetry telemetry; telemetry.stop(); }\n`,
      encoding: 'utf8',
    });
    assert.equal(said.stderr, '', name);
    const inC = spawnSync('cc', ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-I', 'sdk/include', '-fsyntax-only', '-x', 'c', '-'], {
      input: run('contract', 'generate', '--lang', 'c', `contracts/${name}`),
      encoding: 'utf8',
    });
    assert.equal(inC.stderr, '', name);
  }
  const refused = (...args) => spawnSync(candor, ['contract', 'generate', ...args], { encoding: 'utf8' });
  assert.equal(refused('--lang', 'java', 'stone').status, 2);
  assert.equal(refused('--as-of', 'soon', 'stone').status, 2);
});
