// A file system of its own that can be filled: tmpfs, which needs root.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { run } from './program.mjs';

/** Mounts `megabytes` of tmpfs; {folder, fill(), free()}, or undefined when this user may not. */
export async function smallDisk(bench, megabytes) {
  const folder = bench.folder('disk');
  const mounted = await run('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${megabytes}m,mode=700`,
    'candor-test',
    folder,
  ]);
  if (mounted.code !== 0) return undefined;
  bench.defer(() => run('umount', ['--lazy', folder]));
  const filler = path.join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'a');
      try {
        for (let size = 1 << 20; size >= 1;) {
          try {
            if (writeSync(file, Buffer.alloc(size)) === 0) size >>= 1;
          } catch (error) {
            if (error.code !== 'ENOSPC') throw error;
            size >>= 1;
          }
        }
      } finally {
        closeSync(file);
      }
    },
    free() {
      rmSync(filler, { force: true });
    },
  };
}
