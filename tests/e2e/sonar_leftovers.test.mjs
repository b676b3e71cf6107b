// What runs of Sonar leave behind that were killed, or whose answers were lost, and who removes it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { failed, SonarAgent } from './lib/sonar.mjs';

const kKey = 'canary-key-of-the-api';
const kHourMs = 3_600_000;

/** An API that makes and removes tenants; {url, tenants, deleted, mood}. `mood` is what it does instead. */
async function startApi(bench) {
  const api = { tenants: new Map(), deleted: [], mood: '' };
  let made = 0;
  const answers = {
    POST: async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      const tenant = { id: `t/${++made}`, name: JSON.parse(body).name, createdAt: new Date().toISOString() };
      api.tenants.set(tenant.id, tenant);
      if (api.mood === 'loses answers') return request.socket.destroy();
      response.writeHead(201).end(JSON.stringify(tenant));
    },
    GET: (_, response, id) => {
      if (id && api.mood === 'hangs') return;
      response.end(JSON.stringify(id ? api.tenants.get(id) : { items: [...api.tenants.values()] }));
    },
    DELETE: (_, response, id) => {
      if (api.mood === 'keeps everything') return response.writeHead(500).end();
      api.deleted.push(id);
      response.writeHead(api.tenants.delete(id) ? 204 : 404).end();
    },
  };
  const server = http.createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${kKey}`) return response.writeHead(401).end();
    const id = decodeURIComponent(request.url.slice('/tenants/'.length));
    return answers[request.method](request, response, id);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  bench.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  api.url = `http://127.0.0.1:${server.address().port}`;
  return api;
}

const put = (api, id, name, ageMs, more = {}) =>
  api.tenants.set(id, { id, name, createdAt: new Date(Date.now() - ageMs).toISOString(), ...more });

const journey = (bench, api) =>
  new SonarAgent(bench).write(`[monitor.sonar]
targets = [{platformName = "eu1.aws", url = "${api.url}"}]
scanInterval = 1
timeout = 20
variables = {key = "${kKey}"}
[[monitor.sonar.scans]]
name = "tenant"
steps = [
  {name = "create", post = "{{url}}/tenants", bearer = "{{key}}", json = {name = "sonar-{{runId}}"}, expect = {status = 201}, save = {id = "$.id"}},
  {name = "look", get = "{{url}}/tenants/{{id}}", bearer = "{{key}}"},
  {name = "cleanup", delete = "{{url}}/tenants/{{id}}", bearer = "{{key}}", always = true, expect = {status = [204, 404]}, secret = ["key"]},
  {name = "leftovers", get = "{{url}}/tenants", bearer = "{{key}}", always = true, sweep = {items = "$.items", name = "$.name", prefix = "sonar-", created = "$.createdAt", olderThan = 3600, delete = "{{url}}/tenants/{{id}}"}},
]`);

test('what a killed run left is removed by a later one, and nothing else', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const api = await startApi(bench);
  const sonar = journey(bench, api);
  api.mood = 'hangs';
  const agent = sonar.start();
  const left = await until('a run is under way', () => [...api.tenants.values()][0]);
  agent.child.kill('SIGKILL');
  await once(agent.child, 'exit');
  api.mood = '';

  // It is too young as yet: another agent may still be at it.
  assert.equal((await sonar.once()).result.steps[3].removed, 0);
  assert.ok(api.tenants.has(left.id));
  put(api, left.id, left.name, 2 * kHourMs);
  put(api, 'c1', 'customer-of-somebody', 2 * kHourMs);
  put(api, 's1', 'sonar-of-another-agent', kHourMs / 2);
  put(api, 's2', 'sonar-without-a-time', 0, { createdAt: null });
  const { code, result, text } = await sonar.once();
  assert.equal(code, 0, text);
  assert.equal(result.steps[3].removed, 1);
  assert.deepEqual([...api.tenants.keys()].sort(), ['c1', 's1', 's2']);
  assert.ok(!text.includes(kKey));

  put(api, 's1', 'sonar-of-another-agent', 2 * kHourMs);
  const { out } = await sonar.ok('sonar', 'run', '--once');
  assert.match(out, /\n {2}leftovers {2}ok +\d+ ms {2}204\n +removed 1 leftover of older runs\n$/);
});

test('what cannot be removed is told, and found by the next run', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const api = await startApi(bench);
  const sonar = journey(bench, api);
  put(api, 'old', 'sonar-1', 2 * kHourMs);
  put(api, 'older', 'sonar-2', 3 * kHourMs);
  api.mood = 'keeps everything';
  const kept = await sonar.once();
  assert.equal(kept.code, 1);
  assert.deepEqual(kept.result.steps.map(({ ok }) => ok), [true, true, false, false]);
  assert.equal(kept.result.left_something, true);
  assert.equal(kept.result.steps[3].class, 'cleanup');
  assert.match(kept.result.steps[3].problem, /^2 of 2 leftovers of older runs are still there: DELETE .*\/tenants\/old: the answer is 500/);

  // The answer to what was made is lost: it may be there.
  api.mood = 'loses answers';
  const lost = await sonar.once();
  assert.deepEqual([failed(lost.result).name, failed(lost.result).class], ['create', 'connect']);
  assert.equal(lost.result.left_something, true);
  assert.match(lost.result.steps[2].problem, /no value for \{\{id\}\}, and create may have made something/);
  assert.equal(lost.result.steps[3].removed, 2);

  api.mood = '';
  for (const { id, name } of [...api.tenants.values()]) put(api, id, name, 2 * kHourMs);
  assert.equal(api.tenants.size, 2);
  assert.equal((await sonar.once()).result.steps[3].removed, 2);
  assert.equal(api.tenants.size, 0);
});
