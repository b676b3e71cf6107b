// Requests that no collector takes, and what it must answer to each.
import { randomUUID } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { chunked, nativeReport, post, rawExchange } from './documents.mjs';

const kDay = 24 * 3600 * 1000;
const kMaxReport = 8 << 20;

const ago = (ms) => new Date(Date.now() - ms).toISOString();
const nest = (depth) => '['.repeat(depth) + ']'.repeat(depth);

// A request as bytes, for what no HTTP library would send.
function bytesOf(head, body = '') {
  const lines = [
    ...head,
    ...(head.some((line) => /^(content-length|transfer-encoding):/i.test(line))
      ? []
      : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return [`${lines.join('\r\n')}\r\n\r\n`, body];
}

const row =
  (status, reason) =>
  (name, request, sentence, product = '') => [name, request, status, reason, sentence, product];
const bad = row(400, 'bad_document');
const packed = row(400, 'bad_encoding');
const large = row(413, 'too_large');
const key = row(401, 'invalid_write_key');
const contract = row(409, 'unknown_contract');
const method = row(405, 'method_not_allowed');
const noHttp = row(400, 'bad_request');

const eventsFile = (contractHash, events) =>
  JSON.stringify({ candor: { format: 1, kind: 'events', product: 'mesh', contract: contractHash }, events });

/** What is refused: [name, request → answer, status, reason, what the sentence says, product it is counted for]. */
export function refusals({ collector, hashes, stone, mesh }) {
  const report = (body, options) => () => post(`${collector.url}/v1/reports`, body, options);
  const to = (method, address, body, headers) => () =>
    post(`${collector.url}${address}`, body, { method, headers });
  const raw = (head, body) => async () =>
    (await rawExchange(collector.url, bytesOf(head, body)))[0];
  const encoded = (coding, bytes) => report(bytes, { headers: { 'Content-Encoding': coding } });
  const ceph = (more = {}) =>
    JSON.stringify({
      report_id: randomUUID(),
      report_timestamp: ago(0).slice(0, -1),
      osd: { count: 1 },
      ...more,
    });
  const good = stone({ fields: { osd: { count: 1 } } });
  const zeros = Buffer.alloc(64 << 20, ' ');
  const big = Buffer.alloc(kMaxReport + 1, ' ');
  return [
    // The document.
    bad('not JSON', report('this is no report'), /JSON/),
    bad('nothing', report(''), /JSON/),
    bad('a list', report('[1, 2]'), /object/),
    bad('JSON cut short', report(good.slice(0, -10)), /JSON/),
    bad('JSON and something behind it', report(`${good}{}`), /JSON/),
    bad('no header', report('{"osd": {"count": 1}}'), /"candor" header/),
    bad('another format', report(stone({ header: { format: 2 } })), /format 1/),
    bad(
      '300 lists in each other',
      report(stone().replace(/\}\s*$/, `, "x": ${nest(300)}}`)),
      /deep/,
    ),
    bad('300 lists and nothing else', report(nest(300)), /deep/),
    bad('a million open brackets', report('['.repeat(1_000_000)), /JSON|deep/),
    bad('no id', report(stone({ header: { installation: undefined } })), /UUID/),
    bad(
      'an id that is none',
      report(stone({ header: { installation: '../../etc/passwd' } })),
      /UUID/,
    ),
    bad('no time', report(stone({ header: { sealed_at: 'yesterday' } })), /RFC 3339/),
    bad(
      'invalid UTF-8',
      report(
        Buffer.concat([
          Buffer.from(
            stone({ fields: { created: '' } })
              .replace('"created": "', '"created": "@')
              .split('@')[0],
          ),
          Buffer.from([0xc3, 0x28, 0xff]),
          Buffer.from('"\n}\n'),
        ]),
      ),
      /UTF-8/,
    ),
    // Files of events.
    bad('events: not JSON', to('POST', '/v1/events', 'no events'), /JSON/),
    bad('events: no header', to('POST', '/v1/events', '{"events": []}'), /"candor" header/),
    bad('events: a report', to('POST', '/v1/events', good), /file of events/),
    bad('events: no list', to('POST', '/v1/events', eventsFile(hashes.mesh, {})), /list "events"/),
    bad('events: deep', to('POST', '/v1/events', `{"events": ${nest(300)}}`), /deep/),
    contract('events: unknown contract', to('POST', '/v1/events?key=key-of-mesh', eventsFile('a'.repeat(64), [])), /contract/, 'mesh'),
    packed('events: gzip cut short', to('POST', '/v1/events', gzipSync(eventsFile(hashes.mesh, [])).subarray(0, 40), { 'Content-Encoding': 'gzip' }), /gzip/),
    packed('events: a bomb', to('POST', '/v1/events', gzipSync(zeros), { 'Content-Encoding': 'gzip' }), /8388608/),
    large('events: too large', to('POST', '/v1/events', Buffer.alloc((2 << 20) + 1, ' ')), /larger/),
    bad(
      'a number no machine has',
      report(stone().replace(/\}\s*$/, ', "osd": {"count": 1e999}}')),
      /number/,
    ),
    [
      '40 days old',
      report(stone({ header: { sealed_at: ago(40 * kDay) } })),
      400,
      'outside_time_window',
      /35 days.*clock/,
      'stone',
    ],
    [
      'from tomorrow',
      report(stone({ header: { sealed_at: ago(-kDay) } })),
      400,
      'outside_time_window',
      /future.*clock/,
      'stone',
    ],
    // Where it goes.
    [
      'unknown product',
      report(nativeReport('nonesuch', hashes.stone)),
      404,
      'unknown_product',
      /product/,
      '',
    ],
    [
      'unknown product in the path',
      to('POST', '/p/nonesuch/v1/reports', good),
      400,
      'other_product',
      /nonesuch/,
      '',
    ],
    [
      'another product in the path',
      to('POST', '/p/mesh/v1/reports', good),
      400,
      'other_product',
      /stone.*mesh/,
      'mesh',
    ],
    [
      'unknown product of a cluster',
      to('PUT', '/p/nonesuch/report', ceph()),
      404,
      'unknown_product',
      /product/,
      '',
    ],
    [
      'a product that takes no such protocol',
      to('PUT', '/p/mesh/report?key=key-of-mesh', ceph()),
      404,
      'unknown_product',
      /ceph/,
      'mesh',
    ],
    key('a wrong key', to('POST', '/v1/reports?key=wrong', mesh()), /key/, 'mesh'),
    key(
      'a wrong key as user',
      to('POST', '/v1/reports', mesh(), { Authorization: `Basic ${btoa('wrong:')}` }),
      /key/,
      'mesh',
    ),
    key("another product's key", to('POST', '/v1/reports?key=key-of-mesh', good), /key/, 'stone'),
    key('a missing key', report(mesh()), /write key/, 'mesh'),
    contract(
      'an unknown contract',
      report(nativeReport('stone', 'a'.repeat(64))),
      /contract/,
      'stone',
    ),
    contract(
      'a contract of another product',
      report(nativeReport('stone', hashes.mesh)),
      /contract/,
      'stone',
    ),
    contract(
      'a contract that is a path',
      report(nativeReport('stone', '../contracts/x')),
      /contract/,
      'stone',
    ),
    // What it is packed in.
    [
      'a wrong idempotency key',
      report(good, { headers: { 'Idempotency-Key': 'a'.repeat(64) } }),
      400,
      'damaged',
      /Send it again/,
      '',
    ],
    packed('gzip cut short', encoded('gzip', gzipSync(good).subarray(0, -9)), /gzip/),
    packed(
      'gzip with something behind it',
      encoded('gzip', Buffer.concat([gzipSync(good), Buffer.from('x')])),
      /gzip/,
    ),
    packed('no gzip at all', encoded('gzip', good), /gzip/),
    packed('a gzip bomb', encoded('gzip', gzipSync(zeros)), /8388608/),
    packed('a zstd bomb', encoded('zstd', zstdCompressSync(zeros)), /8388608/),
    packed(
      'zstd cut short',
      encoded('zstd', zstdCompressSync(Buffer.from(good)).subarray(0, -3)),
      /zstd/,
    ),
    ['an unknown encoding', encoded('br', good), 415, 'unknown_encoding', /gzip/, ''],
    large('a body over the limit', report(big), /larger/),
    large(
      'a length over the limit',
      raw(['POST /v1/reports HTTP/1.1', 'Host: x', `Content-Length: ${1 << 30}`]),
      /larger/,
    ),
    large(
      'a body over the limit in chunks',
      async () =>
        (
          await rawExchange(collector.url, [
            'POST /v1/reports HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
            ...chunked(big),
          ])
        )[0],
      /larger/,
    ),
    // Ceph's own.
    bad('not JSON from a cluster', to('PUT', '/report', 'status: ok'), /JSON/, 'stone'),
    bad(
      '300 lists from a cluster',
      to('PUT', '/report', ceph().replace(/\}$/, `, "x": ${nest(300)}}`)),
      /deep/,
      'stone',
    ),
    bad('a list from a cluster', to('PUT', '/report', '[]'), /object/, 'stone'),
    [
      'no report_id',
      to('PUT', '/report', ceph({ report_id: undefined })),
      400,
      'no_report_id',
      /report_id/,
      'stone',
    ],
    [
      'a report_id that is none',
      to('PUT', '/report', ceph({ report_id: 'x' })),
      400,
      'no_report_id',
      /report_id/,
      'stone',
    ],
    [
      'a report_timestamp that is none',
      to('PUT', '/report', ceph({ report_timestamp: 'noon' })),
      400,
      'bad_timestamp',
      /report_timestamp/,
      'stone',
    ],
    [
      '40 days old from a cluster',
      to('PUT', '/p/stone/report', ceph({ report_timestamp: ago(40 * kDay) })),
      400,
      'outside_time_window',
      /clock/,
      'stone',
    ],
    bad(
      'invalid UTF-8 from a cluster',
      to('PUT', '/report', Buffer.from(ceph({ created: '\xff' }), 'latin1')),
      /UTF-8/,
      'stone',
    ),
    packed(
      'a gzip bomb from a cluster',
      to('PUT', '/report', gzipSync(Buffer.alloc(65 << 20, ' ')), { 'Content-Encoding': 'gzip' }),
      /8388608/,
      'stone',
    ),
    bad('devices that are not JSON', to('PUT', '/device', 'x'), /JSON/, 'stone'),
    bad('no devices', to('PUT', '/device', ''), /JSON/, 'stone'),
    bad(
      'devices that break out of their place',
      to('PUT', '/device', '{}, "osd": {"count": 9}'),
      /JSON/,
      'stone',
    ),
    bad('a list of devices', to('PUT', '/device', '[]'), /object/, 'stone'),
  ];
}

/** Requests that are no documents at all: answered, counted nowhere. */
export function otherRequests({ collector, stone }) {
  const raw = (head, body) => async () =>
    (await rawExchange(collector.url, bytesOf(head, body)))[0];
  const to = (method, address, body) => () => post(`${collector.url}${address}`, body, { method });
  return [
    method('PUT of a native report', to('PUT', '/v1/reports', stone()), /POST/),
    method('GET of reports', to('GET', '/v1/reports'), /POST/),
    method('POST of a cluster', to('POST', '/p/stone/report', '{}'), /PUT/),
    method('DELETE of devices', to('DELETE', '/device'), /PUT/),
    method('POST to a page', to('POST', '/p/stone', '{}'), /read/),
    large('a body where none belongs', to('POST', '/nonesuch', Buffer.alloc(70_000)), /larger/),
    ['no such page', to('GET', '/../../etc/passwd'), 404, 'not_found', /address/],
    noHttp(
      'no HTTP',
      async () => (await rawExchange(collector.url, ['HELO collector\r\n\r\n']))[0],
      /HTTP/,
    ),
    noHttp('a target that is no path', raw(['POST v1/reports HTTP/1.1', 'Host: x']), /path/),
    noHttp('a zero byte in the path', raw(['POST /v1/reports%00 HTTP/1.1', 'Host: x']), /path/),
    [
      'a huge header',
      raw(['GET /version HTTP/1.1', 'Host: x', `X-Padding: ${'x'.repeat(100_000)}`]),
      431,
      'header_too_large',
      /header/,
    ],
    noHttp(
      'two lengths',
      raw(['POST /v1/reports HTTP/1.1', 'Host: x', 'Content-Length: 2', 'Content-Length: 3'], '{}'),
      /HTTP/,
    ),
    noHttp(
      'a length and chunks',
      raw(
        ['POST /v1/reports HTTP/1.1', 'Host: x', 'Content-Length: 2', 'Transfer-Encoding: chunked'],
        '0\r\n\r\n',
      ),
      /HTTP/,
    ),
    noHttp(
      'a length that is none',
      raw(['POST /v1/reports HTTP/1.1', 'Host: x', 'Content-Length: -1'], '{}'),
      /HTTP/,
    ),
  ];
}
