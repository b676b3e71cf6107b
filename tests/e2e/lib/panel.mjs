// The web server of a product's panel: pages of the test's own, the trackers from npm, and /js/ and /api/event passed on to
// the collector as a proxy does it. A browser that is no program's, as far as scripts can tell, looks at it.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { openPage, startBrowser } from './browser.mjs';

const kHost = 'panel.mesh.example';
const kModules = path.resolve(import.meta.dirname, '../../../node_modules');
export const kVisitorAddress = '203.0.113.77';
export const kUserAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) CanaryBrowser/77.7 Safari/537.36';

export class Panel {
  /** What came to /api/event, in order. */
  events = [];
  #collector;
  #pages = new Map();
  #server;

  static async start(bench, collector) {
    const panel = new Panel();
    panel.#collector = collector;
    panel.#server = http.createServer((request, response) => panel.#answer(request, response));
    await new Promise((done) => panel.#server.listen(0, '127.0.0.1', done));
    bench.defer(() => {
      panel.#server.closeAllConnections();
      return new Promise((done) => panel.#server.close(done));
    });
    panel.url = `http://${kHost}:${panel.#server.address().port}`;
    panel.browser = await startBrowser(bench, [
      `--host-resolver-rules=MAP ${kHost} 127.0.0.1`,
      '--disable-blink-features=AutomationControlled',
      // What is sent while a page is left has it from here.
      `--user-agent=${kUserAgent}`,
    ]);
    return panel;
  }

  /** A page of the panel with that head and body, opened by a visitor of its own; at `address` unless said. */
  async open(html, address = '/') {
    this.#pages.set(address.split(/[?#]/)[0], html);
    const page = await openPage(this.browser);
    await page.goto(this.url + address);
    return page;
  }

  /** The events of that name, as they were sent. */
  named(name) {
    return this.events.filter(({ n }) => n === name);
  }

  #answer(request, response) {
    const { pathname } = new URL(request.url, this.url);
    if (pathname.startsWith('/js/') || pathname === '/api/event')
      return this.#passOn(request, response);
    if (pathname.startsWith('/npm/')) {
      const file = path.join(kModules, pathname.slice(5));
      response.setHeader('Content-Type', 'text/javascript');
      return response.end(readFileSync(file.endsWith('.js') ? file : `${file}.js`));
    }
    if (pathname === '/favicon.ico') return response.writeHead(204).end();
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    return response.end(`<!doctype html><html lang="en">${this.#pages.get(pathname) ?? ''}`);
  }

  async #passOn(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    if (request.method === 'POST') this.events.push(JSON.parse(body.toString()));
    const headers = { ...request.headers, 'x-forwarded-for': kVisitorAddress };
    const on = http.request(
      this.#collector.url + request.url,
      { method: request.method, headers },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    on.on('error', () => response.writeHead(502).end());
    on.end(body);
  }
}
