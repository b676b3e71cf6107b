// The pages that are made from the program, and the examples in pages, are what the program says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

const candor = process.env.CANDOR ?? 'build/candor';
const run = (...args) => execFileSync(candor, args, { encoding: 'utf8' });

function same(page, ...command) {
  test(`${page} is what candor ${command.join(' ')} prints`, () => {
    const again = `write it again: build/candor ${command.join(' ')} > ${page}`;
    assert.equal(readFileSync(page, 'utf8'), run(...command), again);
  });
}

same('docs/cli.md', 'docs', 'cli');
same('docs/configuration.md', 'docs', 'configuration');
for (const file of readdirSync('contracts').filter((name) => name.endsWith('.toml'))) {
  same(`docs/contracts/${file.replace('.toml', '.md')}`, 'contract', 'docs', `contracts/${file}`);
}

test('the worked example of docs/formats/contract.md lints clean', () => {
  const text = /```toml\n([^]*?)```/.exec(readFileSync('docs/formats/contract.md', 'utf8'))[1];
  const folder = mkdtempSync(join(tmpdir(), 'candor-documents-'));
  try {
    writeFileSync(join(folder, 'acme.toml'), text);
    assert.equal(run('contract', 'lint', join(folder, 'acme.toml')), '');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every page that the sources and pages name is there', () => {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src', 'docs', 'web', 'lab', 'tools', '*.md'], { encoding: 'utf8' });
  const tracked = new Set(files.split('\n'));
  const missing = [];
  for (const file of tracked) {
    if (!/\.(h|cc|md|ts|sql)$/.test(file)) continue;
    let text;
    try { text = readFileSync(file, 'utf8'); } catch { continue; }
    for (const [, page] of text.matchAll(/(?<![\w/.-])(docs\/[a-z0-9_./-]+\.md)/g)) {
      if (!tracked.has(page)) missing.push(`${file}: ${page}`);
    }
  }
  assert.deepEqual(missing, []);
});
