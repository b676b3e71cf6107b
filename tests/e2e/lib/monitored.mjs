// An agent that offers metrics, and what asks it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { until } from './bench.mjs';
import { Candor, kCandor } from './program.mjs';

export const kContract = `candor = 1

[product]
name = "acme"
title = "Acme"
about = "A product of the test's own."
contact = "telemetry@example.com"
accepts = ["native"]
endpoint = "http://127.0.0.1:1"

[[channel]]
name = "monitoring"
about = "Load and health."
owner = "operations"
purpose = "operations"

[[channel.metric]]
name = "acme_api_requests_total"
type = "counter"
labels = ["code"]
keyed = ["workspace"]
about = "Requests of the API."

[[channel.metric]]
name = "acme_api_seconds"
type = "histogram"
about = "How long the API took."

[[channel.metric]]
name = "acme_projects"
type = "gauge"
about = "Projects there are."
`;

/** The hash of a password as web.yml has it, by Apache's own tool. */
export const hashed = (name, password) =>
  execFileSync('htpasswd', ['-nbBC', '5', name, password], { encoding: 'utf8' }).trim().split(':')[1];

export const basic = (name, password) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});

/** Agent and what it is configured with: `toml` is candor.toml, `files` stand beside it. */
export async function startMonitored(bench, { toml = '', files = {}, contract = kContract, product = 'acme', listen = '127.0.0.1:0' } = {}) {
  const candor = new Candor(bench.folder('monitored'), { CANDOR_MONITOR_LISTEN: listen });
  const write = (name, text) => writeFileSync(path.join(candor.folder, name), text);
  for (const [name, text] of Object.entries({ [`${product}.toml`]: contract, ...files })) write(name, text);
  write('candor.toml', `product = "${product}"\ncontracts = "."\n${toml}`);
  const agent = bench.start(kCandor, ['agent'], { env: candor.env });
  const url = await until('the agent offers metrics', () => {
    assert.equal(agent.exit, undefined, agent.err);
    return /metrics, health and version are at (\S+)/.exec(agent.err)?.[1];
  });
  return { candor, agent, url, write };
}

/** {status, headers, body, certificate}; on a new connection. `how` is of https.request. */
export function ask(url, how = {}) {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((done, fail) => {
    const asked = request(url, { agent: false, ...how }, (response) => {
      let body = '';
      const certificate = response.socket.getPeerCertificate?.()?.fingerprint256;
      response.setEncoding('utf8').on('data', (text) => (body += text));
      response.on('end', () => done({ status: response.statusCode, headers: response.headers, body, certificate }));
      response.on('error', fail);
    });
    asked.on('error', fail);
    asked.end();
  });
}

/** An HTTP server of the test's own that answers with `listener`; its address. */
export async function serve(bench, listener) {
  const server = http.createServer(listener);
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  bench.defer(() => new Promise((closed) => {
    server.close(closed);
    server.closeAllConnections();
  }));
  return `http://127.0.0.1:${server.address().port}`;
}
