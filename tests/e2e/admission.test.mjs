// What becomes of a report's parts: kept, put into quarantine, dropped without a trace of its value; and of one that comes again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { until } from './lib/bench.mjs';
import { chunked, post, postReport, rawExchange } from './lib/documents.mjs';
import { startTwoProducts } from './lib/two_products.mjs';

const kDay = 24 * 3600 * 1000;
const kCanary = 'canary4711';

const ago = (ms) => new Date(Date.now() - ms).toISOString();

test('values out of bounds go to quarantine, the rest of the report is kept', async (t) => {
  const { collector, stone } = await startTwoProducts(t);
  const cases = [
    [
      { osd: { count: -5 }, mon: { count: 3 } },
      'partly_quarantined',
      ['osd.count', 'integer', '-5'],
    ],
    [
      { osd: { count: 1_000_001 }, mon: { count: 3 } },
      'partly_quarantined',
      ['osd.count', 'integer', '1000001'],
    ],
    [
      { osd: { count: 2.5 }, mon: { count: 3 } },
      'partly_quarantined',
      ['osd.count', 'number', '2.5'],
    ],
    [
      { osd: { count: `quarantined ${kCanary}` }, mon: { count: 3 } },
      'partly_quarantined',
      ['osd.count', 'string', `"quarantined ${kCanary}"`],
    ],
    [{ osd: { count: -6 } }, 'quarantined', ['osd.count', 'integer', '-6']],
    [
      { created: 'x'.repeat(41), mon: { count: 3 } },
      'partly_quarantined',
      ['created', 'string', `"${'x'.repeat(41)}"`],
    ],
  ];
  const expected = [];
  for (const [fields, status, [path, type, value]] of cases) {
    const installation = randomUUID();
    const answer = await postReport(collector, stone({ header: { installation }, fields }));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.status, status, answer.text);
    assert.deepEqual(
      answer.json.quarantined.map((row) => [row.path, row.type]),
      [[path, type]],
    );
    assert.ok(!answer.text.includes(kCanary), 'the answer has the value');
    expected.push([installation, path, type, value]);
  }
  await collector.loaded('stone', cases.length);
  for (const [installation, path, type, value] of expected) {
    const row = await collector.ask(
      `SELECT path, type, value FROM candor.quarantine WHERE installation = '${installation}' FORMAT JSONCompactEachRow`,
    );
    assert.deepEqual(JSON.parse(row), [path, type, value]);
    const body = await collector.ask(
      `SELECT body FROM candor.reports WHERE installation = '${installation}' FORMAT TSVRaw`,
    );
    const kept = JSON.parse(body);
    assert.equal(kept.osd?.count ?? kept.created, undefined, body);
    assert.ok(body.length < 60, body);
  }
  const { partly_quarantined, quarantined } = await collector.accounting('stone');
  assert.deepEqual({ partly_quarantined, quarantined }, { partly_quarantined: 5, quarantined: 1 });
  assert.equal(
    await collector.ask(`SELECT count() FROM candor.report_values WHERE text LIKE '%${kCanary}%'`),
    '0\n',
  );
});

test('what is not declared is found nowhere in the data folder, but its path and reason are counted', async (t) => {
  const { phoenix, collector, stone } = await startTwoProducts(t);
  const fields = {
    secret: kCanary,
    osd: { count: 2, names: [kCanary, kCanary], deep: { deeper: kCanary } },
    mon: { count: { [kCanary]: 1 } }, // a structure where a number belongs
    rgw: { count: 1, summary: kCanary }, // class "never"
  };
  const answer = await postReport(collector, stone({ header: { owner: kCanary }, fields }));
  assert.equal(answer.json.status, 'accepted', answer.text);
  const dropped = Object.fromEntries(answer.json.dropped.map(({ path, reason }) => [path, reason]));
  assert.deepEqual(dropped, {
    secret: 'undeclared',
    'osd.names': 'undeclared',
    'osd.deep': 'undeclared',
    'mon.count': 'wrong_type',
    'rgw.summary': 'never',
  });
  const device = {
    disk1: {
      '20261121-070000': {
        serial_number: kCanary,
        [`smart_${kCanary.length}`]: kCanary,
        host_id: 'h',
      },
    },
  };
  assert.equal(
    (await post(`${collector.url}/device`, JSON.stringify(device), { method: 'PUT' })).status,
    200,
  );
  // Refused documents leave nothing of theirs either.
  await post(`${collector.url}/v1/reports`, `{"${kCanary}": `);
  await post(
    `${collector.url}/v1/reports`,
    stone({ header: { sealed_at: ago(50 * kDay) }, fields: { created: kCanary } }),
  );
  const forged = {
    'X-Forwarded-For': `203.0.113.77, ${kCanary}`,
    'User-Agent': kCanary,
    Cookie: kCanary,
  };
  assert.equal((await postReport(collector, stone(), { headers: forged })).status, 200);
  await collector.loaded('stone', 4);
  const rows = await collector.ask(
    "SELECT path, reason, sum(count) FROM candor.drops WHERE product = 'stone' GROUP BY path, reason ORDER BY path FORMAT TSV",
  );
  for (const [path, reason] of Object.entries(dropped))
    assert.ok(rows.includes(`${path}\t${reason}\t1\n`), rows);
  assert.match(rows, /devices\.\*\.\*\.serial_number\tnever\t1\n/);
  assert.ok(!(await collector.everything()).includes(kCanary), 'the store has the value');
  assert.equal(await phoenix.server.stop(), 0);
  assert.throws(
    () => execFileSync('grep', ['-r', '-a', '-l', kCanary, collector.data]),
    { status: 1 },
    'the data folder has the value',
  );
  assert.throws(
    () => execFileSync('grep', ['-r', '-a', '-l', '203.0.113.77', collector.data]),
    { status: 1 },
    'the data folder has an address',
  );
  assert.ok(
    !phoenix.server.err.includes(kCanary) && !phoenix.server.err.includes('203.0.113.77'),
    phoenix.server.err,
  );
});

test('a report that comes again is a duplicate, also all at once, packed otherwise, and after a restart', async (t) => {
  const { phoenix, collector, stone } = await startTwoProducts(t);
  const body = stone({ fields: { osd: { count: 4 } } });
  const answers = await Promise.all(Array.from({ length: 20 }, () => postReport(collector, body)));
  assert.deepEqual(answers.map(({ json }) => json.status).toSorted(), [
    'accepted',
    ...Array(19).fill('duplicate'),
  ]);
  const packed = await post(`${collector.url}/p/stone/v1/reports`, gzipSync(body), {
    headers: { 'Content-Encoding': 'gzip' },
  });
  assert.equal(packed.json.status, 'duplicate', packed.text);
  const chunks = await rawExchange(collector.url, [
    'POST /v1/reports HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
    ...chunked(Buffer.from(body), 7),
  ]);
  assert.equal(chunks[0].json.status, 'duplicate', chunks[0].text);
  await until('it is counted', async () => (await collector.accounting('stone')).duplicates === 21);
  await phoenix.server.stop();
  await phoenix.start();
  const later = await postReport(phoenix.collector, body);
  assert.equal(later.json.status, 'duplicate', later.text);
  await phoenix.storeAnswers();
  await until(
    'the last one is counted',
    async () => (await phoenix.collector.accounting('stone')).duplicates === 22,
  );
  assert.equal(await phoenix.collector.ask('SELECT count() FROM candor.reports'), '1\n');
  assert.equal((await phoenix.collector.accounting('stone')).accepted, 1);
});
