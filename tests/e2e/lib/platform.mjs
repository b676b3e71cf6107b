// A platform as a vendor installs it: database, queue, load balancer and product, and an agent that offers their metrics
// over HTTPS with a password.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { makeCertificate } from './certificate.mjs';
import { hashed, startMonitored } from './monitored.mjs';
import { startHaproxy, startMariadb, startRabbitmq } from './services.mjs';

export const kMesh = readFileSync(path.resolve('contracts/mesh.toml'), 'utf8');
export const kPassword = 'a long enough kestrel password';
export const kCanary = 'workspace-canary-4711';

const kProduct = `# TYPE http_requests_total counter
http_requests_total{service="api",method="GET",code="200",path="/api/${kCanary}"} 12
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{service="api",le="0.1"} 11
http_request_duration_seconds_bucket{service="api",le="+Inf"} 12
http_request_duration_seconds_sum{service="api"} 0.5
http_request_duration_seconds_count{service="api"} 12
# TYPE mesh_workspaces gauge
mesh_workspaces 2
# TYPE mesh_projects gauge
mesh_projects{workspace="${kCanary}"} 3
mesh_projects{workspace="${kCanary}-2"} 4
`;

/** The product, which the load balancer is in front of; it can go away and come back. */
async function startBackend(bench) {
  const backend = { port: 0 };
  backend.start = () => new Promise((listening) => {
    backend.server = http.createServer((request, response) => response.end(request.url === '/metrics' ? kProduct : 'ok'));
    backend.server.listen(backend.port, '127.0.0.1', listening);
  });
  backend.stop = () => new Promise((closed) => {
    backend.server.close(closed);
    backend.server.closeAllConnections();
  });
  await backend.start();
  backend.port = backend.server.address().port;
  bench.defer(() => backend.server.listening && backend.stop());
  return backend;
}

/** {url, agent, candor, certificate, backend, urls}; `toml` are more lines of candor.toml, `files` stand beside it. */
export async function startPlatform(bench, { toml = '', files = {} } = {}) {
  const certificate = await makeCertificate(bench);
  const backend = await startBackend(bench);
  const [database, queue, balancer] = [
    await startMariadb(bench), await startRabbitmq(bench), await startHaproxy(bench, backend.port),
  ]; // prettier-ignore
  const urls = {
    database: database.url,
    queue: queue.url,
    balancer: balancer.url,
    panel: `http://127.0.0.1:${backend.port}/metrics`,
  };
  const scrapes = Object.entries(urls).map(([name, url]) => `[[monitor.scrape]]\nname = "${name}"\nurl = "${url}"\n`);
  const { url, agent, candor } = await startMonitored(bench, {
    contract: kMesh,
    product: 'mesh',
    toml: `[monitor]\nweb_config_file = "web.yml"\n${scrapes.join('')}${toml}`,
    files: {
      ...files,
      'web.yml': `tls_server_config: {cert_file: ${certificate.file}, key_file: ${certificate.keyFile}}\n` +
        `basic_auth_users: {prometheus: ${hashed('prometheus', kPassword)}}\n`,
    },
  });
  return { url, agent, candor, certificate, backend, urls };
}
