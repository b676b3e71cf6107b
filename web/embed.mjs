// node embed.mjs DIST OUT.cc: the built pages as C++ source (see src/assets/assets.h).
// The same files give the same source, byte for byte.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

const kContentTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const kBytesALine = 32;

function gzip(content) {
  const packed = gzipSync(content, { level: 9 });
  packed[9] = 255; // "Unknown" system, so that the build machine does not show.
  return packed;
}

/** Octal escapes have at most three digits, so what follows one cannot be taken for a part of it. */
function literal(bytes) {
  const lines = [];
  for (let i = 0; i < bytes.length; i += kBytesALine) {
    const line = bytes.subarray(i, i + kBytesALine);
    lines.push(
      `    "${Array.from(line, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`,
    );
  }
  return lines.join('\n');
}

function assetOf(folder, file) {
  const path = `/${relative(folder, file).split(sep).join('/')}`;
  const contentType = kContentTypes[extname(file)];
  if (contentType === undefined) throw new Error(`${path}: embed.mjs knows no content type for it`);
  const content = readFileSync(file);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 32);
  return {
    path,
    contentType,
    etag: `W/"${hash}"`,
    gzip: gzip(content),
    immutable: path.startsWith('/assets/'),
  };
}

function sourceOf(assets) {
  const contents = assets.map(
    (asset, i) => `constexpr char kGzip${i}[] =\n${literal(asset.gzip)};\n`,
  );
  const rows = assets.map(
    ({ path, contentType, etag, immutable }, i) =>
      `    {${JSON.stringify(path)}, ${JSON.stringify(contentType)}, ${JSON.stringify(etag)},\n` +
      `     std::string_view(kGzip${i}, sizeof(kGzip${i}) - 1), ${immutable}},\n`,
  );
  return `// Made by web/embed.mjs from the built pages. Do not edit.
#include "assets/assets.h"

#pragma GCC diagnostic ignored "-Woverlength-strings"

namespace candor {
namespace {

${contents.join('\n')}
constexpr Asset kAssets[] = {
${rows.join('')}};

}  // namespace

std::span<const Asset> web_assets() { return kAssets; }

}  // namespace candor
`;
}

const [folder, out] = process.argv.slice(2);
if (folder === undefined || out === undefined) {
  console.error('usage: node embed.mjs DIST OUT.cc');
  process.exit(2);
}
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
const assets = files.map((file) => assetOf(folder, file));
if (!assets.some(({ path }) => path === '/index.html')) {
  console.error(`${folder} has no index.html: build the pages first`);
  process.exit(1);
}
writeFileSync(out, sourceOf(assets));
const bytes = assets.reduce((sum, asset) => sum + asset.gzip.length, 0);
console.error(`${assets.length} files of the pages, ${bytes} bytes compressed`);
