// The real clients of other systems, each made to send events `event 0`, `event 1`, … of one name by its own public
// interface.
import { Analytics } from '@segment/analytics-node';
import { newTracker } from '@snowplow/node-tracker';
import { until } from './bench.mjs';

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

// Its queue holds 1,000 events; what comes on top pushes the oldest out.
const kSnowplowQueue = 500;

/**
 * @snowplow/node-tracker: `track(tracker, i)` makes call i of `count`; resolves when all of them were answered with
 * success. What failed on the way: {status, willRetry, …} each.
 */
export async function snowplowNode(url, track, { count = kEvents, encodeBase64, ...emitter } = {}) {
  const failures = [];
  let delivered = 0;
  const tracker = newTracker(
    { namespace: 'candor', appId: 'meltano', encodeBase64 },
    {
      endpoint: url,
      onRequestSuccess: (events) => (delivered += events.length),
      onRequestFailure: (failure) => failures.push(failure),
      ...emitter,
    },
  );
  // It tries again only when it is asked to.
  const sent = (number) =>
    until(`${number} events were taken`, () => delivered === number || tracker.flush(), { within: 60_000 });
  for (let i = 0; i < count; ++i) {
    track(tracker, i);
    if ((i + 1) % kSnowplowQueue === 0) await sent(i + 1);
  }
  await sent(count);
  return failures;
}
