// Runs of plugins, as programs with libcandor have them sent by their agents.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { contractsOf, post } from './documents.mjs';

const kBatch = 5_000; // events of one request

/** What tells that a run began, and how it ended; `state` undefined: of the end nothing is known. */
export function runOf({ source, name = 'tap-x', version, state, ms = 1200, automation = false, ago = 0 }) {
  const run = randomUUID();
  const at = new Date(Date.now() - ago).toISOString();
  const event = (part, document) => ({
    id: `${run}-${part}`,
    name: 'plugin',
    at,
    source,
    document: { plugin: { name, version, command: 'run' }, run, automation, ...document },
  });
  const began = event('begin', { state: 'started' });
  if (state === undefined) return [began];
  return [began, event('end', { state, ...(state === 'lost' ? {} : { duration_ms: ms }) })];
}

/** Sends events of Meltano; how many they were. */
export async function sendRuns(collector, events) {
  const contract = (await contractsOf(collector)).meltano;
  for (let from = 0; from < events.length; from += kBatch) {
    const candor = { format: 1, kind: 'events', product: 'meltano', contract, channels: ['usage'], agent: 'test' };
    const some = events.slice(from, from + kBatch);
    const answer = await post(`${collector.url}/v1/events`, JSON.stringify({ candor, events: some }));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.status, 'accepted', answer.text);
  }
  return events.length;
}
