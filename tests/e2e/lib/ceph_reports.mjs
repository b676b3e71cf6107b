// Reports of every generation of Ceph's telemetry module, and the client that sends them: python-requests itself, called
// as the module calls it.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './program.mjs';

const kRecorded = path.join(import.meta.dirname, '../../../src/agent/collect/testdata/ceph');
const kPut = `import json, sys, requests
report = json.load(sys.stdin)
resp = requests.put(url=sys.argv[1], json=report, proxies=dict())
print(resp.status_code, resp.text)`;

/** A recorded report, as of now and of a cluster of its own. */
export function cephReport(name, changes = {}) {
  const report = JSON.parse(readFileSync(path.join(kRecorded, `${name}.json`), 'utf8'));
  if (report.report_timestamp) report.report_timestamp = new Date().toISOString().replace('Z', '123');
  return { ...report, report_id: randomUUID(), ...changes };
}

/** The module's `requests.put(url=…, json=…)`; the answer's document. Throws unless it is 200. */
export async function putAsModule(url, document) {
  const { code, out, err } = await run('/usr/bin/python3', ['-c', kPut, url], { input: JSON.stringify(document) });
  if (code !== 0 || !out.startsWith('200 ')) throw new Error(`PUT ${url}: ${out}${err}`);
  return JSON.parse(out.slice(4));
}
