// Hostile and broken requests: each gets its status and a sentence, nothing is half stored, and the next request is served.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { contractsOf, nativeReport, post, postReport, rawExchange } from './lib/documents.mjs';
import { Phoenix } from './lib/phoenix.mjs';

const kDay = 24 * 3600 * 1000;
const kMaxReport = 8 << 20;
const kMemoryMargin = 32 * 1024; // KiB that the collector may hold more afterwards
const kCanary = 'canary4711';

const ago = (ms) => new Date(Date.now() - ms).toISOString();
const nest = (depth) => '['.repeat(depth) + ']'.repeat(depth);

async function start(t) {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['stone', 'mesh'] });
  appendFileSync(phoenix.config, 'write_keys = ["key-of-mesh"]\nrequire_key = true\n');
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  const hashes = await contractsOf(collector);
  return { phoenix, collector, hashes, stone: (more) => nativeReport('stone', hashes.stone, more), mesh: (more) => nativeReport('mesh', hashes.mesh, more) };
}

// A request as bytes, for what no HTTP library would send.
function bytesOf(head, body = '') {
  const lines = [...head, ...(head.some((line) => /^(content-length|transfer-encoding):/i.test(line)) ? [] : [`Content-Length: ${Buffer.byteLength(body)}`])];
  return [`${lines.join('\r\n')}\r\n\r\n`, body];
}

const chunked = (bytes, size = 65536) => {
  const parts = [];
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    parts.push(`${part.length.toString(16)}\r\n`, part, '\r\n');
  }
  return [...parts, '0\r\n\r\n'];
};

/** What is refused: [name, request → answer, status, reason, what the sentence says, product it is counted for]. */
function refusals({ collector, hashes, stone, mesh }) {
  const report = (body, options) => () => post(`${collector.url}/v1/reports`, body, options);
  const to = (method, address, body, headers) => () => post(`${collector.url}${address}`, body, { method, headers });
  const raw = (head, body) => async () => (await rawExchange(collector.url, bytesOf(head, body)))[0];
  const encoded = (coding, bytes) => report(bytes, { headers: { 'Content-Encoding': coding } });
  const ceph = (more = {}) => JSON.stringify({ report_id: randomUUID(), report_timestamp: ago(0).slice(0, -1), osd: { count: 1 }, ...more });
  const good = stone({ fields: { osd: { count: 1 } } });
  const zeros = Buffer.alloc(64 << 20, ' ');
  const big = Buffer.alloc(kMaxReport + 1, ' ');
  return [
    // The document.
    ['not JSON', report('this is no report'), 400, 'bad_document', /JSON/, ''],
    ['nothing', report(''), 400, 'bad_document', /JSON/, ''],
    ['a list', report('[1, 2]'), 400, 'bad_document', /object/, ''],
    ['JSON cut short', report(good.slice(0, -10)), 400, 'bad_document', /JSON/, ''],
    ['JSON and something behind it', report(`${good}{}`), 400, 'bad_document', /JSON/, ''],
    ['no header', report('{"osd": {"count": 1}}'), 400, 'bad_document', /"candor" header/, ''],
    ['another format', report(stone({ header: { format: 2 } })), 400, 'bad_document', /format 1/, ''],
    ['300 lists in each other', report(stone().replace(/\}\s*$/, `, "x": ${nest(300)}}`)), 400, 'bad_document', /deep/, ''],
    ['300 lists and nothing else', report(nest(300)), 400, 'bad_document', /deep/, ''],
    ['a million open brackets', report('['.repeat(1_000_000)), 400, 'bad_document', /JSON|deep/, ''],
    ['no id', report(stone({ header: { installation: undefined } })), 400, 'bad_document', /UUID/, ''],
    ['an id that is none', report(stone({ header: { installation: '../../etc/passwd' } })), 400, 'bad_document', /UUID/, ''],
    ['no time', report(stone({ header: { sealed_at: 'yesterday' } })), 400, 'bad_document', /RFC 3339/, ''],
    ['invalid UTF-8', report(Buffer.concat([Buffer.from(stone({ fields: { created: '' } }).replace('"created": "', '"created": "@').split('@')[0]), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"\n}\n')])), 400, 'bad_document', /UTF-8/, ''],
    ['a number no machine has', report(stone().replace(/\}\s*$/, ', "osd": {"count": 1e999}}')), 400, 'bad_document', /number/, ''],
    ['40 days old', report(stone({ header: { sealed_at: ago(40 * kDay) } })), 400, 'outside_time_window', /35 days.*clock/, 'stone'],
    ['from tomorrow', report(stone({ header: { sealed_at: ago(-kDay) } })), 400, 'outside_time_window', /future.*clock/, 'stone'],
    // Where it goes.
    ['unknown product', report(nativeReport('nonesuch', hashes.stone)), 404, 'unknown_product', /product/, ''],
    ['unknown product in the path', to('POST', '/p/nonesuch/v1/reports', good), 400, 'other_product', /nonesuch/, ''],
    ['another product in the path', to('POST', '/p/mesh/v1/reports', good), 400, 'other_product', /stone.*mesh/, 'mesh'],
    ['unknown product of a cluster', to('PUT', '/p/nonesuch/report', ceph()), 404, 'unknown_product', /product/, ''],
    ['a product that takes no such protocol', to('PUT', '/p/mesh/report?key=key-of-mesh', ceph()), 404, 'unknown_product', /ceph/, 'mesh'],
    ['a wrong key', to('POST', '/v1/reports?key=wrong', good), 401, 'invalid_write_key', /key/, 'stone'],
    ['a wrong key as user', to('POST', '/v1/reports', mesh(), { Authorization: `Basic ${btoa('wrong:')}` }), 401, 'invalid_write_key', /key/, 'mesh'],
    ['another product\'s key', to('POST', '/v1/reports?key=key-of-mesh', good), 401, 'invalid_write_key', /key/, 'stone'],
    ['a missing key', report(mesh()), 401, 'invalid_write_key', /write key/, 'mesh'],
    ['an unknown contract', report(nativeReport('stone', 'a'.repeat(64))), 409, 'unknown_contract', /contract/, 'stone'],
    ['a contract of another product', report(nativeReport('stone', hashes.mesh)), 409, 'unknown_contract', /contract/, 'stone'],
    ['a contract that is a path', report(nativeReport('stone', '../contracts/x')), 409, 'unknown_contract', /contract/, 'stone'],
    // What it is packed in.
    ['a wrong idempotency key', report(good, { headers: { 'Idempotency-Key': 'a'.repeat(64) } }), 400, 'damaged', /Send it again/, ''],
    ['gzip cut short', encoded('gzip', gzipSync(good).subarray(0, -9)), 400, 'bad_encoding', /gzip/, ''],
    ['gzip with something behind it', encoded('gzip', Buffer.concat([gzipSync(good), Buffer.from('x')])), 400, 'bad_encoding', /gzip/, ''],
    ['no gzip at all', encoded('gzip', good), 400, 'bad_encoding', /gzip/, ''],
    ['a gzip bomb', encoded('gzip', gzipSync(zeros)), 400, 'bad_encoding', /8388608/, ''],
    ['a zstd bomb', encoded('zstd', zstdCompressSync(zeros)), 400, 'bad_encoding', /8388608/, ''],
    ['zstd cut short', encoded('zstd', zstdCompressSync(Buffer.from(good)).subarray(0, -3)), 400, 'bad_encoding', /zstd/, ''],
    ['an unknown encoding', encoded('br', good), 415, 'unknown_encoding', /gzip/, ''],
    ['a body over the limit', report(big), 413, 'too_large', /larger/, ''],
    ['a length over the limit', raw(['POST /v1/reports HTTP/1.1', 'Host: x', `Content-Length: ${1 << 30}`]), 413, 'too_large', /larger/, ''],
    ['a body over the limit in chunks', async () => (await rawExchange(collector.url, ['POST /v1/reports HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', ...chunked(big)]))[0], 413, 'too_large', /larger/, ''],
    ['a body where none belongs', to('POST', '/nonesuch', Buffer.alloc(70_000)), 413, 'too_large', /larger/, ''],
    // Ceph's own.
    ['not JSON from a cluster', to('PUT', '/report', 'status: ok'), 400, 'bad_document', /JSON/, 'stone'],
    ['300 lists from a cluster', to('PUT', '/report', ceph().replace(/\}$/, `, "x": ${nest(300)}}`)), 400, 'bad_document', /deep/, 'stone'],
    ['a list from a cluster', to('PUT', '/report', '[]'), 400, 'bad_document', /object/, 'stone'],
    ['no report_id', to('PUT', '/report', ceph({ report_id: undefined })), 400, 'no_report_id', /report_id/, 'stone'],
    ['a report_id that is none', to('PUT', '/report', ceph({ report_id: 'x' })), 400, 'no_report_id', /report_id/, 'stone'],
    ['a report_timestamp that is none', to('PUT', '/report', ceph({ report_timestamp: 'noon' })), 400, 'bad_timestamp', /report_timestamp/, 'stone'],
    ['40 days old from a cluster', to('PUT', '/p/stone/report', ceph({ report_timestamp: ago(40 * kDay) })), 400, 'outside_time_window', /clock/, 'stone'],
    ['invalid UTF-8 from a cluster', to('PUT', '/report', Buffer.from(ceph({ created: '\xff' }), 'latin1')), 400, 'bad_document', /UTF-8/, 'stone'],
    ['a gzip bomb from a cluster', to('PUT', '/report', gzipSync(Buffer.alloc(65 << 20, ' ')), { 'Content-Encoding': 'gzip' }), 400, 'bad_encoding', /67108864/, 'stone'],
    ['devices that are not JSON', to('PUT', '/device', 'x'), 400, 'bad_document', /JSON/, 'stone'],
    ['no devices', to('PUT', '/device', ''), 400, 'bad_document', /JSON/, 'stone'],
    ['devices that break out of their place', to('PUT', '/device', '{}, "osd": {"count": 9}'), 400, 'bad_document', /JSON/, 'stone'],
    ['a list of devices', to('PUT', '/device', '[]'), 400, 'bad_document', /object/, 'stone'],
  ];
}

/** Requests that are no documents at all: answered, counted nowhere. */
function otherRequests({ collector, stone }) {
  const raw = (head, body) => async () => (await rawExchange(collector.url, bytesOf(head, body)))[0];
  const to = (method, address, body) => () => post(`${collector.url}${address}`, body, { method });
  return [
    ['PUT of a native report', to('PUT', '/v1/reports', stone()), 405, 'method_not_allowed', /POST/],
    ['GET of reports', to('GET', '/v1/reports'), 405, 'method_not_allowed', /POST/],
    ['POST of a cluster', to('POST', '/p/stone/report', '{}'), 405, 'method_not_allowed', /PUT/],
    ['DELETE of devices', to('DELETE', '/device'), 405, 'method_not_allowed', /PUT/],
    ['POST to a page', to('POST', '/p/stone', '{}'), 405, 'method_not_allowed', /read/],
    ['no such page', to('GET', '/../../etc/passwd'), 404, 'not_found', /address/],
    ['no HTTP', async () => (await rawExchange(collector.url, ['HELO collector\r\n\r\n']))[0], 400, 'bad_request', /HTTP/],
    ['a target that is no path', raw(['POST v1/reports HTTP/1.1', 'Host: x']), 400, 'bad_request', /path/],
    ['a zero byte in the path', raw(['POST /v1/reports%00 HTTP/1.1', 'Host: x']), 400, 'bad_request', /path/],
    ['a huge header', raw(['GET /version HTTP/1.1', 'Host: x', `X-Padding: ${'x'.repeat(100_000)}`]), 431, 'header_too_large', /header/],
    ['two lengths', raw(['POST /v1/reports HTTP/1.1', 'Host: x', 'Content-Length: 2', 'Content-Length: 3'], '{}'), 400, 'bad_request', /HTTP/],
    ['a length and chunks', raw(['POST /v1/reports HTTP/1.1', 'Host: x', 'Content-Length: 2', 'Transfer-Encoding: chunked'], '0\r\n\r\n'), 400, 'bad_request', /HTTP/],
    ['a length that is none', raw(['POST /v1/reports HTTP/1.1', 'Host: x', 'Content-Length: -1'], '{}'), 400, 'bad_request', /HTTP/],
  ];
}

function assertTellsWhy(name, answer, status, reason, sentence) {
  assert.ok(answer, `${name}: no answer`);
  assert.equal(answer.status, status, `${name}: ${answer.status} ${answer.text}`);
  assert.equal(answer.json?.schema_version, 1, `${name}: ${answer.text}`);
  assert.equal(answer.json.error.reason, reason, `${name}: ${answer.text}`);
  assert.match(answer.json.error.message, sentence, name);
  assert.match(answer.json.error.message, /^[A-Z].*[.…]$/s, `${name} is answered with no sentence`);
}

async function countsOf(collector) {
  const rows = await collector.ask('SELECT product, outcome, sum(count) FROM candor.accounting GROUP BY product, outcome FORMAT TSV');
  return Object.fromEntries(rows.trim().split('\n').filter(Boolean).map((row) => {
    const [product, outcome, count] = row.split('\t');
    return [`${product}:${outcome}`, Number(count)];
  }));
}

test('what cannot be taken is refused with a sentence, counted, and leaves nothing behind', async (t) => {
  const setup = await start(t);
  const { phoenix, collector, stone } = setup;
  const before = phoenix.memory();
  const expected = {};
  const failures = [];
  for (const [name, request, status, reason, sentence, product] of refusals(setup)) {
    try {
      assertTellsWhy(name, await request(), status, reason, sentence);
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
    expected[`${product}:refused`] = (expected[`${product}:refused`] ?? 0) + 1;
    const next = await postReport(collector, stone({ header: { automation: true } }));
    assert.equal(next.json?.status, 'accepted', `after ${name}: ${next.text}`);
    expected['stone:accepted'] = (expected['stone:accepted'] ?? 0) + 1;
  }
  for (const [name, request, status, reason, sentence] of otherRequests(setup)) {
    try {
      assertTellsWhy(name, await request(), status, reason, sentence);
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
    assert.equal((await fetch(`${collector.url}/version`)).status, 200, `after ${name}`);
  }
  assert.deepEqual(failures, []);
  await until('all is counted', async () => {
    assert.deepEqual(await countsOf(collector), expected);
    return true;
  });
  assertAddsUp(await collector.accounting('stone'));
  assertAddsUp(await collector.accounting('mesh'));
  const stored = await collector.ask('SELECT count() FROM candor.reports WHERE automation = 0');
  assert.equal(stored, '0\n', 'a refused report was stored');
  assert.equal(await collector.ask('SELECT count() FROM candor.device_reports'), '0\n');
  const grown = phoenix.memory() - before;
  t.diagnostic(`memory: ${before} KiB before, ${grown} KiB more afterwards, at most ${phoenix.memory('VmHWM')} KiB`);
  assert.ok(grown <= kMemoryMargin, `the collector holds ${grown} KiB more than before`);
});

test('values out of bounds go to quarantine, the rest of the report is kept', async (t) => {
  const { collector, stone } = await start(t);
  const cases = [
    [{ osd: { count: -5 }, mon: { count: 3 } }, 'partly_quarantined', ['osd.count', 'integer', '-5']],
    [{ osd: { count: 1_000_001 }, mon: { count: 3 } }, 'partly_quarantined', ['osd.count', 'integer', '1000001']],
    [{ osd: { count: 2.5 }, mon: { count: 3 } }, 'partly_quarantined', ['osd.count', 'number', '2.5']],
    [{ osd: { count: `quarantined ${kCanary}` }, mon: { count: 3 } }, 'partly_quarantined', ['osd.count', 'string', `"quarantined ${kCanary}"`]],
    [{ osd: { count: -6 } }, 'quarantined', ['osd.count', 'integer', '-6']],
    [{ created: 'x'.repeat(41), mon: { count: 3 } }, 'partly_quarantined', ['created', 'string', `"${'x'.repeat(41)}"`]],
  ];
  const expected = [];
  for (const [fields, status, [path, type, value]] of cases) {
    const installation = randomUUID();
    const answer = await postReport(collector, stone({ header: { installation }, fields }));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.status, status, answer.text);
    assert.deepEqual(answer.json.quarantined.map((row) => [row.path, row.type]), [[path, type]]);
    assert.ok(!answer.text.includes(kCanary), 'the answer has the value');
    expected.push([installation, path, type, value]);
  }
  await collector.loaded('stone', cases.length);
  for (const [installation, path, type, value] of expected) {
    const row = await collector.ask(`SELECT path, type, value FROM candor.quarantine WHERE installation = '${installation}' FORMAT JSONCompactEachRow`);
    assert.deepEqual(JSON.parse(row), [path, type, value]);
    const body = await collector.ask(`SELECT body FROM candor.reports WHERE installation = '${installation}' FORMAT TSVRaw`);
    const kept = JSON.parse(body);
    assert.equal(kept.osd?.count ?? kept.created, undefined, body);
    assert.ok(body.length < 60, body);
  }
  const { partly_quarantined, quarantined } = await collector.accounting('stone');
  assert.deepEqual({ partly_quarantined, quarantined }, { partly_quarantined: 5, quarantined: 1 });
  assert.equal(await collector.ask(`SELECT count() FROM candor.report_values WHERE text LIKE '%${kCanary}%'`), '0\n');
});

test('what is not declared is found nowhere in the data folder, but its path and reason are counted', async (t) => {
  const { phoenix, collector, stone } = await start(t);
  const fields = {
    secret: kCanary,
    osd: { count: 2, names: [kCanary, kCanary], deep: { deeper: kCanary } },
    mon: { count: { [kCanary]: 1 } }, // a structure where a number belongs
    rgw: { count: 1, summary: kCanary }, // class "never"
    metadata: { osd: { kernel_version: { '5.10': kCanary } } },
  };
  // Out of bounds and of class clear: that one is kept, in quarantine, and taken out here.
  delete fields.metadata;
  const answer = await postReport(collector, stone({ header: { owner: kCanary }, fields }));
  assert.equal(answer.json.status, 'accepted', answer.text);
  const dropped = Object.fromEntries(answer.json.dropped.map(({ path, reason }) => [path, reason]));
  assert.deepEqual(dropped, { secret: 'undeclared', 'osd.names': 'undeclared', 'osd.deep': 'undeclared', 'mon.count': 'wrong_type', 'rgw.summary': 'never' });
  const device = { disk1: { '20261121-070000': { serial_number: kCanary, [`smart_${kCanary.length}`]: kCanary, host_id: 'h' } } };
  assert.equal((await post(`${collector.url}/device`, JSON.stringify(device), { method: 'PUT' })).status, 200);
  // Refused documents leave nothing of theirs either.
  await post(`${collector.url}/v1/reports`, `{"${kCanary}": `);
  await post(`${collector.url}/v1/reports`, stone({ header: { sealed_at: ago(50 * kDay) }, fields: { created: kCanary } }));
  const forged = { 'X-Forwarded-For': `203.0.113.77, ${kCanary}`, 'User-Agent': kCanary, Cookie: kCanary };
  assert.equal((await postReport(collector, stone(), { headers: forged })).status, 200);
  await collector.loaded('stone', 4);
  const rows = await collector.ask("SELECT path, reason, sum(count) FROM candor.drops WHERE product = 'stone' GROUP BY path, reason ORDER BY path FORMAT TSV");
  for (const [path, reason] of Object.entries(dropped)) assert.ok(rows.includes(`${path}\t${reason}\t1\n`), rows);
  assert.match(rows, /devices\.\*\.\*\.serial_number\tnever\t1\n/);
  assert.ok(!(await collector.everything()).includes(kCanary), 'the store has the value');
  assert.equal(await phoenix.server.stop(), 0);
  assert.throws(() => execFileSync('grep', ['-r', '-a', '-l', kCanary, collector.data]), { status: 1 }, 'the data folder has the value');
  assert.throws(() => execFileSync('grep', ['-r', '-a', '-l', '203.0.113.77', collector.data]), { status: 1 }, 'the data folder has an address');
  assert.ok(!phoenix.server.err.includes(kCanary) && !phoenix.server.err.includes('203.0.113.77'), phoenix.server.err);
});

test('a report that comes again is a duplicate, also all at once, packed otherwise, and after a restart', async (t) => {
  const { phoenix, collector, stone } = await start(t);
  const body = stone({ fields: { osd: { count: 4 } } });
  const answers = await Promise.all(Array.from({ length: 20 }, () => postReport(collector, body)));
  assert.deepEqual(answers.map(({ json }) => json.status).toSorted(), ['accepted', ...Array(19).fill('duplicate')]);
  const packed = await post(`${collector.url}/p/stone/v1/reports`, gzipSync(body), { headers: { 'Content-Encoding': 'gzip' } });
  assert.equal(packed.json.status, 'duplicate', packed.text);
  const chunks = await rawExchange(collector.url, ['POST /v1/reports HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', ...chunked(Buffer.from(body), 7)]);
  assert.equal(chunks[0].json.status, 'duplicate', chunks[0].text);
  await until('it is counted', async () => (await collector.accounting('stone')).duplicates === 21);
  await phoenix.server.stop();
  await phoenix.start();
  const later = await postReport(phoenix.collector, body);
  assert.equal(later.json.status, 'duplicate', later.text);
  await phoenix.storeAnswers();
  await until('the last one is counted', async () => (await phoenix.collector.accounting('stone')).duplicates === 22);
  assert.equal(await phoenix.collector.ask('SELECT count() FROM candor.reports'), '1\n');
  assert.equal((await phoenix.collector.accounting('stone')).accepted, 1);
});

test('unusual but right requests are served', async (t) => {
  const { collector, stone } = await start(t);
  const { host } = new URL(collector.url);
  const head = (body, ...more) => [`Content-Length: ${Buffer.byteLength(body)}`, ...more].join('\r\n');
  const accepted = ([answer]) => assert.equal(answer?.json?.status, 'accepted', JSON.stringify(answer));

  let body = stone();
  accepted(await rawExchange(collector.url, [`POST http://${host}/v1/reports HTTP/1.1\r\nHost: ${host}\r\n${head(body)}\r\n\r\n${body}`]));
  body = stone();
  accepted(await rawExchange(collector.url, [`POST /v1/reports HTTP/1.1\r\nHost: x\r\n${head(body, 'Expect: 100-continue')}\r\n\r\n`, 200, body]));
  body = stone();
  accepted(await rawExchange(collector.url, [`POST /v1/reports HTTP/1.1\r\nHost: x\r\n${head(body, 'Connection: close')}\r\n\r\n${body}`]));
  body = stone();
  const slow = [...`POST /v1/reports HTTP/1.1\r\nHost: x\r\n${head(body)}\r\n\r\n`].flatMap((letter) => [letter, 5]);
  accepted(await rawExchange(collector.url, [...slow, body.slice(0, 10), 300, body.slice(10)]));
  const one = stone();
  const two = stone();
  const pipeline = [one, two].map((each) => `POST /v1/reports HTTP/1.1\r\nHost: x\r\n${head(each)}\r\n\r\n${each}`).join('');
  const both = await rawExchange(collector.url, [pipeline], { answers: 2 });
  assert.deepEqual(both.map(({ json }) => json.status), ['accepted', 'accepted']);
  const refusedBeforehand = await rawExchange(collector.url, [`POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: ${1 << 30}\r\nExpect: 100-continue\r\n\r\n`]);
  assert.equal(refusedBeforehand[0].status, 413);
});

test('a header that never ends is cut off, and holds up nobody', async (t) => {
  const { phoenix, collector, stone } = await start(t);
  const before = phoenix.memory();
  const idle = Array.from({ length: 400 }, () => rawExchange(collector.url, ['POST /v1/reports HTTP/1.1\r\nHost: x\r\nX-Slow: ', 30_000], { limit: 25_000 }));
  const began = performance.now();
  assert.equal((await postReport(collector, stone())).json.status, 'accepted');
  assert.ok(performance.now() - began < 2_000, 'others wait for them');
  const grown = phoenix.memory() - before;
  t.diagnostic(`400 connections hold ${grown} KiB`);
  const answers = await Promise.all(idle);
  assert.ok(answers.every((seen) => seen.length === 0));
  assert.ok(performance.now() - began < 15_000);
  assert.ok(grown <= kMemoryMargin);
});

test('large documents are taken without keeping their memory', async (t) => {
  const { phoenix, collector, stone } = await start(t);
  const before = phoenix.memory();
  const filler = (size) => randomBytes(size / 2).toString('hex');
  const shapes = [
    (n) => ({ undeclared: filler(n) }),
    (n) => ({ undeclared: Array(n / 4).fill(1) }),
    (n) => ({ config: { cluster_changed: Array.from({ length: 50_000 }, () => filler(60)) } }),
    (n) => Object.fromEntries(Array.from({ length: n / 64 }, () => [filler(16), filler(8)])),
  ];
  const bodies = shapes.flatMap((shape) => Array.from({ length: 3 }, () => stone({ fields: shape(2 << 20) })));
  const answers = await Promise.all(bodies.map((body) => postReport(collector, body)));
  for (const [i, { status, text }] of answers.entries()) assert.equal(status, 200, `${i}: ${text.slice(0, 300)}`);
  await collector.loaded('stone', bodies.length);
  const grown = phoenix.memory() - before;
  t.diagnostic(`${bodies.map((body) => body.length).reduce((a, b) => a + b)} bytes at once: ${grown} KiB more afterwards, at most ${phoenix.memory('VmHWM')} KiB`);
  assert.ok(grown <= kMemoryMargin, `the collector holds ${grown} KiB more than before`);
});
