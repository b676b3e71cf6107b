// `candor tail` shows what arrives and what was dropped and why, and never a value.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { contractsOf, nativeReport, post, postReport } from './lib/documents.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { environment, kCandor, run } from './lib/program.mjs';

const kCanary = 'canary0815';

test('tail shows arrivals live, with drops, quarantine and reasons', async (t) => {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['stone', 'mesh'] });
  const collector = await phoenix.start();
  const { stone } = await contractsOf(collector);
  const tail = bench.start(kCandor, ['tail', 'stone', '--server', collector.url], {
    env: environment(),
  });
  const shows = (what) => until(`tail shows ${what}`, () => what.test(tail.out), { within: 5_000 });

  const installation = randomUUID();
  const fields = {
    osd: { count: 2, names: [kCanary] },
    rgw: { summary: kCanary },
    mon: { count: kCanary },
    secret: kCanary,
    ['esc\u001b[31m\u009b2J\nnew line']: kCanary,
  };
  const body = nativeReport('stone', stone, { header: { installation }, fields });
  assert.equal((await postReport(collector, body)).json.status, 'partly_quarantined');
  await shows(
    new RegExp(
      `native +partly_quarantined +\\d+ B +${installation}\n +dropped: .*osd\\.names \\(undeclared\\)`,
    ),
  );
  assert.match(tail.out, /secret \(undeclared\)/);
  assert.match(tail.out, /rgw\.summary \(never\)/);
  assert.match(tail.out, /quarantined: mon\.count \(wrong_type\)/);
  assert.match(tail.out, /esc\?\[31m\?2J\?new line \(undeclared\)/);

  await postReport(collector, body);
  await shows(/native +duplicate/);
  await post(`${collector.url}/v1/reports`, nativeReport('stone', 'f'.repeat(64)));
  await shows(/native +refused +unknown_contract/);
  await post(`${collector.url}/p/stone/v1/reports`, kCanary);
  await shows(/native +refused +bad_document/);
  const cluster = {
    report_id: randomUUID().toUpperCase(),
    report_timestamp: new Date().toISOString().slice(0, -1),
    osd: { count: 1 },
  };
  await post(`${collector.url}/report`, JSON.stringify(cluster), { method: 'PUT' });
  await shows(new RegExp(`ceph +accepted +\\d+ B +${cluster.report_id.toLowerCase()}`));
  await post(
    `${collector.url}/device`,
    JSON.stringify({ d1: { '20261121-070000': { serial_number: kCanary } } }),
    { method: 'PUT' },
  );
  await shows(/ceph +accepted .*\n +dropped: +devices\.\*\.\*\.serial_number \(never\)/);
  assert.ok(!tail.out.includes(kCanary), tail.out);
  assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(tail.out), JSON.stringify(tail.out));
  assert.equal(await tail.stop('SIGINT'), 'SIGINT');

  const shown = await run(kCandor, ['tail', 'stone', '--server', collector.url, '--json']);
  assert.equal(shown.code, 0, shown.err);
  assert.equal(JSON.parse(shown.out).arrivals.length, 6);
  assert.ok(!shown.out.includes(kCanary), shown.out);
  const two = await run(kCandor, ['tail', 'stone', '--server', collector.url, '--lines', '2']);
  assert.equal(two.out.split('\n').filter((line) => /^\d{4}-/.test(line)).length, 2);
});

test('tail says why there is nothing to see', async (t) => {
  const phoenix = new Phoenix(new Bench(t), { products: ['stone'] });
  const collector = await phoenix.start();
  const unknown = await run(kCandor, ['tail', 'stoen', '--server', collector.url]);
  assert.equal(unknown.code, 1, unknown.err);
  assert.match(unknown.err, /no such product/);
  await phoenix.server.stop();
  const away = await run(kCandor, ['tail', 'stone', '--server', collector.url]);
  assert.equal(away.code, 69, away.err);
});
