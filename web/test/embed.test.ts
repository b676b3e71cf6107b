import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';

const embed = join(import.meta.dirname, '..', 'embed.mjs');

function inFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'candor-embed-'));
  try {
    mkdirSync(join(folder, 'dist', 'assets'), { recursive: true });
    run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function embedded(folder: string): { status: number | null; source: string; said: string } {
  const out = join(folder, 'out.cc');
  const { status, stderr } = spawnSync(process.execPath, [embed, join(folder, 'dist'), out]);
  return { status, source: status === 0 ? readFileSync(out, 'utf8') : '', said: String(stderr) };
}

test('the same pages give the same source, and the bytes unpack to the pages', () => {
  inFolder((folder) => {
    const page = '<!doctype html><title>täst 123</title>'.repeat(20);
    writeFileSync(join(folder, 'dist', 'index.html'), page);
    writeFileSync(join(folder, 'dist', 'assets', 'a-1.js'), 'alert(1)');
    const { source } = embedded(folder);
    assert.equal(embedded(folder).source, source);
    assert.match(
      source,
      /\{"\/assets\/a-1\.js", "text\/javascript; charset=utf-8", "W\/\\"[0-9a-f]{32}\\"",\n.*true\}/,
    );
    assert.match(source, /\{"\/index\.html", "text\/html; charset=utf-8", .*\n.*false\}/);
    const text = /kGzip1\[\] =\n([^;]*);/.exec(source)?.[1] ?? '';
    const bytes = [...text.matchAll(/\\([0-7]{3})/g)].map(([, octal]) => parseInt(octal ?? '', 8));
    assert.equal(gunzipSync(Uint8Array.from(bytes)).toString(), page);
  });
});

test('a file of unknown kind or a missing page stops the build', () => {
  inFolder((folder) => {
    assert.match(embedded(folder).said, /has no index\.html/);
    writeFileSync(join(folder, 'dist', 'index.html'), '');
    writeFileSync(join(folder, 'dist', 'a.xyz'), '');
    const { status, said } = embedded(folder);
    assert.equal(status, 1);
    assert.match(said, /\/a\.xyz: embed\.mjs knows no content type/);
  });
});
