// A collector's receipt, checked without the program's help.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Fails unless the receipt is signed with the key ("<base64>") and is for a body of that hash. */
export function assertSigned(receipt, key, bodySha256) {
  assert.equal(receipt.body_sha256, bodySha256);
  const x = Buffer.from(key, 'base64').toString('base64url');
  const text = `candor receipt 1\n${receipt.body_sha256}\n${receipt.contract}\n${receipt.received_at}\n`;
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  assert.ok(
    verify(null, Buffer.from(text), publicKey, Buffer.from(receipt.signature, 'base64')),
    'the signature is false',
  );
}
