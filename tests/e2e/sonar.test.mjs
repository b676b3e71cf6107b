// Sonar: what it finds behind a real OpenID Connect login, by form and by token, once and as an agent.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { OAuth2Server } from 'oauth2-mock-server';
import { Bench, until } from './lib/bench.mjs';
import { kClientSecret, kPassword, kUser, startPanel } from './lib/oidc_panel.mjs';
import { failed, SonarAgent } from './lib/sonar.mjs';

const kSecrets = [kPassword, encodeURIComponent(kPassword), Buffer.from(kPassword).toString('base64'), kClientSecret];

const assertTellsNoSecret = (text, secrets = kSecrets) => {
  for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} is told`);
};

test('the seed’s keys are enough: open, sign in, open the project', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const panel = await startPanel(bench);
  const sonar = new SonarAgent(bench).seed(`${panel.url}/access`);

  await t.test('it succeeds', async () => {
    const { code, out, err } = await sonar.run('sonar', 'run', '--once', '--target', 'eu1.aws');
    assert.equal(code, 0, out + err);
    assert.match(out, /^eu1\.aws {2}access {2}success {2}\d+ ms\n {2}open {5}ok .*200\n/);
    assert.match(out, /\n {2}project {2}ok +\d+ ms {2}200\n$/);
    assert.ok(!out.includes('\x1b'));
    assertTellsNoSecret(out + err);
    const { result } = await sonar.once();
    assert.deepEqual(result.steps.map(({ name, ok, status }) => [name, ok, status]), [['open', true, 200], ['login', true, 200], ['project', true, 200]]);
    // Neither codes nor states of the login are told.
    assert.ok(!JSON.stringify(result).includes('?'));
    assert.equal(panel.seen.at(-1).path, '/access?customer=c&project=p');
    for (const { headers } of panel.seen) assertTellsNoSecret(JSON.stringify(headers));
  });

  await t.test('a project that is not there', async () => {
    const other = new SonarAgent(bench).seed(`${panel.url}/access`, { project: 'gone' });
    const { code, result } = await other.once();
    assert.equal(code, 1);
    assert.deepEqual([failed(result).name, failed(result).class, failed(result).actual], ['project', 'http_status', '404']);
  });

  await t.test('a wrong password', async () => {
    const wrong = new SonarAgent(bench).seed(`${panel.url}/access`, { password: 'canary-wrong-password' });
    const { code, out, err } = await wrong.run('sonar', 'run', '--once');
    assert.equal(code, 1, err);
    assert.match(out, /login {4}failed/);
    assert.match(out, /auth: the login form came again/);
    assert.match(out, /project {2}not run/);
    assertTellsNoSecret(out + err, ['canary-wrong-password']);
  });

  await t.test('mistakes in the configuration', async () => {
    const none = new SonarAgent(bench).write('');
    assert.match((await none.expect(78, 'sonar', 'run', '--once')).err, /names no targets/);
    assert.match((await sonar.expect(2, 'sonar', 'run')).err, /--once/);
    assert.match((await sonar.expect(2, 'sonar', 'run', '--once', '--target', 'eu1.aw')).err, /Did you mean "eu1\.aws"\?/);
    const typo = new SonarAgent(bench).write('[monitor.sonar]\ntargets = [{platformNam = "a", url = "https://a.test/"}]');
    assert.match((await typo.expect(78, 'sonar', 'run', '--once')).err, /candor\.toml:4:\d+: .*platformName/);
    const missing = new SonarAgent(bench).write('[monitor.sonar]\nusername = "x"\npassword = "long enough"\ntargets = [{platformName = "a", url = "https://a.test/"}]');
    assert.match((await missing.expect(78, 'sonar', 'run', '--once')).err, /monitor\.sonar\.customer is missing/);
    chmodSync(path.join(sonar.folder, 'candor.toml'), 0o644);
    assert.match((await sonar.ok('sonar', 'run', '--once')).err, /everybody can read/);
  });
});

test('the agent scans while telemetry is off, and what it found outlives it', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const panel = await startPanel(bench);
  const sonar = new SonarAgent(bench).seed(`${panel.url}/access`, { more: 'failureThreshold = 2\nsuccessThreshold = 1' });
  let agent = sonar.start();
  await sonar.recorded('two scans', ({ successes_in_a_row }) => successes_in_a_row >= 2);
  assert.match(agent.err, /Sonar scans 1 target every 1 s/);

  panel.broken = true;
  const broken = await sonar.recorded('it is failing', ({ standing }) => standing === 'failing');
  assert.equal(failed(broken.last_failure).name, 'project');
  assert.equal(failed(broken.last_failure).class, 'http_status');
  assert.match(agent.err, /scan access of eu1\.aws is failing at project \(http_status\)/);
  panel.broken = false;
  await sonar.recorded('it is up again', ({ standing }) => standing === 'up');

  const began = performance.now();
  assert.equal(await agent.stop(), 0);
  assert.ok(performance.now() - began < 2_000, `${performance.now() - began} ms`);
  const before = sonar.record();
  agent = sonar.start();
  await sonar.recorded('the bar goes on', ({ days }) => days[0].success > before.days[0].success);
  assert.equal(sonar.record().days[0].failure, before.days[0].failure);
  assert.ok(before.days[0].failure >= 2);

  // A changed configuration is followed, and one that is wrong leaves the old.
  sonar.seed(`${panel.url}/access`, { interval: 3600 });
  agent.child.kill('SIGHUP');
  await until('it follows', () => /every 3600 s/.test(agent.err));
  sonar.write('[monitor.sonar]\ntarget = []');
  agent.child.kill('SIGHUP');
  await until('the wrong one is told', () => /configuration is wrong, the old one stays: .*Did you mean "targets"/.test(agent.err));
  assertTellsNoSecret(sonar.left() + agent.err + agent.out);
});

test('a journey with a token as a client', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const panel = await startPanel(bench);
  const sonar = new SonarAgent(bench);
  writeFileSync(sonar.state('..', 'client.pw'), `${kClientSecret}\n`, { mode: 0o600 });
  sonar.write(`[monitor.sonar]
targets = [{platformName = "eu1.aws", url = "${panel.url}/access"}]
identityProvider = {issuer = "${panel.issuer}", clientId = "sonar", clientSecret_file = "client.pw", grant = "client_credentials"}
variables = {api = "${panel.url}/api"}
[[monitor.sonar.scans]]
name = "status"
steps = [
  {name = "login", oidc = true, save = {token = "$.access_token"}, secret = ["token"]},
  {name = "status", get = "{{api}}/status", bearer = "{{token}}", expect = {status = 200, json = {"$.status" = "active"}, maxMs = 5000}},
]`);
  const { code, result, text } = await sonar.once();
  assert.equal(code, 0, text);
  assert.ok(result.token_expiry > new Date().toISOString());
  panel.broken = true;
  const broken = await sonar.once();
  assert.equal(broken.code, 1);
  assert.deepEqual([failed(broken.result).class, failed(broken.result).expected, failed(broken.result).actual], ['assertion', '"active"', '"locked"']);
  const tokens = panel.seen.map(({ headers }) => headers.authorization?.slice('Bearer '.length)).filter(Boolean);
  assert.equal(tokens.length, 2);
  assertTellsNoSecret(text + broken.text + sonar.left(), [kClientSecret, ...tokens]);
});

test('a token by password, from a provider with moods', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const panel = await startPanel(bench);
  const provider = new OAuth2Server();
  await provider.issuer.keys.generate('RS256');
  await provider.start(0, '127.0.0.1');
  bench.defer(() => provider.stop());
  const issuer = provider.issuer.url;
  const sonar = new SonarAgent(bench).write(`[monitor.sonar]
username = "${kUser}"
password = ${JSON.stringify(kPassword)}
targets = [{platformName = "eu1.aws", url = "${panel.url}/access"}]
timeout = 2
identityProvider = {issuer = "${issuer}", clientId = "sonar", grant = "password"}
[[monitor.sonar.scans]]
name = "token"
steps = [{name = "login", oidc = true, save = {token = "$.access_token"}, secret = ["token"]}]`);

  let asked;
  provider.service.once('beforeResponse', (_, request) => (asked = request.body));
  assert.equal((await sonar.once()).code, 0);
  assert.deepEqual([asked.grant_type, asked.username, asked.password, asked.client_id], ['password', kUser, kPassword, 'sonar']);

  const moods = {
    invalid_grant: ['auth', (response) => Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant' } })],
    'an error of its own': ['http_status', (response) => Object.assign(response, { statusCode: 500, body: {} })],
    'no token': ['auth', (response) => Object.assign(response, { body: { token_type: 'Bearer' } })],
  };
  for (const [mood, [expected, answer]] of Object.entries(moods)) {
    provider.service.once('beforeResponse', answer);
    const { code, result, text } = await sonar.once();
    assert.equal(code, 1, mood);
    assert.equal(failed(result).class, expected, `${mood}: ${text}`);
    assertTellsNoSecret(text);
  }
});
