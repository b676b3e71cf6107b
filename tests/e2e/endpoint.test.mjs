// The agent's own address: who may see what, and web.yml as Prometheus has it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { makeAuthority, makeCertificate, makeClientCertificate } from './lib/certificate.mjs';
import { metricsIn } from './lib/exposition.mjs';
import { ask, basic, hashed, kContract, startMonitored } from './lib/monitored.mjs';
import { Candor, kCandor, run } from './lib/program.mjs';

const kMonitor = '[monitor]\nweb_config_file = "web.yml"\n';
const kPassword = 'a long enough kestrel password';

const tls = (certificate, more = '') =>
  `tls_server_config:\n  cert_file: ${certificate.file}\n  key_file: ${certificate.keyFile}\n${more}`;
const users = (...hashes) => `basic_auth_users:\n${hashes.map(([name, hash]) => `  ${name}: ${hash}\n`).join('')}`;

test('on this machine, while telemetry is off', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const { url, candor, agent } = await startMonitored(bench);
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);

  await t.test('metrics are those of the machine, as Prometheus reads them', async () => {
    const answer = await ask(`${url}/metrics`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    const { families } = metricsIn(answer.body);
    for (const name of ['node_cpu_seconds_total', 'node_memory_MemTotal_bytes', 'candor_build_info'])
      assert.ok(families.has(name), name);
    const checked = await run('promtool', ['check', 'metrics'], { input: answer.body });
    // 3: names of the node exporter that promtool itself would have otherwise.
    assert.ok([0, 3].includes(checked.code), checked.err);
    const open = await ask(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text;version=1.0.0' } });
    assert.match(open.headers['content-type'], /^application\/openmetrics-text/);
    assert.ok(open.body.endsWith('# EOF\n'));
  });

  await t.test('health and version are in the shape of the seed', async () => {
    const health = await ask(`${url}/actuator/health`);
    assert.equal(health.status, 200);
    const { status, components, groups } = JSON.parse(health.body);
    assert.equal(status, 'UP');
    assert.deepEqual(groups, ['liveness', 'readiness']);
    assert.equal(components.outbox.details.pending, 0);
    assert.deepEqual(JSON.parse((await ask(`${url}/actuator/health/readiness`)).body).status, 'UP');
    assert.deepEqual(Object.keys(JSON.parse((await ask(`${url}/version`)).body)), ['package', 'git', 'branch']);
    assert.match((await ask(url)).body, /href=\/metrics/);
  });

  await t.test('nobody elsewhere is shown more than a word', async () => {
    for (const headers of [{ host: 'evil.example' }, { 'x-forwarded-for': '192.0.2.1' }]) {
      assert.equal((await ask(`${url}/metrics`, { headers })).status, 403);
      assert.deepEqual(JSON.parse((await ask(`${url}/actuator/health`, { headers })).body), {
        status: 'UP',
        groups: ['liveness', 'readiness'],
      });
    }
    assert.equal((await ask(`${url}/none`)).status, 404);
    const posted = await ask(`${url}/metrics`, { method: 'POST' });
    assert.equal(posted.status, 405);
    assert.equal(posted.headers.allow, 'GET, HEAD');
  });

  await t.test('a look leaves nothing behind, and the agent ends', async () => {
    assert.equal(await agent.stop(), 0, agent.err);
    assert.doesNotMatch(agent.err, /warning|error/i);
    await assert.rejects(ask(`${url}/version`));
    assert.equal((await candor.run('status')).code, 0);
  });
});

test('with web.yml', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const [first, second] = [await makeCertificate(bench), await makeCertificate(bench)];
  const ca = [first.cert, second.cert];
  const anna = ['anna', hashed('anna', kPassword)];
  const { url, write, agent } = await startMonitored(bench, {
    toml: kMonitor,
    files: { 'web.yml': `${tls(first)}${users(anna)}http_server_config:\n  headers:\n    X-Frame-Options: deny\n` },
  });
  const metrics = (name, password, how = {}) =>
    ask(`${url}/metrics`, { ca, headers: name ? basic(name, password) : {}, ...how });
  assert.match(url, /^https:/);

  await t.test('a password is asked for', async () => {
    const none = await metrics();
    assert.equal(none.status, 401);
    assert.match(none.headers['www-authenticate'], /^Basic /);
    assert.equal(none.headers['x-frame-options'], 'deny');
    assert.equal((await metrics('anna', 'wrong')).status, 401);
    assert.equal((await metrics('nobody', kPassword)).status, 401);
    assert.equal((await metrics('anna', kPassword)).status, 200);
    const health = (headers) => ask(`${url}/actuator/health`, { ca, headers });
    assert.equal(JSON.parse((await health({})).body).components, undefined);
    assert.ok(JSON.parse((await health(basic('anna', kPassword))).body).components.diskSpace);
  });

  await t.test('who guesses has to wait, and who knows it does not', async () => {
    let refused;
    for (let i = 0; i < 12 && refused?.status !== 429; ++i) refused = await metrics('anna', `guess ${i}`);
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    assert.equal((await metrics('anna', kPassword)).status, 200);
  });

  await t.test('password and certificate are changed without a new start', async () => {
    write('web.yml', `${tls(second)}${users(['bert', hashed('bert', 'another long password')], anna)}`);
    const changed = await until('bert may see it', async () => {
      // Those who guessed are waited for, too.
      const answer = await metrics('bert', 'another long password');
      return answer.status === 200 && answer;
    });
    assert.notEqual(changed.certificate, undefined);
    const fingerprint = async (certificate) =>
      (await run('openssl', ['x509', '-in', certificate.file, '-noout', '-fingerprint', '-sha256'])).out;
    assert.ok((await fingerprint(second)).includes(changed.certificate));
    write('web.yml', tls(second) + users(anna));
    await until('bert may not any more', async () =>
      (await metrics('bert', 'another long password')).status === 401,
    );
  });

  await t.test('a connection that is kept is told by the rules of now', async () => {
    write('web.yml', `${tls(second)}${users(anna)}`);
    const kept = new https.Agent({ keepAlive: true, maxSockets: 1 });
    const again = () => metrics('anna', kPassword, { agent: kept });
    await until('anna may', async () => (await again()).status === 200);
    write('web.yml', `${tls(second)}${users(['bert', hashed('bert', kPassword)])}`);
    await until('and may not any more', async () => (await again()).status === 401);
    write('web.yml', tls(second) + users(anna));
    await until('and may again', async () => (await again()).status === 200);
    kept.destroy();
  });

  await t.test('what is wrong leaves the old one, and is told', async () => {
    write('web.yml', 'basic_auth_users: [');
    await until('it is told', async () => {
      assert.equal((await metrics('anna', kPassword)).status, 200);
      return /the old web\.yml stays: .*web\.yml:1:/.test(agent.err);
    });
    write('web.yml', users(anna)); // without TLS
    await until('that is told, too', async () => {
      assert.equal((await metrics('anna', kPassword)).status, 200);
      return agent.err.includes('tls_server_config came or went');
    });
  });

  await t.test('a client certificate is demanded', async () => {
    const [authority, stranger] = [await makeAuthority(bench), await makeAuthority(bench)];
    const prometheus = await makeClientCertificate(authority, 'prometheus.example');
    const other = await makeClientCertificate(authority, 'other.example');
    const forged = await makeClientCertificate(stranger, 'prometheus.example');
    const wants = (sans) =>
      tls(second, `  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ${authority.file}\n${sans}`);
    write('web.yml', wants(''));
    const as = ({ key, cert }) => metrics(undefined, undefined, { key, cert });
    await until('a certificate is needed', async () => {
      try {
        return (await metrics()).status === 403; // of a connection from before there is none
      } catch {
        return true;
      }
    });
    assert.equal((await as(prometheus)).status, 200);
    assert.equal((await as(other)).status, 200);
    await assert.rejects(metrics());
    await assert.rejects(as(forged));
    write('web.yml', wants('  client_allowed_sans: [prometheus.example]\n'));
    await until('one name is let in', () => as(other).then(() => false, () => true));
    assert.equal((await as(prometheus)).status, 200);
    write('web.yml', `${wants('')}${users(anna)}`);
    await until('a password is asked for besides', async () => (await as(prometheus)).status === 401);
    const both = { key: prometheus.key, cert: prometheus.cert };
    assert.equal((await metrics('anna', kPassword, both)).status, 200);
  });
  const secrets = [kPassword, 'guess', anna[1]];
  for (const secret of secrets) assert.ok(!agent.err.includes(secret), secret);
});

test('an address that others reach needs TLS and somebody to let in', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const certificate = await makeCertificate(bench);
  const candor = new Candor(bench.folder('exposed'), { CANDOR_MONITOR_LISTEN: '0.0.0.0:0' });
  const write = (name, text) => writeFileSync(path.join(candor.folder, name), text);
  write('acme.toml', kContract);
  const refused = async (toml, web) => {
    write('candor.toml', `product = "acme"\ncontracts = "."\n${toml}`);
    if (web !== undefined) write('web.yml', web);
    const { code, err } = await run(kCandor, ['agent'], { env: candor.env });
    assert.equal(code, 78, err);
    return err;
  };
  assert.match(await refused(''), /monitor\.listen = "0\.0\.0\.0:0" can be reached from elsewhere, and there is no TLS/);
  assert.match(await refused(kMonitor, tls(certificate)), /anybody could read metrics/);
  assert.match(await refused(kMonitor, `${tls(certificate)}min_version: TLS12\n`), /web\.yml:4:1: unknown key "min_version"/);
  assert.match(await refused(kMonitor, 'tls_server_config: {cert_file: no.pem, key_file: no.pem}\nbasic_auth_users: {a: $2y$05$0123456789012345678901234567890123456789012345678901.}'), /cert_file .*no\.pem cannot be read/);
  write('web.yml', '');
  assert.match(await refused('[[monitor.scrape]]\nname = "a b"\nurl = "http://127.0.0.1:1"\n'), /candor\.toml:4:8: .*a name has letters/);
  assert.match(await refused('[[monitor.scrape]]\nname = "a"\nurl = "http://u:p@127.0.0.1"\n'), /a user in the URL/);
  assert.match(await refused('[[monitor.scrape]]\nname = "a"\nurl = "ftp://x"\n'), /monitor\.scrape a: /);
  assert.match(await refused('[[monitor.scrape]]\nname = "a"\nurl = "http://127.0.0.1"\nusrname = "x"\n'), /Did you mean "username"\?/);
  assert.equal(readFileSync(path.join(candor.folder, 'web.yml'), 'utf8'), '');
});
