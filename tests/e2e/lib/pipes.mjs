// `pipes`, the example with libcandor, on a machine with an agent, and what of it arrives at its vendor.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { until } from './bench.mjs';
import { Candor, kCandor, run } from './program.mjs';

export const kPipesContract = path.resolve('sdk/examples/pipes/pipes.toml');
export const kPipes = path.join(path.dirname(kCandor), 'pipes');
const kNothing = 12; // there was nothing to send
const kTryAgain = 75; // another process is sending just then

/** A machine of the vendor's customers. */
export class PipesMachine extends Candor {
  constructor(bench, { endpoint, env = {} } = {}) {
    super(bench.folder('pipes'), env);
    this.bench = bench;
    this.endpoint = endpoint;
    this.project = path.join(this.folder, 'project');
    mkdirSync(this.project);
  }

  async agree() {
    await this.configure({ contracts: path.dirname(kPipesContract), product: 'pipes', endpoint: this.endpoint });
    return this.ok('on');
  }

  /** Starts the agent. */
  async start() {
    this.agent = this.bench.start(kCandor, ['agent'], { env: this.env });
    await until('the agent runs', () => {
      assert.equal(this.agent.exit, undefined, this.agent.err);
      return this.agent.err.includes('agent of product pipes started');
    });
  }

  /** Runs `pipes` to its end; {code, out, err, ms}. `env` is more of the environment. */
  pipes(args, env = {}) {
    return run(kPipes, args, { env: { ...this.env, ...env }, cwd: this.project });
  }

  async does(...args) {
    const result = await this.pipes(args);
    assert.equal(result.code, 0, `pipes ${args.join(' ')}: ${result.err}`);
    return result;
  }

  /** Starts `pipes` and hands over the process. */
  spawn(args, options = {}) {
    return spawn(kPipes, args, { cwd: this.project, env: this.env, stdio: ['ignore', 'pipe', 'ignore'], ...options });
  }

  rings() {
    return readdirSync(this.state('library')).filter((name) => name.endsWith('.ring'));
  }

  /** Sends a report, once the agent is not sending. */
  async report() {
    await until('it may send', async () => {
      const { code, err } = await this.run('send');
      assert.ok(code === 0 || code === kTryAgain, `candor send exited with ${code}: ${err}`);
      return code === 0;
    });
  }

  /** Has the agent, or this command, send what was recorded by now; how many events. */
  async send() {
    const { code, out, err } = await this.run('send', '--programs', '--json');
    if (code === kNothing) return 0;
    if (code === 0) return JSON.parse(out).events;
    return assert.fail(`candor send --programs exited with ${code}: ${err}`);
  }
}

const rowsOf = (text) => text.trim().split('\n').filter(Boolean).map((row) => JSON.parse(row));

/** What is stored of runs of that name: a document for each beginning and each end. */
export async function storedRuns(collector, name) {
  return rowsOf(await collector.ask(`SELECT body FROM candor.events WHERE product = 'pipes' AND name = '${name}' FORMAT TSVRaw`));
}

/** How many lines all reports told of. */
export async function toldLines(collector) {
  const reports = rowsOf(await collector.ask("SELECT body FROM candor.reports WHERE product = 'pipes' FORMAT TSVRaw"));
  return reports.reduce((sum, report) => sum + (report.lines ?? 0), 0);
}
