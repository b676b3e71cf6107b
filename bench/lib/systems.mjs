// The systems that are measured: each is {name, pid, address, …}.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, until } from '../../tests/e2e/lib/bench.mjs';
import { startCollector } from '../../tests/e2e/lib/collector.mjs';
import { kContract } from './load.mjs';

const kStartLimitMs = 30_000;

export async function candor(scope, products = [{ name: 'bench', contract: kContract }]) {
  const collector = await startCollector(scope, { products });
  const number = async (sql) => Number(await collector.ask(sql));
  return {
    name: 'Candor',
    pid: collector.server.child.pid,
    address: new URL(collector.url).host,
    collector,
    rows: (table) => number(`SELECT count() FROM candor.${table}`),
    /** What became of all that the collector received: nothing but what was sent may be there, and all of it accepted. */
    async assertAllAccepted(product, received) {
      const accounting = await collector.loaded(product, received);
      assert.equal(accounting.received, received, JSON.stringify(accounting));
      assert.equal(accounting.accepted, received, JSON.stringify(accounting));
    },
  };
}

/** A program that answers at `/` once it is up. */
async function serving(scope, name, program, args, port, look = '/') {
  const server = scope.start(program, args);
  const address = `127.0.0.1:${port}`;
  await until(
    `${name} answers`,
    async () => {
      assert.equal(server.exit, undefined, `${name} ended: ${server.err}`);
      return (await fetch(`http://${address}${look}`)).status < 500;
    },
    { within: kStartLimitMs },
  );
  const text = async (where, options) => {
    const response = await fetch(`http://${address}${where}`, options);
    const body = await response.text();
    assert.ok(response.ok, `${name}: ${where}: ${response.status} ${body}`);
    return body;
  };
  return { name, pid: server.child.pid, address, text };
}

export async function nginx(scope) {
  const folder = scope.folder('nginx');
  const port = await freePort();
  const config = path.join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(' ');
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000; ${temporary}
  server { listen 127.0.0.1:${port}; location / { return 200; } }
}
`,
  );
  return serving(scope, 'nginx', 'nginx', ['-c', config, '-e', `${folder}/error.log`], port);
}

export async function clickhouse(scope) {
  const folder = scope.folder('clickhouse');
  const [port, tcp] = [await freePort(), await freePort()];
  mkdirSync(path.join(folder, 'tmp'));
  const config = path.join(folder, 'config.xml');
  writeFileSync(
    config,
    `<yandex>
  <logger><level>error</level><log>${folder}/log</log><errorlog>${folder}/err</errorlog></logger>
  <listen_host>127.0.0.1</listen_host><http_port>${port}</http_port><tcp_port>${tcp}</tcp_port>
  <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path>
  <mark_cache_size>268435456</mark_cache_size>
  <users_config>users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
</yandex>
`,
  );
  writeFileSync(
    path.join(folder, 'users.xml'),
    `<yandex>
  <profiles><default><max_memory_usage>4000000000</max_memory_usage></default></profiles>
  <users><default><password></password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota></default></users>
  <quotas><default></default></quotas>
</yandex>
`,
  );
  const server = await serving(scope, 'ClickHouse', 'clickhouse-server', [`--config-file=${config}`], port);
  server.ask = (sql) => server.text('/', { method: 'POST', body: sql });
  return server;
}

export async function victoriaMetrics(scope) {
  const port = await freePort();
  return serving(
    scope,
    'VictoriaMetrics',
    'victoria-metrics',
    [`-storageDataPath=${scope.folder('victoria')}`, `-httpListenAddr=127.0.0.1:${port}`, '-loggerLevel=ERROR'],
    port,
    '/health',
  );
}

export async function prometheus(scope) {
  const folder = scope.folder('prometheus');
  const port = await freePort();
  writeFileSync(path.join(folder, 'prometheus.yml'), '{}\n');
  return serving(
    scope,
    'Prometheus',
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--log.level=error',
    ],
    port,
    '/-/ready',
  );
}

/** bench/report_server.py, which writes into the folder. */
export async function gunicorn(scope, folder) {
  const port = await freePort();
  return serving(
    scope,
    'gunicorn',
    'gunicorn',
    ['--bind', `127.0.0.1:${port}`, '--workers', '1', '--worker-class', 'gthread', '--threads', '4',
      '--worker-connections', '100', '--keep-alive', '75', '--log-level', 'error',
      '--env', `REPORTS=${folder}`, '--chdir', path.resolve('bench'), 'report_server:application'],
    port,
  );
}
