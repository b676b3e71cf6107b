// What the tables of hostile requests have in common.
import { constants, crc32, deflateRawSync } from 'node:zlib';

/** KiB that a collector may hold more after a table than before it. */
export const kMemoryMargin = 32 * 1024;

const kMiB = 1 << 20;

/** `mib` MiB of spaces, a multiple of 64, in one member of gzip of about 1/1000 of that. */
export function gzipBomb(mib) {
  // Pieces that know nothing of each other; nobody holds the whole.
  const piece = deflateRawSync(Buffer.alloc(64 * kMiB, ' '), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  const end = Buffer.from([3, 0]);
  const trailer = Buffer.alloc(8);
  // Of the sum nobody comes to ask; the length is taken modulo 2^32.
  trailer.writeUInt32LE(crc32(''), 0);
  trailer.writeUInt32LE((mib * kMiB) % 2 ** 32, 4);
  return Buffer.concat([head, ...Array(mib / 64).fill(piece), end, trailer]);
}

/** Ten GiB, in about ten MiB. */
export const tenGigabytes = () => gzipBomb(10 * 1024);
/** As many bytes as 1.8 MiB of gzip can be. */
export const mostOfTwoMegabytes = () => gzipBomb(1728);

/** JSON of so many lists in each other. */
export const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth);

/** JSON of an object with so many members. */
export const manyMembers = (count) => `{${Array.from({ length: count }, (_, i) => `"m${i}":1`).join()}}`;
