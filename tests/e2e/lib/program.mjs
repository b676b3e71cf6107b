// Running the program under test, and other programs, to their end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';

export const kCandor = path.resolve(process.env.CANDOR ?? 'build/candor');
const kRunLimitMs = 60_000;

/** A clean environment: nothing of the caller's, who may be a CI job or have said DO_NOT_TRACK. */
export function environment(more = {}) {
  const { PATH, CANDOR_CHDB } = process.env;
  return {
    PATH,
    HOME: '/nonexistent',
    LANG: 'C.UTF-8',
    ...(CANDOR_CHDB ? { CANDOR_CHDB } : {}),
    CANDOR_MONITOR_LISTEN: '', // its usual port would be everybody's
    ...more,
  };
}

/** Runs a program; {code, out, err, ms}. `out` is text, `bytes` the same as a Buffer. */
export function run(
  program,
  args,
  { env = environment(), input = '', limit = kRunLimitMs, cwd = undefined } = {},
) {
  const began = performance.now();
  return new Promise((done, fail) => {
    const child = spawn(program, args, { env, cwd });
    const out = [];
    let err = '';
    const killer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.on('error', fail);
    child.stdout.on('data', (bytes) => out.push(bytes));
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.on('close', (code, signal) => {
      clearTimeout(killer);
      const bytes = Buffer.concat(out);
      done({
        code: code ?? signal,
        out: bytes.toString('utf8'),
        bytes,
        err,
        ms: performance.now() - began,
      });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** `candor` with its configuration and state under one folder. */
export class Candor {
  constructor(folder, env = {}) {
    this.folder = folder;
    this.env = environment({ CANDOR_DIR: folder, ...env });
  }

  run(...args) {
    return run(kCandor, args, { env: this.env });
  }

  /** Runs it and fails the test unless it exits with `code`. */
  async expect(code, ...args) {
    const result = await this.run(...args);
    assert.equal(
      result.code,
      code,
      `candor ${args.join(' ')} exited with ${result.code}\n${result.err}${result.out}`,
    );
    return result;
  }

  ok(...args) {
    return this.expect(0, ...args);
  }

  /** The one JSON document that `--json` prints. */
  async json(...args) {
    return JSON.parse((await this.ok(...args, '--json')).out);
  }

  async configure(settings) {
    // The product is looked for among the contracts, so these come first.
    const { contracts, ...others } = settings;
    for (const [key, value] of Object.entries(contracts ? { contracts, ...others } : others))
      await this.ok('config', 'set', key, String(value));
  }

  state(...parts) {
    return path.join(this.folder, 'state', ...parts);
  }
}
