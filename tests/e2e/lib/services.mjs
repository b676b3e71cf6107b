// What a platform is made of: Debian's MariaDB, RabbitMQ and HAProxy, each with its own exporter.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, until } from './bench.mjs';
import { run } from './program.mjs';

const kStartLimitMs = 60_000; // of a virtual machine for Erlang, on a busy machine

function alive(name, process) {
  assert.equal(process.exit, undefined, `${name} ended: ${process.err}${process.out}`);
}

/** Until the address answers with metrics; gives it back. */
async function exposes(name, process, url) {
  await until(`${name} exposes metrics`, async () => {
    alive(name, process);
    return (await fetch(url)).ok;
  }, { within: kStartLimitMs }); // prettier-ignore
  return url;
}

/** A database without a network, and its exporter; {url, server}. */
export async function startMariadb(bench) {
  const folder = bench.folder('mariadb');
  const socket = path.join(folder, 'socket');
  const data = path.join(folder, 'data');
  const user = process.getuid() === 0 ? ['--user=root'] : [];
  const made = await run('mariadb-install-db', [
    '--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db', `--datadir=${data}`, ...user,
  ]); // prettier-ignore
  assert.equal(made.code, 0, made.err);
  const server = bench.start('/usr/sbin/mariadbd', [
    '--no-defaults', ...user, `--datadir=${data}`, `--socket=${socket}`, `--pid-file=${path.join(folder, 'pid')}`,
    '--skip-networking', '--innodb-buffer-pool-size=8M',
  ]); // prettier-ignore
  const exporter = bench.start('prometheus-mysqld-exporter', ['--web.listen-address=127.0.0.1:0'], {
    env: { ...process.env, DATA_SOURCE_NAME: `root@unix(${socket})/` },
  });
  const port = await until('the exporter listens', () => {
    alive('the exporter', exporter);
    return /msg="Listening on" address=127\.0\.0\.1:(\d+)/.exec(exporter.err)?.[1];
  });
  const url = `http://127.0.0.1:${port}/metrics`;
  await until('the database answers', async () => {
    alive('MariaDB', server);
    return (await (await fetch(url)).text()).includes('\nmysql_up 1\n');
  }, { within: kStartLimitMs }); // prettier-ignore
  return { url, server };
}

/** A broker with its plugin for Prometheus, and an epmd of its own; {url, server}. */
export async function startRabbitmq(bench) {
  const folder = bench.folder('rabbitmq');
  const file = (name) => path.join(folder, name);
  const [metrics, epmd, node, dist] = [await freePort(), await freePort(), await freePort(), await freePort()];
  writeFileSync(
    file('rabbitmq.conf'),
    `listeners.tcp = none\nprometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = ${metrics}\n`,
  );
  writeFileSync(file('enabled'), '[rabbitmq_prometheus].\n');
  mkdirSync(file('home'));
  const names = bench.start('epmd', ['-address', '127.0.0.1', '-port', String(epmd)]);
  const server = bench.start('/usr/lib/rabbitmq/bin/rabbitmq-server', [], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: file('home'),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(epmd),
      RABBITMQ_NODENAME: 'candor@localhost',
      RABBITMQ_NODE_PORT: String(node),
      RABBITMQ_DIST_PORT: String(dist),
      RABBITMQ_MNESIA_BASE: file('mnesia'),
      RABBITMQ_LOG_BASE: file('log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_CONFIG_FILE: file('rabbitmq'),
      RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    },
  });
  alive('epmd', names);
  return { url: await exposes('RabbitMQ', server, `http://127.0.0.1:${metrics}/metrics`), server };
}

/** A load balancer in front of one backend at that port; {url, front, server}. */
export async function startHaproxy(bench, backendPort) {
  const [front, metrics] = [await freePort(), await freePort()];
  const config = path.join(bench.folder('haproxy'), 'haproxy.cfg');
  writeFileSync(config, `defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend app
  bind 127.0.0.1:${front}
  default_backend app
backend app
  option httpchk GET /
  server one 127.0.0.1:${backendPort} check inter 200 fall 1 rise 1
frontend metrics
  bind 127.0.0.1:${metrics}
  http-request use-service prometheus-exporter if { path /metrics }
`); // prettier-ignore
  const server = bench.start('/usr/sbin/haproxy', ['-db', '-f', config]);
  const url = await exposes('HAProxy', server, `http://127.0.0.1:${metrics}/metrics`);
  return { url, front: `http://127.0.0.1:${front}`, server };
}
