// What the tests of Snowplow's protocol have in common: what Meltano sends, and sending it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

export const kProject = '70b28f00-e38f-41b2-a723-aab344f535b9';
export const kTp2 = '/com.snowplowanalytics.snowplow/tp2';
export const kIglu = '/com.snowplowanalytics.iglu/v1';
export const kHash = createHash('sha256').update('tap-github').digest('hex');

export const schema = (name, version, vendor = 'com.meltano') => `iglu:${vendor}/${name}/jsonschema/${version}`;
export const snowplow = (name, data, version = '1-0-0') => ({
  schema: schema(name, version, 'com.snowplowanalytics.snowplow'),
  data,
});

export const contexts = (exit = {}) => [
  {
    schema: schema('environment_context', '1-3-0'),
    data: {
      context_uuid: kProject,
      parent_context_uuid: null,
      meltano_version: '3.5.4',
      is_dev_build: false,
      notable_flag_env_vars: { GITPOD: true },
      num_cpu_cores: 8,
      process_hierarchy: [{ process_name_hash: kHash, process_creation_timestamp: '2026-11-21T05:00:12.251606Z' }],
    },
  },
  {
    schema: schema('project_context', '1-1-0'),
    data: { project_uuid: kProject, project_uuid_source: 'derived', environment_name_hash: null },
  },
  {
    schema: schema('cli_context', '1-1-0'),
    data: { command: 'invoke', parent_command_hint: null, options: { plugin_name: 'jane-canary', no_update: true } },
  },
  {
    schema: schema('plugins_context', '1-0-0'),
    data: { plugins: [{ category: 'extractors', name_hash: kHash, pip_url_hash: 'git+https://canary' }, {}] },
  },
  { schema: schema('exception_context', '1-0-0'), data: { context_uuid: kProject, exception: null }, ...exit },
];
export const cliEvent = (event, version = '1-0-1') => ({ schema: schema('cli_event', version), data: { event } });

/** An event of tp2, its JSON in clear. */
export const ue = (eid, described, more = {}) => ({
  e: 'ue',
  eid,
  tv: 'py-1.1.0',
  p: 'pc',
  aid: 'meltano',
  dtm: String(Date.now()),
  ue_pr: JSON.stringify(snowplow('unstruct_event', described)),
  ...more,
});
export const payload = (...data) => JSON.stringify(snowplow('payload_data', data, '1-0-4'));
export const packed = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');

export async function send(collector, body, { address = kTp2, headers = {}, method = 'POST' } = {}) {
  const response = await fetch(collector.url + address, {
    method,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: method === 'POST' ? body : undefined,
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

export async function assertOk(collector, body, options) {
  const answer = await send(collector, body, options);
  assert.equal(answer.status, 200);
  assert.equal(String(answer.bytes), 'ok');
  assert.match(answer.headers.get('content-type'), /^text\/plain/);
  assert.equal(answer.headers.get('set-cookie'), null);
}

/** {path: "reason type value"} of what is in quarantine. */
export async function quarantine(collector) {
  const rows = await collector.ask('SELECT path, reason, type, value FROM candor.quarantine FORMAT JSONEachRow');
  return Object.fromEntries(
    rows
      .split('\n')
      .filter(Boolean)
      .map(JSON.parse)
      .map(({ path, reason, type, value }) => [path, `${reason} ${type} ${value}`.trim()]),
  );
}
