// Real services with the exporters that watch them, on free ports of the loopback.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { until } from './bench.mjs';
import { run } from './program.mjs';

/** A port that was free a moment ago, for programs that do not tell the one they were given. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** MariaDB wants to be told so when root starts it. */
const kAsRoot = process.getuid() === 0 ? ['--user=root'] : [];

const alive = (process_) => assert.equal(process_.exit, undefined, process_.err + process_.out);

/** Waits for an address that answers 200; the address. */
function answers(process_, address, within = 30_000) {
  return until(`${address} answers`, async () => {
    alive(process_);
    return (await fetch(address)).ok && address;
  }, { within }); // prettier-ignore
}

/** HAProxy before one server; {metrics, process}. It checks the server every 0.2 s. */
export async function startHaproxy(bench, serverPort) {
  const folder = bench.folder('haproxy');
  const [front, metrics] = [await freePort(), await freePort()];
  const config = path.join(folder, 'haproxy.cfg');
  writeFileSync(
    config,
    `defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend in
  bind 127.0.0.1:${front}
  default_backend app
backend app
  option httpchk
  server app1 127.0.0.1:${serverPort} check inter 200ms fall 1 rise 1
frontend metrics
  bind 127.0.0.1:${metrics}
  http-request use-service prometheus-exporter if { path /metrics }
`,
  );
  const process_ = bench.start('/usr/sbin/haproxy', ['-f', config, '-db']);
  return { process: process_, metrics: await answers(process_, `http://127.0.0.1:${metrics}/metrics`) };
} // prettier-ignore

/** MariaDB with mysqld-exporter; {metrics, stop}. */
export async function startMariadb(bench) {
  const folder = bench.folder('mariadb');
  const data = path.join(folder, 'data');
  const socket = path.join(folder, 's');
  const made = await run('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, ...kAsRoot, '--auth-root-authentication-method=normal', '--skip-test-db']); // prettier-ignore
  assert.equal(made.code, 0, made.err + made.out);
  const server = bench.start('/usr/sbin/mariadbd', ['--no-defaults', `--datadir=${data}`, `--socket=${socket}`, '--skip-networking', ...kAsRoot, `--pid-file=${path.join(folder, 'pid')}`]); // prettier-ignore
  await until('MariaDB is ready', () => (alive(server), /ready for connections/.test(server.err)), { within: 60_000 });
  const env = { ...process.env, DATA_SOURCE_NAME: `root@unix(${socket})/` };
  const exporter = bench.start('prometheus-mysqld-exporter', ['--web.listen-address=127.0.0.1:0'], { env });
  const port = await until('its exporter listens', () => {
    alive(exporter);
    return /[Ll]istening on"?,? address=\S*?:(\d+)/.exec(exporter.err)?.[1];
  });
  const metrics = `http://127.0.0.1:${port}/metrics`;
  await until('the exporter sees it', async () => /^mysql_up 1$/m.test(await (await fetch(metrics)).text()));
  return { metrics, server };
} // prettier-ignore

/** RabbitMQ with its own plugin; {metrics}. */
export async function startRabbitmq(bench) {
  const folder = bench.folder('rabbit');
  const [amqp, metrics, dist, epmd] = [await freePort(), await freePort(), await freePort(), await freePort()];
  writeFileSync(path.join(folder, 'plugins'), '[rabbitmq_prometheus].\n');
  writeFileSync(path.join(folder, 'rabbitmq.conf'), `listeners.tcp.1 = 127.0.0.1:${amqp}\nprometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = ${metrics}\n`);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    RABBITMQ_NODENAME: `candor-${amqp}@localhost`,
    RABBITMQ_MNESIA_BASE: path.join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: path.join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_ENABLED_PLUGINS_FILE: path.join(folder, 'plugins'),
    RABBITMQ_CONFIG_FILE: path.join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_DIST_PORT: String(dist),
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
  // The name server that Erlang starts beside it outlives it.
  bench.defer(() => spawnSync('epmd', ['-port', String(epmd), '-kill']));
  const server = bench.start('/usr/lib/rabbitmq/bin/rabbitmq-server', [], { env });
  return { server, metrics: await answers(server, `http://127.0.0.1:${metrics}/metrics`, 90_000) };
} // prettier-ignore
