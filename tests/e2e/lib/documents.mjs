// Documents that a test sends without the agent: native reports, and requests byte by byte.
import { createHash, randomUUID } from 'node:crypto';
import net from 'node:net';

/** A sealed report as the agent makes it, with `header` over what stands in its header and `fields` beside it. */
export function nativeReport(product, contract, { header = {}, fields = {} } = {}) {
  const candor = {
    format: 1,
    product,
    contract,
    installation: randomUUID(),
    sealed_at: new Date().toISOString(),
    channels: ['basic'],
    agent: 'candor test',
    automation: false,
    simulated: false,
    ...header,
  };
  return `${JSON.stringify({ candor, ...fields }, null, 2)}\n`;
}

/** The contract hash of each product a collector takes: {product: hash}. */
export async function contractsOf(collector) {
  const { products } = await collector.json('/api/v1/products');
  return Object.fromEntries(products.map(({ name, contract }) => [name, contract]));
}

/** Posts a native report; {status, json, headers}. */
export async function post(url, body, { method = 'POST', headers = {}, signal } = {}) {
  const response = await fetch(url, {
    method,
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
    signal,
  });
  const text = await response.text();
  return { status: response.status, text, json: parsed(text), headers: response.headers };
}

export function postReport(collector, body, options = {}) {
  const key = createHash('sha256').update(body).digest('hex');
  return post(`${collector.url}/v1/reports`, body, {
    ...options,
    headers: { 'Idempotency-Key': key, ...options.headers },
  });
}

/**
 * Writes the parts (strings or Buffers; a number is a pause in milliseconds) to a new connection and reads until the
 * other side closes it or `answers` answers with a length came. [{status, headers, text, json}].
 */
export function rawExchange(url, parts, { answers = 1, limit = 20_000 } = {}) {
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    const socket = net.connect(Number(port), hostname);
    const finish = (seen) => {
      clearTimeout(timer);
      socket.destroy();
      done(seen);
    };
    const timer = setTimeout(() => {
      socket.destroy();
      fail(
        new Error(
          `no whole answer within ${limit} ms; so far: ${received.toString('latin1').slice(0, 400)}`,
        ),
      );
    }, limit);
    let received = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      const seen = answersIn(received);
      if (seen.length >= answers) finish(seen);
    });
    // A peer that has answered may reset what is still on its way to it.
    socket.on('error', (error) =>
      answersIn(received).length > 0 ? finish(answersIn(received)) : fail(error),
    );
    socket.on('close', () => finish(answersIn(received)));
    socket.on('connect', async () => {
      for (const part of parts) {
        if (socket.destroyed) return;
        if (typeof part === 'number') await new Promise((next) => setTimeout(next, part).unref());
        else if (!socket.write(part))
          await new Promise((next) => socket.once('drain', next).once('close', next));
      }
    });
  });
}

/** A body as the parts of a chunked one, of `size` bytes each. */
export const chunked = (bytes, size = 65536) => {
  const parts = [];
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    parts.push(`${part.length.toString(16)}\r\n`, part, '\r\n');
  }
  return [...parts, '0\r\n\r\n'];
};

function answersIn(bytes) {
  const seen = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) return seen;
    const head = bytes.subarray(at, end).toString('latin1');
    const status = Number(head.split(' ')[1]);
    const headers = Object.fromEntries(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }),
    );
    const length = Number(headers['content-length'] ?? 0);
    if (bytes.length < end + 4 + length) return seen;
    const text = bytes.subarray(end + 4, end + 4 + length).toString('utf8');
    if (status >= 200) seen.push({ status, headers, text, json: parsed(text) });
    at = end + 4 + length;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
