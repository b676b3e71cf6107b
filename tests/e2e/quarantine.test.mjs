// Quarantine: what did not fit the contract is seen by users, and after the bound was corrected it is as if there had
// been no mistake.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { contractsOf, nativeReport, postReport } from './lib/documents.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { Candor } from './lib/program.mjs';

const contract = (maxPrice, maxCount, purpose = 'improvement') => `candor = 1
[product]
name = "acme"
about = "What is used."
contact = "c@example.com"
accepts = ["native", "segment"]
[[channel]]
name = "usage"
about = "Usage."
owner = "o"
purpose = "${purpose}"
fields = [
  { path = "users", type = "integer", max = ${maxCount}, about = "Users." },
  { path = "sizes[]", type = "integer", max = ${maxCount}, about = "Sizes." },
]
[[channel.event]]
name = "signup"
about = "Somebody signed up."
fields = [
  { path = "properties.plan", type = "string", values = ["free", "paid"${maxPrice > 9 ? ', "gold"' : ''}], about = "Plan." },
  { path = "properties.price", type = "number", max = ${maxPrice}, about = "Price." },
]
[[insight]]
name = "users"
about = "Users of all installations."
path = "users"
[[insight]]
name = "sizes"
about = "All sizes together."
path = "sizes[]"
[[insight]]
name = "plans"
about = "Which plans there are."
event = "signup"
path = "properties.plan"
aggregate = "popular"
[[insight]]
name = "revenue"
about = "All prices together."
event = "signup"
path = "properties.price"
by = "properties.plan"
`;

/** A collector of the product whose contract can be written anew. */
function collectorOf(bench, text) {
  const phoenix = new Phoenix(bench, { products: ['acme'], lines: ['contracts = "."'] });
  const write = (changed) => writeFileSync(path.join(phoenix.folder, 'acme.toml'), changed);
  write(text);
  return { phoenix, write };
}

// In continuous integration, which adds to no figure.
const automated = [
  { plan: 'gold', price: 20 },
  { plan: 'paid', price: 30 },
];

const signups = [
  { plan: 'free', price: 1 },
  { plan: 'gold', price: 20 }, // nothing of it fits
  { plan: 'gold', price: 2 },
  { plan: 'paid', price: 30 },
  { plan: 'paid' },
  {},
];

async function sendAll(collector, installations) {
  const batch = signups.map((properties, i) => ({
    type: 'track',
    event: 'signup',
    anonymousId: `team-${i % 3}`,
    messageId: `s-${i}`,
    properties,
  }));
  batch.push({ type: 'track', event: 'never declared', messageId: 'x', properties: { secret: 'canary4711' } });
  const answer = await fetch(`${collector.url}/v1/batch`, { method: 'POST', body: JSON.stringify({ batch }) });
  assert.equal(answer.status, 200);
  const hashes = await contractsOf(collector);
  const events = automated.map((properties, i) => ({
    id: `ci-${i}`,
    name: 'signup',
    source: 'builds',
    automation: true,
    document: { properties },
  }));
  const candor = { format: 1, kind: 'events', product: 'acme', contract: hashes.acme, channels: ['usage'], agent: 'test' };
  const told = await fetch(`${collector.url}/v1/events`, { method: 'POST', body: JSON.stringify({ candor, events }) });
  assert.equal(told.status, 200);
  const reports = [{ users: 5, sizes: [1, 2] }, { users: 500, sizes: [1, 200, 3, 400] }, { users: 600, sizes: Array.from({ length: 12 }, (_, i) => 100 + i) }];
  for (const [i, fields] of reports.entries()) {
    const report = nativeReport('acme', hashes.acme, { header: { installation: installations[i] }, fields });
    assert.equal((await postReport(collector, report)).status, 200);
  }
  return collector.loaded('acme', batch.length + events.length + reports.length);
}

/** Everything a vendor looks at, without what is in quarantine. */
async function figures(collector) {
  const [overview, events, accounting] = await Promise.all([
    collector.overview('acme'),
    collector.json('/api/v1/products/acme/events'),
    collector.accounting('acme'),
  ]);
  const daily = await collector.ask(
    'SELECT figure, value, bucket, sumMerge(count), sumMerge(total), uniqArrayMerge(sources) FROM candor.daily ' +
      'GROUP BY figure, day, value, bucket ORDER BY figure, day, value, bucket',
  );
  const { events: named, automation } = events;
  return { installations: overview.installations, insights: overview.insights, named, automation, accounting, daily };
}

test('a corrected bound, replayed, is as if it had been right', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const installations = [randomUUID(), randomUUID(), randomUUID()];
  const right = collectorOf(bench, contract(100, 1000));
  const wanted = await right.phoenix.start();
  await right.phoenix.storeAnswers();
  await sendAll(wanted, installations);
  const expected = await figures(wanted);
  assert.equal(expected.insights.users, 1105);
  assert.equal(expected.insights.revenue, 53, 'a sum over events');
  assert.deepEqual([expected.named[0].count, expected.named[0].automation, expected.automation], [6, 2, 1]);
  const trend = await wanted.json('/api/v1/products/acme/trend?insight=revenue&days=2');
  assert.deepEqual(trend.values, [0, 53]);

  const wrong = collectorOf(bench, contract(9, 10));
  let collector = await wrong.phoenix.start();
  await wrong.phoenix.storeAnswers();
  const before = await sendAll(collector, installations);
  assertAddsUp(before);
  assert.ok(before.partly_quarantined > 0 && before.quarantined > 1);
  const candor = new Candor(bench.folder('operator'));
  const server = () => ['--server', collector.url];
  const listed = async () => (await candor.json('quarantine', 'ls', 'acme', ...server())).rows;
  const held = async () => (await listed()).filter((row) => row.held);

  await t.test('users see what is there, and nothing of what is undeclared', async () => {
    const { out } = await candor.ok('quarantine', 'ls', 'acme', ...server());
    assert.match(out, /3 +yes +not_allowed +signup: properties\.plan/);
    assert.match(out, /1 +yes +undeclared +never declared/);
    const { values } = await candor.json('quarantine', 'show', 'acme', 'signup: properties.price', ...server());
    assert.deepEqual(values.map(({ value }) => value).sort(), [20, 20, 30, 30]);
    assert.ok(!(await collector.everything()).includes('canary4711'));
    const { out: tail } = await candor.ok('tail', 'acme', '--lines', '10', ...server());
    assert.match(tail, /partly_quarantined .* signup {2}team-2\n {4}quarantined: properties\.plan \(not_allowed\)\n/);
  });

  await t.test('with the same contract nothing fits', async () => {
    const replayed = await candor.json('quarantine', 'replay', 'acme', ...server());
    assert.deepEqual([replayed.records, replayed.values], [0, 0]);
    assert.equal(replayed.held, 23);
  });

  await t.test('under a contract with another consent no report is replayed', async () => {
    await wrong.phoenix.server.stop();
    wrong.write(contract(9, 1000, 'support'));
    collector = await wrong.phoenix.start();
    await wrong.phoenix.storeAnswers();
    const replayed = await candor.json('quarantine', 'replay', 'acme', ...server());
    assert.deepEqual([replayed.records, replayed.other_consent], [0, 16]);
  });

  await t.test('of an event that is declared no more nothing is lost', async () => {
    await wrong.phoenix.server.stop();
    wrong.write(contract(100, 10).replace('name = "signup"', 'name = "signups"').replaceAll('event = "signup"', 'event = "signups"'));
    collector = await wrong.phoenix.start();
    await wrong.phoenix.storeAnswers();
    const replayed = await candor.json('quarantine', 'replay', 'acme', ...server());
    assert.deepEqual([replayed.values, replayed.lost], [0, 0]);
  });

  await t.test('corrected in two steps, the accounting moves twice', async () => {
    await wrong.phoenix.server.stop();
    wrong.write(contract(100, 10).replace('"paid", "gold"', '"paid"'));
    collector = await wrong.phoenix.start();
    await wrong.phoenix.storeAnswers();
    assert.equal((await candor.json('quarantine', 'replay', 'acme', ...server())).values, 4);
    await until('it is accounted for', async () => {
      const now = await collector.accounting('acme');
      assertAddsUp(now);
      return now.quarantined === before.quarantined - 2;
    });
  });

  await t.test('corrected, the rest is admitted, once', async () => {
    await wrong.phoenix.server.stop();
    wrong.write(contract(100, 1000));
    collector = await wrong.phoenix.start();
    await wrong.phoenix.storeAnswers();
    const replayed = await candor.json('quarantine', 'replay', 'acme', ...server());
    assert.deepEqual([replayed.values, replayed.held, replayed.lost], [19, 0, 0]);
    const again = await candor.json('quarantine', 'replay', 'acme', ...server());
    assert.equal(again.values, 0, 'what is on its way is not replayed twice');
    await until('the figures are those of the other', async () => {
      assert.deepEqual(await figures(collector), expected);
      return true;
    });
    const rows = await held();
    assert.deepEqual(rows.map(({ field }) => field), ['never declared']);
  });

  await t.test('what becomes hashed is hashed under the collector\'s key', async () => {
    const mail = 'jane.canary@customer.example';
    const batch = [{ type: 'track', event: 'signup', messageId: 'mail', properties: { plan: mail } }];
    await fetch(`${collector.url}/v1/batch`, { method: 'POST', body: JSON.stringify({ batch }) });
    await until('it is held', async () => (await held()).length === 2);
    await wrong.phoenix.server.stop();
    wrong.write(
      contract(100, 1000)
        .replace('values = ["free", "paid", "gold"]', 'class = "keyed"')
        .replace(/\[\[insight\]\]\nname = "(plans|revenue)"[^[]*/g, ''),
    );
    collector = await wrong.phoenix.start();
    await wrong.phoenix.storeAnswers();
    assert.equal((await candor.json('quarantine', 'replay', 'acme', ...server())).values, 1);
    const stored = () => collector.ask("SELECT JSONExtractString(body, 'properties', 'plan') FROM candor.events WHERE source = '' ORDER BY version DESC LIMIT 1");
    await until('it is in the store', async () => /^[0-9a-f]{64}$/.test((await stored()).trim()));
    const empty = createHmac('sha256', '').update(mail).digest('hex');
    assert.ok(!(await collector.everything()).includes(empty));
  });

  await t.test('what is dropped is gone', async () => {
    await candor.expect(2, 'quarantine', 'drop', 'acme', ...server());
    await candor.expect(2, 'quarantine', 'drop', 'acme', '--field', 'x', '--all', ...server());
    assert.equal((await candor.json('quarantine', 'drop', 'acme', '--all', ...server())).dropped, 1);
    await until('nothing is there', async () => {
      return (await held()).length === 0;
    });
  });

  await t.test('a page of another origin cannot', async () => {
    const response = await fetch(`${collector.url}/api/v1/products/acme/quarantine/replay`, { method: 'POST', body: '{}' });
    assert.equal(response.status, 415);
    const proxied = await fetch(`${collector.url}/api/v1/products/acme/quarantine`, { headers: { 'x-forwarded-for': '10.0.0.1' } });
    assert.equal(proxied.status, 403);
  });
});
