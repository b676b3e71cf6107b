// TLS of the collector: an ECDSA certificate, and sessions that are resumed by a ticket, so that a client that comes again
// costs no signature.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import { Bench } from './lib/bench.mjs';
import { makeCertificate } from './lib/certificate.mjs';
import { startCollector } from './lib/collector.mjs';

/** One request over a new connection; what the handshake was, and what can resume it. */
function ask(url, ca, options) {
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    const seen = { sessions: [], text: '' };
    const socket = tls.connect({ host: hostname, port: Number(port), ca, ...options }, () => {
      seen.resumed = socket.isSessionReused();
      seen.protocol = socket.getProtocol();
      seen.cipher = socket.getCipher().standardName;
      seen.key = socket.getPeerCertificate().asn1Curve;
      socket.write('GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    // TLS 1.3 gives tickets after the handshake.
    socket.on('session', (session) => seen.sessions.push(session));
    socket.on('data', (bytes) => (seen.text += bytes));
    socket.on('close', () => done(seen));
    socket.on('error', fail);
  });
}

async function startWithTls(t) {
  const bench = new Bench(t);
  const certificate = await makeCertificate(bench);
  const key = path.join(path.dirname(certificate.file), 'key.pem');
  const start = (lines = '') =>
    startCollector(bench, {
      products: ['stone'],
      lines: ['web_config_file = "web.yml"'],
      files: { 'web.yml': `tls_server_config:\n  cert_file: ${certificate.file}\n  key_file: ${key}\n${lines}` },
    });
  return { bench, certificate, start };
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`${version}: the certificate is ECDSA's, and a session is resumed`, async (t) => {
    const { certificate, start } = await startWithTls(t);
    const options = { minVersion: version, maxVersion: version };
    const collector = await start();
    const first = await ask(collector.url, certificate.cert, options);
    assert.match(first.text, /^HTTP\/1\.1 200 /);
    assert.equal(first.protocol, version);
    assert.equal(first.key, 'prime256v1');
    if (version === 'TLSv1.2') assert.match(first.cipher, /ECDHE_ECDSA/);
    assert.equal(first.resumed, false);
    assert.ok(first.sessions.length > 0, 'no ticket was given');

    const session = first.sessions.at(-1);
    const again = await ask(collector.url, certificate.cert, { ...options, session });
    assert.equal(again.resumed, true);
    assert.match(again.text, /^HTTP\/1\.1 200 /);

    // Tickets are sealed under a key in memory: another process's are none, and the handshake is a whole one.
    const other = await start();
    const elsewhere = await ask(other.url, certificate.cert, { ...options, session });
    assert.equal(elsewhere.resumed, false);
    assert.match(elsewhere.text, /^HTTP\/1\.1 200 /);
  });
}

test('min_version refuses what is older', async (t) => {
  const { certificate, start } = await startWithTls(t);
  const collector = await start('  min_version: TLS13\n');
  await assert.rejects(ask(collector.url, certificate.cert, { maxVersion: 'TLSv1.2' }), /protocol version|alert/i);
  assert.equal((await ask(collector.url, certificate.cert, {})).protocol, 'TLSv1.3');
});
