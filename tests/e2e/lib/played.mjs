// Installations that a test plays: their reports, and their requests to be forgotten.
import assert from 'node:assert/strict';
import { createPublicKey, randomBytes, randomUUID, verify } from 'node:crypto';
import { until } from './bench.mjs';
import { contractsOf, nativeReport, post, postReport } from './documents.mjs';
import { sha256 } from './receipt.mjs';

export const kCanary = 'kestrel-canary';
const kDeleteLimitMs = 150_000;

export class Played {
  constructor(contract, installation = randomUUID()) {
    this.contract = contract;
    this.installation = installation;
    this.secret = randomBytes(32).toString('hex');
  }

  report(fields = { osd: { count: 3 } }) {
    const deletion = sha256(this.secret);
    return nativeReport('stone', this.contract, {
      header: { installation: this.installation, deletion },
      fields,
    });
  }

  forget(collector, { secret = this.secret, product = 'stone' } = {}) {
    const body = JSON.stringify({ format: 1, product, installation: this.installation, secret });
    return post(`${collector.url}/v1/forget`, body);
  }

  forgotten(collector) {
    return until(
      'the collector has deleted everything',
      async () => {
        const answer = await this.forget(collector);
        assert.ok([200, 202, 503].includes(answer.status), answer.text);
        return answer.status === 200 && answer.json;
      },
      { within: kDeleteLimitMs, every: 500 },
    );
  }
}

/** Fails unless it is a confirmation for that installation, signed with the key. */
export function assertSignedDeletion(deletion, { product, installation, key }) {
  assert.equal(deletion.product, product);
  assert.equal(deletion.installation, installation);
  assert.equal(deletion.key, key);
  const text = `candor deletion 1\n${product}\n${installation}\n${deletion.deleted_at}\n`;
  const x = Buffer.from(key, 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  assert.ok(
    verify(null, Buffer.from(text), publicKey, Buffer.from(deletion.signature, 'base64')),
    'the signature is false',
  );
}

/** Fails unless the collector's answer confirms the deletion of a played installation. */
export function assertConfirms(answer, played, key) {
  assert.equal(answer.deletion.deleted_at, answer.deleted_at);
  assertSignedDeletion(answer.deletion, {
    product: 'stone',
    installation: played.installation,
    key,
  });
}

/** Those of the traces that are in the store's files. */
export const inStore = (traces) => traces.filter(([file]) => file.includes('/engine/'));

/** Two installations with reports of several days, values out of bounds among them. */
export async function reportsOfTwo(collector) {
  const { stone } = await contractsOf(collector);
  const [a, b] = [new Played(stone), new Played(stone)];
  let sent = 0;
  for (const one of [a, b]) {
    for (const fields of [
      { osd: { count: 3 } },
      { osd: { count: 4 }, undeclared: kCanary },
      { osd: { count: kCanary } },
    ]) {
      assert.equal((await postReport(collector, one.report(fields))).status, 200);
      ++sent;
    }
  }
  await collector.loaded('stone', sent);
  return { a, b, sent };
}
