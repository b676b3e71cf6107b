// A collector that is killed and started again on the same port and data folder.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { until } from './bench.mjs';
import { Collector, writeServerConfig } from './collector.mjs';
import { environment, kCandor } from './program.mjs';

const kStartLimitMs = 60_000;

export class Phoenix {
  /** Uses `folder`, or a new one; call start() next. `program` stands before `candor`, such as ['unshare', …]. */
  constructor(bench, { products, lines = [], folder = bench.folder('phoenix'), program = [] }) {
    this.bench = bench;
    this.folder = folder;
    this.products = products;
    this.lines = lines;
    this.program = program;
    this.config = writeServerConfig(folder, { products, lines });
    this.lives = 0;
  }

  /** Starts it, on the port of its first life; resolves when it listens. */
  async start() {
    const [program, ...args] = [...this.program, kCandor, 'server', '--config', this.config];
    const server = this.bench.start(program, args, { env: environment() });
    const died = server.ended.then((exit) =>
      assert.fail(`the collector ended with ${exit}: ${server.err}`),
    );
    died.catch(() => {}); // every life ends some day
    const listens = until(
      'the collector listens',
      () => /collecting on (https?:\/\/\S+)/.exec(server.err)?.[1],
      { within: kStartLimitMs, every: 10 },
    );
    const url = await Promise.race([listens, died]);
    if (this.lives++ === 0) {
      writeFileSync(
        this.config,
        readFileSync(this.config, 'utf8').replace(
          /^listen = .*$/m,
          `listen = "${new URL(url).host}"`,
        ),
      );
    }
    this.server = server;
    this.collector = new Collector(this.folder, url, server);
    return this.collector;
  }

  get pid() {
    return this.server.child.pid;
  }

  /** The engine's process, when there is one now. */
  get engine() {
    try {
      return childrenOf(this.pid).find(
        (pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] === 'engine',
      );
    } catch {
      return undefined; // it ended while we looked
    }
  }

  async killCollector() {
    process.kill(this.pid, 'SIGKILL');
    await this.server.ended;
  }

  /** False when there was no engine to kill at this moment. */
  killEngine() {
    const pid = this.engine;
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    return pid !== undefined;
  }

  storeAnswers() {
    return until(
      'the store answers',
      () => this.collector.ask('SELECT 1').then((text) => text === '1\n'),
      { within: kStartLimitMs },
    );
  }

  /** A figure of the process, in KiB: 'VmRSS' or 'VmHWM'. */
  memory(what = 'VmRSS') {
    return memoryOf(this.pid, what);
  }
}

export function memoryOf(pid, what = 'VmRSS') {
  return Number(
    new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1],
  );
}

// The kernel lists children by the thread that made them.
export function childrenOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
}
