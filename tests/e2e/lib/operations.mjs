// What the tests of the operations center share: a mailbox, and a collector with short intervals.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './bench.mjs';
import { startCollector } from './collector.mjs';
import { childrenOf } from './phoenix.mjs';

const kScript = path.join(import.meta.dirname, 'mailbox.py');

/** A mail server (aiosmtpd) on a free port, that can go away and come back on the same one. */
export class Mailbox {
  #lines = ''; // of earlier lives
  port = 0;

  /** `secure` is [certificate's file, key's file, user, password], for STARTTLS with a password. */
  constructor(bench, secure = []) {
    this.bench = bench;
    this.secure = secure;
  }

  async start() {
    this.server = this.bench.start('/usr/bin/python3', [kScript, String(this.port), ...this.secure]);
    this.port = await until('the mailbox listens', () => {
      assert.equal(this.server.exit, undefined, this.server.err);
      return /^\{"port": (\d+)\}$/m.exec(this.server.out)?.[1];
    });
    return this;
  }

  async stop() {
    await this.server.stop();
    this.#lines += this.server.out;
    this.server = undefined;
  }

  /** Every mail so far: {from, to, headers, text, html, bytes}. */
  get mails() {
    const lines = (this.#lines + (this.server?.out ?? '')).split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line)).filter((mail) => 'to' in mail);
  }

  /** The first mail to that address whose subject the expression matches. */
  async mail(to, subject, within) {
    return until(`a mail to ${to} about ${subject}`, () =>
      this.mails.find((mail) => mail.to.includes(to) && subject.test(mail.headers.subject)), { within }); // prettier-ignore
  }
}

/** Lines of [ops] and [monitor] with everything short and on free ports. */
export function operationsLines({ inboxes, smtp, ops = [], vendor = 'operations@vendor.test' }) {
  return [
    '[ops]',
    'enabled = true',
    'prometheus_listen = "127.0.0.1:0"',
    'alertmanager_listen = "127.0.0.1:0"',
    'scrape_interval = 1',
    'evaluation_interval = 1',
    'group_wait = 1',
    'group_interval = 1',
    ...ops,
    '[monitor]',
    `alertAddresses = ["${vendor}"]`,
    `additionalAlertAddresses = ${JSON.stringify(inboxes)}`,
    '[monitor.smtp]',
    `host = "127.0.0.1:${smtp}"`,
    'from = "candor@vendor.test"',
    'require_tls = false',
    'hello = "collector.vendor.test"',
  ];
}

export class Operations {
  constructor(collector) {
    this.collector = collector;
  }

  static async start(bench, { lines, files = {}, products = ['stone'] }) {
    return new Operations(await startCollector(bench, { products, lines, files }));
  }

  get pid() {
    return this.collector.server.child.pid;
  }

  /** {pid, url} of a supervised program, by the name of its file; undefined while it does not run. */
  program(name) {
    for (const pid of childrenOf(this.pid)) {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (path.basename(words[0]) !== name) continue;
      const listen = words.find((word) => word.startsWith('--web.listen-address='));
      return { pid, url: `http://${listen.split('=')[1]}`, words };
    }
    return undefined;
  }

  /** Waits until the program answers that it is ready. */
  ready(name) {
    return until(`${name} is ready`, async () => {
      const found = this.program(name);
      return found && (await fetch(`${found.url}/-/ready`)).ok && found;
    }, { within: 30_000 }); // prettier-ignore
  }

  async prometheus(address) {
    const { url } = this.program('prometheus');
    const { status, data } = await (await fetch(url + address)).json();
    assert.equal(status, 'success', address);
    return data;
  }

  /** The collector's metric, as the collector tells it now. */
  async metric(line) {
    const text = await (await fetch(`${this.collector.url}/metrics`)).text();
    return text.split('\n').find((one) => one.startsWith(`${line} `))?.split(' ').at(-1); // prettier-ignore
  }
}
