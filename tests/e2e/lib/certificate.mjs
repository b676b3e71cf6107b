// A certificate that signs itself, for servers of a test's own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './program.mjs';

/** {key, cert, file}: PEM texts, and the certificate's file, for 127.0.0.1 and *.test. */
export async function makeCertificate(bench) {
  const folder = bench.folder('certificate');
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  const made = await run('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=candor test',
    '-addext', 'subjectAltName=IP:127.0.0.1,DNS:collector.test,DNS:localhost',
  ]); // prettier-ignore
  assert.equal(made.code, 0, made.err);
  return { key: readFileSync(key), cert: readFileSync(cert), file: cert };
}
