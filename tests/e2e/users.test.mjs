// Who may see what: users, TLS, and a collector that others can reach.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { startCollector, writeServerConfig } from './lib/collector.mjs';
import { Candor, environment, kCandor, run } from './lib/program.mjs';

const kPassword = 'a long enough kestrel password';
const kWebConfig = 'tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n';

async function makeCertificate(folder) {
  const made = await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    path.join(folder, 'key.pem'),
    '-out',
    path.join(folder, 'cert.pem'),
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost,IP:127.0.0.1',
  ]);
  assert.equal(made.code, 0, made.err);
  return {
    'cert.pem': readFileSync(path.join(folder, 'cert.pem'), 'utf8'),
    'key.pem': readFileSync(path.join(folder, 'key.pem'), 'utf8'),
  };
}

const addUser = (config, name, password) =>
  run(kCandor, ['user', 'add', name, '--config', config], {
    env: environment(),
    input: `${password}\n`,
  });

const start = (config) =>
  run(kCandor, ['server', '--config', config], { env: environment(), limit: 10_000 });

test('a collector that others can reach', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);

  await t.test('it does not start without users, and says how to add one', async () => {
    const folder = bench.folder('open');
    const config = writeServerConfig(folder, { products: ['mesh'], listen: '0.0.0.0:0' });
    const started = await start(config);
    assert.equal(started.code, 78, started.err);
    assert.match(started.err, /no users.*web_config_file.*candor user add NAME/);
    const added = await addUser(config, 'anna', kPassword);
    assert.equal(added.code, 78);
    assert.match(added.err, /web_config_file/);
  });

  await t.test('it does not start without TLS, unless the configuration says so', async () => {
    const folder = bench.folder('plain');
    const lines = ['web_config_file = "web.yml"'];
    const config = writeServerConfig(folder, { products: ['mesh'], listen: '0.0.0.0:0', lines });
    assert.equal((await addUser(config, 'anna', kPassword)).code, 0);
    const started = await start(config);
    assert.equal(started.code, 78, started.err);
    assert.match(started.err, /without TLS.*tls_server_config.*insecure = true/);
    writeServerConfig(folder, {
      products: ['mesh'],
      listen: '0.0.0.0:0',
      lines: [...lines, 'insecure = true'],
    });
    const server = bench.start(kCandor, ['server', '--config', config], { env: environment() });
    await until(
      'it listens',
      () => /collecting on http:/.test(server.err) || server.exit !== undefined,
    );
    assert.equal(server.exit, undefined, server.err);
    assert.equal(await server.stop(), 0);
  });

  await t.test('a wrong web.yml stops the start with its place', async () => {
    const folder = bench.folder('wrong');
    writeFileSync(path.join(folder, 'web.yml'), 'basic_auth_user:\n  anna: x\n');
    const started = await start(
      writeServerConfig(folder, { products: ['mesh'], lines: ['web_config_file = "web.yml"'] }),
    );
    assert.equal(started.code, 78, started.err);
    assert.match(started.err, /web\.yml:1:1: .*basic_auth_users/);
  });
});

test('users and TLS', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const certificate = await makeCertificate(bench.folder('certificate'));
  const lines = ['web_config_file = "web.yml"'];
  // The user is added before the start, to the same files.
  const folder = bench.folder('user');
  for (const [name, text] of Object.entries({ ...certificate, 'web.yml': kWebConfig }))
    writeFileSync(path.join(folder, name), text);
  const added = await addUser(
    writeServerConfig(folder, { products: ['stone', 'mesh'], lines }),
    'anna',
    kPassword,
  );
  assert.equal(added.code, 0, added.err);
  const web = readFileSync(path.join(folder, 'web.yml'), 'utf8');
  const collector = await startCollector(bench, {
    products: ['stone', 'mesh'],
    listen: '0.0.0.0:0',
    lines,
    files: { ...certificate, 'web.yml': web },
  });
  const url = collector.url.replace('0.0.0.0', '127.0.0.1');
  const agent = new https.Agent({ keepAlive: false });

  const get = (address, credentials) =>
    new Promise((done, fail) => {
      const request = https.get(
        url + address,
        { ca: certificate['cert.pem'], agent, auth: credentials?.join(':') },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (text) => (body += text));
          response.on('end', () =>
            done({ status: response.statusCode, headers: response.headers, body, protocol }),
          );
        },
      );
      let protocol;
      request.on('socket', (socket) =>
        socket.on('secureConnect', () => (protocol = socket.getProtocol())),
      );
      request.on('error', fail);
    });
  const anna = ['anna', kPassword];

  await t.test('the password is kept as a hash only, and short ones are refused', async () => {
    assert.match(web, /anna: ['"]?\$2[aby]\$/);
    assert.equal(web.includes(kPassword), false);
    assert.equal(statSync(path.join(folder, 'web.yml')).mode & 0o077, 0, 'nobody else reads it');
    const short = await addUser(path.join(folder, 'server.toml'), 'bob', 'short');
    assert.equal(short.code, 2);
    assert.match(short.err, /8 characters/);
    assert.equal(readFileSync(path.join(folder, 'web.yml'), 'utf8'), web);
  });

  await t.test('what is private asks for a sign-in, also on this machine', async () => {
    for (const address of [
      '/p/mesh',
      '/api/v1/products/mesh/overview',
      '/api/v1/products/stone/tail',
      '/metrics',
    ]) {
      const refused = await get(address);
      assert.equal(refused.status, 401, address);
      assert.match(refused.headers['www-authenticate'], /^Basic /);
      assert.equal((await get(address, ['anna', 'a wrong password'])).status, 401);
      assert.equal((await get(address, ['bob', kPassword])).status, 401);
      assert.equal((await get(address, anna)).status, 200, address);
    }
  });

  await t.test('one sign-in, at the top, is for every page', async () => {
    const form = await get('/sign-in');
    assert.equal(form.status, 200);
    assert.match(form.headers['set-cookie'][0], /^__Host-candor-form=[0-9a-f]{32}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict; Secure$/);
    assert.equal((await get('/sign-in', ['anna', 'a wrong password'])).status, 401);
    const led = await get('/sign-in', anna);
    assert.deepEqual([led.status, led.headers.location], [303, '/']);
    const list = async (user) => JSON.parse((await get('/api/v1/products', user)).body);
    const anybody = await list();
    assert.deepEqual([anybody.products.length, anybody.sign_in], [1, '/sign-in']);
    const signedIn = await list(anna);
    assert.deepEqual([signedIn.products.length, signedIn.sign_in], [2, undefined]);
  });

  await t.test('over TLS a session has a cookie that nothing else can set', async () => {
    const form = await get('/sign-in');
    const token = /name="token" value="(\w+)"/.exec(form.body)[1];
    const posted = await new Promise((done, fail) => {
      const request = https.request(`${url}/sign-in`, {
        method: 'POST', ca: certificate['cert.pem'], agent,
        headers: {
          'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin',
          cookie: form.headers['set-cookie'][0].split(';')[0],
        },
      }, (response) => done(response.resume())); // prettier-ignore
      request.on('error', fail);
      request.end(String(new URLSearchParams({ user: 'anna', password: kPassword, token, back: '/p/mesh' })));
    });
    assert.deepEqual([posted.statusCode, posted.headers.location], [303, '/p/mesh']);
    const [cookie] = posted.headers['set-cookie'];
    assert.match(cookie, /^__Host-candor-session=\S+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/);
    const status = (text) => new Promise((done, fail) => {
      https.get(`${url}/p/mesh`, { ca: certificate['cert.pem'], agent, headers: { cookie: text } }, (response) => {
        response.resume();
        done(response.statusCode);
      }).on('error', fail);
    }); // prettier-ignore
    const [pair] = cookie.split(';');
    assert.equal(await status(pair), 200);
    assert.equal(await status(pair.replace('__Host-', '')), 401, 'a page in the open could have set that');
  });

  await t.test('what is public stays so', async () => {
    for (const address of [
      '/',
      '/p/stone',
      '/api/v1/products/stone/overview',
      '/version',
      '/v1/key',
      '/actuator/health',
    ]) {
      assert.equal((await get(address)).status, 200, address);
    }
    const names = async (who) =>
      JSON.parse((await get('/api/v1/products', who)).body).products.map(({ name }) => name);
    assert.deepEqual(await names(), ['stone']);
    assert.deepEqual((await names(anna)).toSorted(), ['mesh', 'stone']);
    const health = JSON.parse((await get('/actuator/health')).body);
    assert.deepEqual(Object.keys(health), ['status', 'groups']);
    assert.ok(JSON.parse((await get('/actuator/health', anna)).body).components.db);
    assert.match((await get('/version')).protocol, /^TLSv1\.[23]$/);
  });

  await t.test(
    'the agent sends over https to a collector it can believe, and to no other',
    async () => {
      const candor = new Candor(bench.folder('agent'));
      await candor.configure({ product: 'mesh', endpoint: url });
      const on = await candor.json('on');
      assert.equal(on.receipt_key, 'not_pinned', 'on succeeds all the same');
      const refused = await candor.expect(75, 'send');
      assert.match(refused.err, /certificate/);
      const shown = await candor.ok('show');
      await candor.configure({ ca_file: path.join(folder, 'cert.pem') });
      const sent = await candor.json('send');
      assert.equal(sent.status, 'accepted');
      assert.equal((await candor.json('status')).receipt_key, 'pinned');
      assert.deepEqual(
        readFileSync(candor.state('sent', `${sent.id}.json`)),
        shown.bytes,
        'the report that was pending',
      );
      await until(
        'it is counted',
        async () =>
          JSON.parse((await get('/api/v1/products/mesh/overview', anna)).body).installations === 1,
      );
    },
  );

  await t.test('plain http to another machine is refused before anything leaves', async () => {
    const candor = new Candor(bench.folder('agent'));
    await candor.configure({ product: 'mesh', endpoint: 'http://collector.example' });
    const on = await candor.expect(78, 'on');
    assert.match(on.err, /plain http.*https/s);
  });

  await t.test("nothing of the password is in the collector's log", () => {
    assert.equal(collector.server.err.includes('kestrel'), false);
  });
});
