// A real collector on a free port, with its own data folder.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { until } from './bench.mjs';
import { environment, kCandor } from './program.mjs';

const kStartLimitMs = 30_000;

/** A collector for the products; `lines` are more lines of server.toml, before the products. */
export async function startCollector(
  bench,
  { products, listen = '127.0.0.1:0', lines = [], files = {} },
) {
  const folder = bench.folder('collector');
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const config = writeServerConfig(folder, { products, listen, lines });
  const server = bench.start(kCandor, ['server', '--config', config], { env: environment() });
  const url = await until('the collector listens', () => addressOf(server), {
    within: kStartLimitMs,
  });
  await until(
    'the store answers',
    () => alive(server) && server.err.includes('the store answers'),
    { within: kStartLimitMs },
  );
  return new Collector(folder, url, server);
}

export function writeServerConfig(folder, { products, listen = '127.0.0.1:0', lines = [] }) {
  const config = path.join(folder, 'server.toml');
  const tables = products.map(productTable);
  writeFileSync(
    config,
    [`listen = "${listen}"`, 'data = "data"', ...lines, '', ...tables].join('\n'),
  );
  return config;
}

/** A name, or the table's keys: {name, contract, write_keys}. */
function productTable(product) {
  const table = typeof product === 'string' ? { name: product } : product;
  const lines = Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  return `[[product]]\n${lines.join('')}`;
}

function alive(server) {
  if (server.exit !== undefined)
    assert.fail(`the collector ended with ${server.exit}: ${server.err}`);
  return true;
}

function addressOf(server) {
  alive(server);
  return /collecting on (https?:\/\/\S+)/.exec(server.err)?.[1];
}

export class Collector {
  constructor(folder, url, server) {
    this.folder = folder;
    this.data = path.join(folder, 'data');
    this.url = url;
    this.server = server;
    this.headers = {}; // of every question; an Authorization makes them a user's
  }

  /** The JSON document at an address, which must be answered with 200. */
  async json(address) {
    const response = await fetch(this.url + address, { headers: this.headers });
    const text = await response.text();
    assert.equal(response.status, 200, `GET ${address}: ${text}`);
    return JSON.parse(text);
  }

  overview(product, query = '') {
    return this.json(`/api/v1/products/${product}/overview${query}`);
  }

  accounting(product) {
    return this.json(`/api/v1/products/${product}/accounting`);
  }

  async arrivals(product) {
    return (await this.json(`/api/v1/products/${product}/tail`)).arrivals;
  }

  /** Waits until as many documents of the product are accounted for in the store. */
  async loaded(product, received) {
    return until(`${received} documents of ${product} are in the store`, async () => {
      const accounting = await this.accounting(product);
      return accounting.received >= received && accounting;
    });
  }

  /** Asks the store itself; the answer as text. */
  ask(sql) {
    return new Promise((done, fail) => {
      const request = http.request(
        { socketPath: path.join(this.data, 'engine.sock'), method: 'POST', path: '/' },
        (response) => {
          const parts = [];
          response.on('data', (part) => parts.push(part));
          response.on('end', () => {
            const text = Buffer.concat(parts).toString('utf8');
            if (response.statusCode === 200) done(text);
            else fail(new Error(`${sql}: ${text}`));
          });
        },
      );
      request.on('error', fail);
      request.end(sql);
    });
  }

  /** Every row of every table of the store, as text. */
  async everything() {
    const tables = (
      await this.ask(
        "SELECT name FROM system.tables WHERE database = 'candor' AND engine != 'MaterializedView'",
      )
    )
      .split('\n')
      .filter(Boolean);
    assert.ok(tables.includes('reports'), tables.join());
    const rows = await Promise.all(
      tables.map((table) => this.ask(`SELECT * FROM candor.${table} FORMAT JSONEachRow`)),
    );
    return rows.join('');
  }
}

/** received = the sum of what became of it. */
export function assertAddsUp({
  received,
  accepted,
  partly_quarantined,
  quarantined,
  refused,
  duplicates,
}) {
  assert.equal(received, accepted + partly_quarantined + quarantined + refused + duplicates);
}
