// What the tests of Plausible's protocol have in common.
import { Bench } from './bench.mjs';
import { startCollector } from './collector.mjs';
import { Panel } from './panel.mjs';

export const kSite = 'panel.mesh.example';
export const kTrusting = { products: ['mesh'], lines: ['trusted_proxies = ["127.0.0.1"]'] };

/** A collector, and a site of the product whose visitors it counts. */
export async function panelOf(t) {
  const bench = new Bench(t);
  const collector = await startCollector(bench, kTrusting);
  return { collector, panel: await Panel.start(bench, collector) };
}

export const kEvent = { n: 'pageview', u: `https://${kSite}/projects`, d: kSite };

export async function send(collector, body, headers = {}, address = '/api/event') {
  const response = await fetch(collector.url + address, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'user-agent': 'Firefox', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
