// What the machine is, for whoever reads the figures.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { load } from './load.mjs';
import { millis } from './text.mjs';

const version = (packageName) =>
  execFileSync('dpkg-query', ['-W', '-f', '${Version}', packageName], { encoding: 'utf8' });

/** [[what, text], …] */
export async function machine() {
  const disk = (await load('fdatasync', { folder: os.tmpdir(), seconds: 2 })).latency_us;
  const system = /PRETTY_NAME="(.*)"/.exec(readFileSync('/etc/os-release', 'utf8'))[1];
  return [
    ['Processor', `${os.cpus()[0].model}, ${os.cpus().length} cores, shared with the load`],
    ['Memory', `${Math.round(os.totalmem() / 2 ** 30)} GiB`],
    ['System', `${system}, Linux ${os.release()}`],
    ['Disk', `4 KiB written and fdatasync, bare: p50 ${millis(disk.p50)}, p99 ${millis(disk.p99)}`],
    ['Beside it', ['nginx-light', 'clickhouse-server', 'victoria-metrics', 'prometheus', 'gunicorn', 'prometheus-cpp-dev', 'libspdlog-dev'].map((name) => `${name} ${version(name)}`).join(', ')],
    ['Day', new Date().toISOString().slice(0, 10)],
  ];
}
