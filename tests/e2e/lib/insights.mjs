// Bundles of insights (docs/formats/insights.md), signed without the program's help.
import { generateKeyPairSync, sign } from 'node:crypto';

/** The file's bytes; `insights` is its member of that name. */
export function signInsights(insights, { publicKey, privateKey } = generateKeyPairSync('ed25519')) {
  const text = `candor insights 1\n${JSON.stringify(insights)}`;
  return `${JSON.stringify({
    insights,
    signature: {
      key: Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url').toString('hex'),
      ed25519: sign(null, Buffer.from(text), privateKey).toString('hex'),
    },
  })}\n`;
}

/** A bundle of the product; `plugins` are {name, version, verdict, …}. */
export function insightsOf(product, { plugins = [], crashes = [], made = new Date() } = {}) {
  return {
    candor_insights: 1,
    product,
    made: made.toISOString(),
    window_days: 14,
    plugins: plugins.map((plugin) => ({
      event: 'plugin',
      rule: 'Of 390 runs in 41 installations 3.1 % completed; below 50 % is failing.',
      since: '2026-11-20',
      installations: 41,
      runs: 390,
      success: 0.031,
      lost: 4,
      ...plugin,
    })),
    crashes,
  };
}
