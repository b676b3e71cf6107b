// The collector's calls to its disk, counted and made to fail, and its clock; what is preloaded is failing_calls.c.
import assert from 'node:assert/strict';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../e2e/lib/program.mjs';

const kSource = path.join(import.meta.dirname, 'failing_calls.c');

export class FailingCalls {
  #control;

  /** Builds the library; `program` is what stands before the collector, whose data is below `folder`. */
  static async build(bench, folder) {
    const calls = new FailingCalls();
    const made = bench.folder('calls');
    const library = path.join(made, 'failing_calls.so');
    const control = path.join(made, 'control');
    const built = await run('cc', ['-shared', '-fPIC', '-O1', '-o', library, kSource]);
    assert.equal(built.code, 0, built.err);
    calls.#control = openSync(control, 'w+');
    bench.defer(() => closeSync(calls.#control));
    calls.fail({ calls: 0 });
    calls.setClock(0);
    calls.program = [
      'env',
      `LD_PRELOAD=${library}`,
      `FAULT_CONTROL=${control}`,
      `FAULT_FOLDER=${path.join(folder, 'data')}`,
    ];
    return calls;
  }

  /** Calls `first` to `last` fail with this errno, counted from `calls` on; without them none does. */
  fail({ first = 0, last = first, errno = 5, calls = this.count }) {
    const words = new BigUint64Array([calls, first, last, errno].map(BigInt));
    writeSync(this.#control, Buffer.from(words.buffer), 0, 32, 0);
  }

  /** The collector's clock is so many seconds ahead from now on. The engine's is not: it goes by the records' times. */
  setClock(seconds) {
    const word = Buffer.alloc(8);
    word.writeBigInt64LE(BigInt(seconds));
    writeSync(this.#control, word, 0, 8, 32);
  }

  get count() {
    const word = Buffer.alloc(8);
    readSync(this.#control, word, 0, 8, 0);
    return Number(word.readBigUInt64LE());
  }
}
