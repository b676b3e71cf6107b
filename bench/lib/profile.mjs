// What the CPU of a system goes to while it takes a turn: samples of all its threads by perf, where there is one.
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { treeOf } from './usage.mjs';

const kFrequency = '997';
const kParts = 6;
const kFunctions = 12;
const kLeastPercent = '0.8';

const exists = () => spawnSync('perf', ['--version']).status === 0;

/**
 * Lets `turn` run under perf; what took most, {parts: threads by library, functions}, each as [{percent, name, where}].
 * Nothing without perf.
 */
export async function profiled(scope, pid, turn) {
  if (!exists()) {
    await turn();
    return undefined;
  }
  const file = path.join(scope.folder('profile'), 'perf.data');
  const perf = spawn('perf', ['record', '-q', '-F', kFrequency, '-o', file, '-p', treeOf(pid).join()], { stdio: 'ignore' });
  const ended = new Promise((done) => perf.on('close', done));
  scope.defer(() => perf.kill('SIGINT'));
  await turn();
  perf.kill('SIGINT');
  await ended;
  return {
    parts: rows(file, 'overhead,comm,dso').slice(0, kParts),
    functions: rows(file, 'overhead,symbol,dso').slice(0, kFunctions),
  };
}

/** The lines of a report by those fields, most first. */
function rows(file, fields) {
  const args = ['report', '-i', file, '--stdio', '--no-children', '-F', fields, '-t', '\t', '--percent-limit', kLeastPercent];
  return spawnSync('perf', args, { encoding: 'utf8', maxBuffer: 64 << 20 })
    .stdout.split('\n')
    .filter((line) => /^\s*\d/.test(line))
    .map((line) => line.split('\t').map((part) => part.trim().replace(/^\[.\] /, '').replace(/\s+-\s.*$/, '')))
    .map(([percent, name, where]) => ({ percent, name, where }));
}
