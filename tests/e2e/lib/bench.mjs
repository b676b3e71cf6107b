// What a test starts and makes, undone in reverse order when it ends, also when it fails.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const kStopGraceMs = 10_000;

/** Asks `look` again and again until it returns something true, and returns that; fails after `within` milliseconds. */
export async function until(what, look, { within = 10_000, every = 50 } = {}) {
  const deadline = Date.now() + within;
  let problem;
  for (;;) {
    try {
      const seen = await look();
      if (seen) return seen;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    if (Date.now() > deadline)
      assert.fail(`${what}: not within ${within} ms${problem ? `; ${problem.message}` : ''}`);
    await new Promise((done) => setTimeout(done, every));
  }
}

/** A port that nothing listens on now, for programs that cannot be told to choose one and say which. */
export function freePort() {
  return new Promise((done) => {
    const server = net.createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export class Bench {
  #undo = [];

  /** `test` is the node:test context at whose end everything is undone. */
  constructor(test) {
    test.after(() => this.#close());
  }

  defer(undo) {
    this.#undo.push(undo);
  }

  /** A new empty folder, with a short path: sockets are made in it. */
  folder(name) {
    const made = mkdtempSync(path.join(tmpdir(), `candor-${name}-`));
    this.defer(() =>
      rmSync(made, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
    );
    return made;
  }

  /** Starts a process that runs until it is stopped. `err` and `out` grow; `ended` is its exit code or signal. */
  start(program, args, options) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const process_ = { child, out: '', err: '', exit: undefined, stop: undefined };
    process_.ended = new Promise((done) => {
      child.on('error', (error) => done((process_.exit = String(error))));
      child.on('close', (code, signal) => done((process_.exit = signal ?? code)));
    });
    child.stdout.setEncoding('utf8').on('data', (text) => (process_.out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (process_.err += text));
    /** Sends the signal and waits for the end; its exit code, or the signal's name. */
    process_.stop = async (signal = 'SIGTERM') => {
      if (process_.exit !== undefined) return process_.exit;
      child.kill(signal);
      const killer = setTimeout(() => child.kill('SIGKILL'), kStopGraceMs);
      const exit = await process_.ended;
      clearTimeout(killer);
      return exit;
    };
    this.defer(() => process_.stop());
    return process_;
  }

  async #close() {
    const problems = [];
    for (const undo of this.#undo.reverse()) {
      try {
        await undo();
      } catch (error) {
        problems.push(error);
      }
    }
    if (problems.length > 0) throw problems[0];
  }
}
