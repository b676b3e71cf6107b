// A certificate that signs itself, for servers of a test's own.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './program.mjs';

/** {key, cert, file, keyFile} of a client's certificate that `authority` signed, with that name; makeAuthority() makes one. */
export async function makeClientCertificate(authority, name) {
  const file = (end) => path.join(authority.folder, `${name}.${end}`);
  writeFileSync(file('ext'), `subjectAltName=DNS:${name}\nextendedKeyUsage=clientAuth\n`);
  await openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-keyout', file('key'), '-out', file('csr'), '-subj', `/CN=${name}`); // prettier-ignore
  await openssl('x509', '-req', '-in', file('csr'), '-CA', authority.file, '-CAkey', authority.keyFile,
    '-CAcreateserial', '-out', file('pem'), '-days', '2', '-extfile', file('ext')); // prettier-ignore
  return { key: readFileSync(file('key')), cert: readFileSync(file('pem')), file: file('pem'), keyFile: file('key') };
}

/** A certificate that may sign others: {folder, file, keyFile}. */
export async function makeAuthority(bench) {
  const folder = bench.folder('authority');
  const [file, keyFile] = ['ca.pem', 'ca.key'].map((name) => path.join(folder, name));
  await openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-keyout', keyFile, '-out', file, '-days', '2', '-subj', '/CN=candor test authority',
    '-addext', 'basicConstraints=critical,CA:TRUE'); // prettier-ignore
  return { folder, file, keyFile };
}

async function openssl(...args) {
  const made = await run('openssl', args);
  assert.equal(made.code, 0, made.err);
}

/** {key, cert, file, keyFile}: PEM texts, and the files they stand in, for 127.0.0.1 and *.test. */
export async function makeCertificate(bench) {
  const folder = bench.folder('certificate');
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  await openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=candor test',
    '-addext', 'subjectAltName=IP:127.0.0.1,DNS:collector.test,DNS:localhost'); // prettier-ignore
  return { key: readFileSync(key), cert: readFileSync(cert), file: cert, keyFile: key };
}
