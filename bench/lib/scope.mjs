// What a workload starts and makes; all of it is stopped and removed at its end, also when it fails or is interrupted.
import { spawn } from 'node:child_process';
import { Bench } from '../../tests/e2e/lib/bench.mjs';

export class Scope extends Bench {
  #close;

  constructor() {
    let close;
    super({ after: (undo) => (close = undo) });
    this.#close = close;
  }

  close() {
    return this.#close();
  }
}

/** Runs a program and gives what it wrote; it may write into a file. Throws unless it ends with 0. */
export function output(program, args, { stdout = 'pipe' } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ['ignore', stdout, 'pipe'] });
    let out = '';
    let err = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.on('error', fail);
    child.on('close', (code, signal) =>
      code === 0 ? done(out) : fail(new Error(`${program} ${args[0]}: ${signal ?? code}: ${err}`)),
    );
  });
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
