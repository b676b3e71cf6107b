// The real clients of other systems, each made to send events `event 0`, `event 1`, … of one name by its own public
// interface.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Analytics } from '@segment/analytics-node';
import { newTracker } from '@snowplow/node-tracker';
import { until } from './bench.mjs';
import { openPage, startBrowser } from './browser.mjs';

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

/**
 * @segment/analytics-next (analytics.js) in a page of another origin: `send(analytics, given)` runs in the page and
 * makes the calls; resolves when all of them were answered, and `then()` has happened.
 */
export async function segmentBrowser(bench, url, writeKey, send, given, then = () => {}) {
  const page = await openPage(await startBrowser(bench));
  await page.goto(await startSite(bench));
  const script = `(async ({ segment, given }) => {
    const [analytics] = await AnalyticsNext.AnalyticsBrowser.load(
      { writeKey: segment.apiKey, cdnSettings: { integrations: { 'Segment.io': segment } } },
      { integrations: { 'Segment.io': segment } },
    );
    await (${send})(analytics, given);
  })`;
  const segment = { apiKey: writeKey, apiHost: `${new URL(url).host}/v1`, protocol: 'http' };
  await page.evaluate(`${script}(${JSON.stringify({ segment, given })})`);
  await then();
}

/** Serves a page, and the library's own files beside it, on an origin that is not the collector's. */
async function startSite(bench) {
  const library = 'node_modules/@segment/analytics-next/dist/umd';
  const server = http.createServer((request, response) => {
    const name = path.basename(request.url);
    if (name.endsWith('.js')) {
      response.setHeader('content-type', 'text/javascript');
      return response.end(readFileSync(path.join(library, name)));
    }
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>DC/OS</title><script src="/index.js"></script>');
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  bench.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}
