// Metrics of services: what the contract lists is offered, what customers are called is not; and no service holds up
// the others.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { metricsIn } from './lib/exposition.mjs';
import { ask, basic, serve, startMonitored } from './lib/monitored.mjs';

const kCanary = 'workspace-canary-4711';
const kSecret = 'canary-password-of-the-exporter';

const kProduct = `# HELP acme_api_requests_total Requests of ${kCanary}.
# TYPE acme_api_requests_total counter
acme_api_requests_total{code="200",workspace="${kCanary}",path="/api/${kCanary}"} 10
acme_api_requests_total{code="500",workspace="${kCanary}",path="/api/${kCanary}"} 1
# TYPE acme_api_seconds histogram
acme_api_seconds_bucket{le="0.1"} 4
acme_api_seconds_bucket{le="+Inf"} 5
acme_api_seconds_sum 1.5
acme_api_seconds_count 5
# TYPE acme_projects gauge
acme_projects{workspace="${kCanary}"} 3
acme_projects{workspace="another-${kCanary}"} 4
# TYPE acme_customers gauge
acme_customers{name="${kCanary}"} 1
# TYPE up gauge
up 0
`;

const scrape = (name, url, more = '') => `[[monitor.scrape]]\nname = "${name}"\nurl = "${url}"\n${more}`;

test('what the contract lists of a product', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const seen = [];
  let page = kProduct;
  const product = await serve(bench, (request, response) => {
    seen.push(request.headers);
    const isKnown = request.headers.authorization === basic('candor', kSecret).authorization;
    response.statusCode = isKnown ? 200 : 401;
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(isKnown ? page : 'no');
  });
  const { url, agent, candor } = await startMonitored(bench, {
    toml: scrape('acme', `${product}/metrics`, 'username = "candor"\npassword_file = "password"\n'),
    files: { password: `${kSecret}\n` },
  });
  const offered = async (headers = {}) => (await ask(`${url}/metrics`, { headers })).body;
  const body = await offered();
  const { samples } = metricsIn(body);
  const named = (name) => [...samples.entries()].filter(([series]) => series.split('{')[0] === name);

  await t.test('is offered with its labels, and job', () => {
    const requests = named('acme_api_requests_total');
    assert.equal(requests.length, 2);
    const hashes = new Set();
    for (const [series, value] of requests) {
      const [, code, job, hash] = /\{code="(\d+)",workspace="[0-9a-f]{64}",job="acme"\}/.exec(series)
        ? /code="(\d+)".*job="(\w+)"/.exec(series).concat(/workspace="(\w+)"/.exec(series)[1])
        : assert.fail(series);
      assert.equal(job, 'acme');
      assert.equal(value, code === '200' ? 10 : 1);
      hashes.add(hash);
    }
    assert.equal(hashes.size, 1, 'one workspace, one hash');
    assert.equal(samples.get('acme_api_seconds_bucket{le="0.1",job="acme"}'), 4);
    assert.equal(samples.get('acme_api_seconds_count{job="acme"}'), 5);
    assert.equal(samples.get('up{job="acme"}'), 1);
  });

  await t.test('what it does not list is counted, and left out', () => {
    assert.deepEqual(named('acme_customers'), []);
    assert.equal(samples.get('candor_scrape_samples{job="acme",outcome="undeclared"}'), 1);
    assert.equal(samples.get('candor_scrape_samples{job="acme",outcome="kept"}'), 6);
  });

  await t.test('what would be one without its labels is left out, and told', () => {
    assert.deepEqual(named('acme_projects'), []);
    assert.equal(samples.get('candor_scrape_samples{job="acme",outcome="collided"}'), 2);
    assert.match(agent.err, /metrics of acme: samples of acme_projects are left out/);
  });

  await t.test('a metric of another type than the contract says is left out', async () => {
    page = kProduct.replace('acme_api_requests_total counter', 'acme_api_requests_total gauge');
    const lied = metricsIn(await offered()).samples;
    assert.equal(lied.get('candor_scrape_samples{job="acme",outcome="wrong_type"}'), 2);
    page = 'acme_projects{a="b} 1\n';
    const broken = metricsIn(await offered()).samples;
    assert.equal(broken.get('up{job="acme"}'), 0);
    const { services } = JSON.parse((await ask(`${url}/actuator/health`)).body).components;
    assert.equal(services.components.acme.status, 'UNREACHABLE');
    assert.match(services.components.acme.details.trouble, /line 1/);
    page = kProduct;
    assert.equal(metricsIn(await offered()).samples.get('up{job="acme"}'), 1);
    await until('it is told', () => agent.err.includes('metrics of acme are there again'));
  });

  await t.test('the service hears for how long it is waited', () => {
    assert.match(seen[0].accept, /^application\/openmetrics-text/);
    assert.equal(seen[0]['x-prometheus-scrape-timeout-seconds'], '5.000');
  });

  await t.test('nobody reads what workspaces are called, or the password', async () => {
    const key = readFileSync(candor.state('monitor.key'), 'utf8');
    const shown = [body, await offered({ accept: 'application/openmetrics-text' }), agent.err, agent.out,
      (await ask(`${url}/actuator/health`)).body]; // prettier-ignore
    for (const text of shown)
      for (const secret of [kCanary, kSecret, key.trim()]) assert.ok(!text.includes(secret), secret);
  });

  await t.test('a hash is the same after a new start, and nothing else stays', async () => {
    const line = /^acme_api_requests_total\{code="200".*$/m;
    assert.equal(await agent.stop(), 0, agent.err);
    const { url: again } = await startMonitored(bench, {
      toml: `state = "${candor.state()}"\n${scrape('acme', `${product}/metrics`, 'username = "candor"\npassword_file = "password"\n')}`,
      files: { password: `${kSecret}\n` },
    });
    assert.equal(line.exec((await ask(`${again}/metrics`)).body)[0], line.exec(body)[0]);
  });
});

test('services that mean no good', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  let redirected = 0;
  const elsewhere = await serve(bench, (_request, response) => {
    ++redirected;
    response.end('acme_projects 1\n');
  });
  const bad = {
    hangs: () => {},
    trickles: (_request, response) => {
      response.write('acme_projects');
      const more = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(more));
    },
    endless: (_request, response) => {
      const line = `# ${'x'.repeat(65_000)}\n`;
      const more = () => {
        while (response.writable && response.write(line)) continue;
      };
      response.on('drain', more);
      more();
    },
    many: (_request, response) => {
      const lines = Array.from({ length: 60_000 }, (_, i) => `acme_projects{i="${i}"} 1\n`);
      response.end(lines.join(''));
    },
    redirects: (_request, response) => {
      response.writeHead(302, { location: `${elsewhere}/metrics` });
      response.end();
    },
    resets: (request) => request.socket.resetAndDestroy(),
    bytes: (_request, response) => response.end(Buffer.from('# HELP acme_projects \xff\nacme_api_requests_total{code="\xff"} 1\n', 'latin1')),
    garbage: (_request, response) => response.end(Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x7b])),
    twice: (_request, response) => response.end('acme_projects 1\nacme_projects 2\n'),
    html: (_request, response) => response.end('<!doctype html><title>Sign in</title>'),
  };
  const scrapes = [];
  for (const [name, listener] of Object.entries(bad)) scrapes.push(scrape(name, await serve(bench, listener)));
  const good = await serve(bench, (_request, response) =>
    response.end('# TYPE acme_projects gauge\nacme_projects{hostile="\\"\\\\\\n{}"} 7\n'));
  scrapes.push(scrape('good', good), scrape('nobody', `http://127.0.0.1:1/metrics?token=${kSecret}`));
  const { url, agent } = await startMonitored(bench, { toml: scrapes.join('') });

  const began = Date.now();
  const { body, status } = await ask(`${url}/metrics`, { headers: { 'x-prometheus-scrape-timeout-seconds': '2' } });
  const took = Date.now() - began;
  const { samples } = metricsIn(body);
  await t.test('are down, and the others are there in time', () => {
    assert.equal(status, 200);
    assert.ok(took < 2_500, `${took} ms`);
    const down = [...Object.keys(bad), 'nobody'].filter((name) => name !== 'bytes');
    for (const name of down) assert.equal(samples.get(`up{job="${name}"}`), 0, name);
    // What is no text is left out alone.
    assert.equal(samples.get('candor_scrape_samples{job="bytes",outcome="wrong_type"}'), 1);
    assert.ok(!body.includes('\ufffd'));
    assert.equal(samples.get('up{job="good"}'), 1);
    assert.equal(samples.get('acme_projects{job="good"}'), 7);
    assert.equal([...samples.keys()].filter((series) => series.startsWith('acme_')).length, 1);
    assert.equal(redirected, 0, 'no redirect is followed');
  });
  await t.test('each is told in the log, once', async () => {
    await ask(`${url}/metrics`, { headers: { 'x-prometheus-scrape-timeout-seconds': '1' } });
    for (const name of [...Object.keys(bad), 'nobody'].filter((name) => name !== 'bytes'))
      assert.ok(agent.err.includes(`metrics of ${name}: `), name);
    assert.equal(agent.err.split('metrics of redirects: ').length, 2);
  });
  await t.test('nobody reads what stands in an address', async () => {
    const health = (await ask(`${url}/actuator/health`)).body;
    for (const text of [body, health, agent.err]) assert.ok(!text.includes(kSecret));
  });
  await t.test('the agent stays small', () => {
    const resident = /VmHWM:\s+(\d+) kB/.exec(readFileSync(path.join('/proc', String(agent.child.pid), 'status'), 'utf8'))[1];
    assert.ok(Number(resident) < 96 * 1024, `${resident} kB`);
  });
});
