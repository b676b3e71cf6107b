// The services of a DC/OS cluster that its telemetry asks, and a Segment-compatible endpoint: servers of the test's
// own, on free ports.
import { readFileSync } from 'node:fs';
import http from 'node:http';

const kRecorded = 'src/agent/collect/testdata/dcos';
export const recorded = (name) => readFileSync(`${kRecorded}/${name}`, 'utf8');

export const kClusterId = '70b28f00-e38f-41b2-a723-aab344f535b9';

const kAnswers = {
  'GET /system/health/v1/report?cache=0': 'health_report.json',
  'POST /package/list': 'package_list.json',
  'GET /frameworks': 'frameworks.json',
  'GET /metrics/snapshot': 'metrics_snapshot.json',
};

async function listen(bench, answer) {
  const server = http.createServer(answer);
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  bench.defer(() => server.close());
  bench.defer(() => server.closeAllConnections());
  return `http://127.0.0.1:${server.address().port}`;
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/**
 * Mesos, Cosmos and the diagnostics service in one. `asked` fills with what was asked; in `instead` a test puts another
 * answer for a question: {status, body}, or 'hang'.
 */
export async function startCluster(bench) {
  const cluster = { asked: [], instead: {} };
  cluster.url = await listen(bench, async (request, response) => {
    const question = `${request.method} ${request.url}`;
    cluster.asked.push({ question, headers: request.headers, body: await bodyOf(request) });
    const instead = cluster.instead[question];
    if (instead === 'hang') return;
    const known = kAnswers[question];
    const body = instead ? instead.body : known && recorded(known);
    response.writeHead(instead ? instead.status : known ? 200 : 404);
    response.end(body ?? 'not found');
  });
  return cluster;
}

/** A Segment-compatible endpoint: `requests` fills; `answers` are given first, each once, then 200. */
export async function startSegment(bench) {
  const segment = { requests: [], answers: [] };
  segment.url = await listen(bench, async (request, response) => {
    const body = await bodyOf(request);
    segment.requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    const { status = 200, headers = {}, text = '{"success": true}' } = segment.answers.shift() ?? {};
    response.writeHead(status, headers).end(text);
  });
  return segment;
}
