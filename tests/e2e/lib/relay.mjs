// An agent whose relay serves the pages of a product.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { until } from './bench.mjs';
import { Candor, kCandor } from './program.mjs';

export const kSite = 'panel.mesh.example';
export const kBrowser = 'Mozilla/5.0 (X11; Linux x86_64) AgentCanary/77.7';

export class RelayAgent extends Candor {
  /** With the relay on a free port, unless `settings` say otherwise, and the customer's yes. */
  static async make(bench, settings) {
    const relay = new RelayAgent(bench.folder('relay'));
    relay.bench = bench;
    await relay.configure({
      contracts: path.resolve('contracts'),
      product: 'mesh',
      activatePlausibleTracking: true,
      relay_listen: '127.0.0.1:0',
      channel_host: false,
      channel_crash: false,
      channel_usage: true,
      ...settings,
    });
    return relay;
  }

  agree() {
    return this.ok('on', '--confirmed-by', 'a test');
  }

  /** Starts the agent. */
  launch() {
    this.agent = this.bench.start(kCandor, ['agent'], { env: this.env });
  }

  /** Starts the agent; resolves when its relay listens, with its address. */
  async start() {
    this.launch();
    this.url = await until('the relay listens', () => {
      assert.equal(this.agent.exit, undefined, this.agent.err);
      return /web analytics listens on (http:\S+)/.exec(this.agent.err)?.[1];
    });
    return this.url;
  }

  async status() {
    return (await this.json('status')).relay;
  }

  /** Waits until its counts say so. */
  counts(what, holds, options) {
    return until(what, async () => {
      const relay = await this.status();
      return holds(relay) && relay;
    }, options);
  }

  /** The ids of the files of events in a folder of the relay's. */
  files(folder = 'outbox') {
    try {
      return readdirSync(this.state('relay', folder)).filter((name) => /-[0-9a-f]+\.json$/.test(name));
    } catch {
      return [];
    }
  }
}

/** What a tracker sends; `from` is the visitor's address. */
export async function sendEvent(url, body, { from = '198.51.100.1', headers = {} } = {}) {
  const response = await fetch(`${url}/api/event`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'user-agent': kBrowser, 'x-forwarded-for': from, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify({ n: 'pageview', u: `https://${kSite}/`, d: kSite, ...body }),
  });
  return { status: response.status, text: await response.text(), dropped: response.headers.get('x-plausible-dropped') };
}

/** `count` events of one name, each of a page of its own, twenty at a time; none may be dropped. */
export async function sendMany(url, name, count, each = () => {}) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const i = next++;
      const answer = await sendEvent(url, { n: name, u: `https://${kSite}/p/${i}` });
      assert.deepEqual(answer, { status: 202, text: 'ok', dropped: null });
      await each(i);
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}

/** Every byte below a folder, as text. */
export function bytesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, name))
    .filter((name) => statSync(name).isFile())
    .map((name) => readFileSync(name, 'latin1'))
    .join('\n');
}

/** How many TCP sockets a process listens on. */
export function listeningSockets(pid) {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6']
    .flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && own.has(`socket:[${inode}]`)).length;
}
