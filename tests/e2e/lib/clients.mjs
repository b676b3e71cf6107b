// The real clients of other systems, each made to send events `event 0`, `event 1`, … of one name by its own public
// interface.
import { Analytics } from '@segment/analytics-node';

/** How many events a client sends: CANDOR_EVENTS, 100 unless said. */
export const kEvents = Number(process.env.CANDOR_EVENTS ?? 100);

/** @segment/analytics-node: `send(analytics)` makes the calls; resolves when all of them were answered. */
export async function segmentNode(url, writeKey, send) {
  const failures = [];
  const analytics = new Analytics({ writeKey, host: url, flushInterval: 100, maxRetries: 20 });
  analytics.on('error', (error) => failures.push(error));
  send(analytics);
  await analytics.closeAndFlush({ timeout: 120_000 });
  return failures;
}
