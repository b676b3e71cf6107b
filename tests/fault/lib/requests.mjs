// Requests that the rounds send: events by Segment's protocol one by one and in batches, reports natively and as Ceph's
// module does, samples by remote write. Each knows what the store shall keep of it.
import { createHash, randomUUID } from 'node:crypto';
import { nativeReport } from '../../e2e/lib/documents.mjs';
import { seriesOf, snappyBlock } from '../../e2e/lib/protobuf.mjs';
import { kJson, kWrite } from '../../e2e/lib/samples.mjs';

/** The products whose collector takes all of them. */
export const kProducts = ['stone', 'dcos', 'mesh'];
export const kKinds = ['event', 'batch', 'report', 'ceph', 'samples'];

const kBatch = 20;
const kSeries = 10;

export class Requests {
  #number = 0;
  #samplesAt = Date.now();

  /** `contract` is the hash of stone's contract. */
  constructor(contract) {
    this.contract = contract;
  }

  /** A new one: {kind, address, method, headers, body, things}; `more` goes into its events. */
  next(kind, more = {}) {
    return { kind, method: 'POST', headers: kJson, ...this[`_${kind}`](more) };
  }

  #event({ filler, size = kBatch }) {
    const number = ++this.#number;
    const key = `event-${String(number).padStart(12, '0')}`;
    const properties = { cpu_total: number, variant: 'open', clusterId: key };
    const message = { type: 'track', event: 'mesos_track', messageId: key, properties };
    if (filler) message.properties = { ...properties, environmentVersion: filler };
    const body = JSON.stringify({ properties: message.properties });
    return { size, message, thing: { kind: 'event', key, body } };
  }

  _event(more) {
    const { message, thing } = this.#event(more);
    return { address: '/v1/track', body: JSON.stringify(message), things: [thing] };
  }

  _batch(more) {
    const events = Array.from({ length: more.size ?? kBatch }, () => this.#event(more));
    const batch = events.map(({ message }) => message);
    return {
      address: '/v1/batch',
      body: JSON.stringify({ batch }),
      things: events.map(({ thing }) => thing),
    };
  }

  _report() {
    const installation = randomUUID();
    const fields = { osd: { count: ++this.#number }, usage: { total_bytes: this.#number * 1000 } };
    const body = nativeReport('stone', this.contract, { header: { installation }, fields });
    return {
      address: '/v1/reports',
      headers: { ...kJson, 'idempotency-key': createHash('sha256').update(body).digest('hex') },
      body,
      things: [{ kind: 'report', key: installation, body: JSON.stringify(fields) }],
    };
  }

  _ceph() {
    const id = randomUUID();
    const body = JSON.stringify({
      report_id: id,
      report_version: 1,
      report_timestamp: new Date().toISOString().replace('Z', '123'),
      channels: ['basic'],
      osd: { count: ++this.#number },
      leaderboard: false,
    });
    return { address: '/report', method: 'PUT', body, things: [{ kind: 'report', key: id, body }] };
  }

  _samples() {
    const at = ++this.#samplesAt;
    const all = Array.from({ length: kSeries }, (_, i) => ({ service: `s${i}`, value: ++this.#number / 4 }));
    const series = all.map(({ service, value }) =>
      seriesOf({ __name__: 'http_requests_total', service, method: 'GET', code: '200' }, [[value, at]]),
    );
    return {
      address: '/api/v1/write',
      headers: kWrite,
      body: snappyBlock(Buffer.concat(series)),
      things: all.map(({ service, value }) => ({
        kind: 'sample',
        key: `${service}@${at}`,
        body: String(value),
      })),
    };
  }
}

/** Every row of what was kept, as {kind, key, body}; and what the store's own sums say: {kind: count}. */
export async function everythingKept(collector) {
  const rows = async (kind, sql) => {
    const text = await collector.ask(`${sql} FORMAT JSONEachRow`);
    return text.split('\n').filter(Boolean).map((line) => ({ kind, ...JSON.parse(line) }));
  };
  const kept = [
    ...(await rows('event', 'SELECT source AS key, body FROM candor.events')),
    ...(await rows('report', 'SELECT installation AS key, body FROM candor.reports')),
    ...(await rows(
      'sample',
      `SELECT concat(JSONExtractString(labels, 'service'), '@', toString(at)) AS key, toString(value) AS body
       FROM (SELECT series, at, value FROM candor.samples) AS rows ANY LEFT JOIN
         (SELECT series, labels FROM candor.series) AS names USING series`,
    )),
  ];
  const number = async (sql) => Number(await collector.ask(sql));
  const counted = {
    // A view made this sum while rows came in: merging rows does not mend it.
    event: await number("SELECT sumMerge(count) FROM candor.daily WHERE product = 'dcos' AND figure = ''"),
    report: (await collector.accounting('stone')).accepted,
    sample: (await collector.accounting('mesh')).accepted,
  };
  return { kept, counted };
}
