// A past that a test gives Prometheus before it starts: two weeks of an installation, as blocks of its store.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './program.mjs';

const kStep = 120;
const kDays = 14;
const kPeriod = 86_400; // of what goes up and down by day

/** Values of machine, database, queue, load balancer and API of an installation, every two minutes until now. */
function samples(installation) {
  const end = Math.floor(Date.now() / 1000) - 300;
  const begin = end - kDays * 86_400;
  const lines = [];
  const day = (at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / kPeriod);
  const series = (name, labels, value) => {
    const all = Object.entries({ installation, job: `installation-${installation}`, instance: 'past', ...labels });
    const text = `${name}{${all.map(([label, one]) => `${label}="${one}"`).join(',')}}`;
    for (let at = begin; at <= end; at += kStep) lines.push(`${text} ${value(at, day(at))} ${at}`);
  };
  // Rates that go up and down, added up.
  const counted = (name, labels, rate) => {
    let sum = 0;
    series(name, labels, (at, share) => (sum += rate(share) * kStep).toFixed(3));
  };
  counted('node_cpu_seconds_total', { cpu: '0', mode: 'idle' }, (share) => 0.9 - 0.6 * share);
  counted('node_cpu_seconds_total', { cpu: '0', mode: 'user' }, (share) => 0.08 + 0.58 * share);
  counted('node_cpu_seconds_total', { cpu: '0', mode: 'iowait' }, (share) => 0.02 * (1 + share));
  series('node_memory_MemTotal_bytes', {}, () => 8 * 2 ** 30);
  series('node_memory_MemAvailable_bytes', {}, (at, share) => Math.round((6 - 3 * share) * 2 ** 30));
  for (const [mountpoint, used] of [['/', 0.4], ['/var/lib/mysql', 0.6]]) {
    series('node_filesystem_size_bytes', { mountpoint, fstype: 'ext4' }, () => 100e9);
    series('node_filesystem_avail_bytes', { mountpoint, fstype: 'ext4' }, (at) => Math.round(100e9 * (1 - used - (0.2 * (at - begin)) / (end - begin))));
  }
  counted('node_disk_read_bytes_total', { device: 'sda' }, (share) => 2e6 * share);
  counted('node_disk_written_bytes_total', { device: 'sda' }, (share) => 1e6 + 3e6 * share);
  counted('node_network_receive_bytes_total', { device: 'eth0' }, (share) => 4e5 + 2e6 * share);
  counted('node_network_transmit_bytes_total', { device: 'eth0' }, (share) => 2e5 + 9e6 * share);
  for (const [minutes, more] of [[1, 0.1], [5, 0.05], [15, 0]]) series(`node_load${minutes}`, {}, (at, share) => (0.3 + 1.5 * share + more).toFixed(2));
  series('mysql_global_status_threads_connected', { job: 'database' }, (at, share) => Math.round(10 + 60 * share));
  series('mysql_global_variables_max_connections', { job: 'database' }, () => 151);
  series('rabbitmq_queue_messages_ready', { job: 'queue' }, (at, share) => Math.round(400 * share));
  counted('haproxy_frontend_http_requests_total', { job: 'balancer', proxy: 'app' }, (share) => 5 + 60 * share);
  counted('http_requests_total', { job: 'panel', code: '200' }, (share) => 5 + 59 * share);
  counted('http_requests_total', { job: 'panel', code: '503' }, (share) => 0.5 * share);
  return lines;
}

/** Into a collector's folder that was never started. */
export async function writePast(bench, folder, installation) {
  const store = path.join(folder, 'data', 'ops', 'prometheus');
  mkdirSync(store, { recursive: true, mode: 0o700 });
  const file = path.join(bench.folder('past'), 'metrics');
  writeFileSync(file, `${samples(installation).join('\n')}\n# EOF\n`);
  const made = await run('promtool', ['tsdb', 'create-blocks-from', '--max-block-duration=336h', '-q', 'openmetrics', file, store]);
  assert.equal(made.code, 0, made.err);
}
