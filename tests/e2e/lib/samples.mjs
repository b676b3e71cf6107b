// What the tests of samples have in common: sending them, and looking at what was kept.
/** Rows of a question to the store, as objects. */
export async function rowsOf(collector, sql) {
  const text = await collector.ask(`${sql} FORMAT JSONEachRow`);
  return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

export const samplesOf = (collector, metric) =>
  rowsOf(
    collector,
    `SELECT labels, installation, toString(at) AS at, toString(value) AS value FROM
     (SELECT series, at, value FROM candor.samples FINAL WHERE metric = '${metric}') AS rows ANY LEFT JOIN
     (SELECT DISTINCT series, labels, installation FROM candor.series) AS names USING series ORDER BY labels, at`,
  );

export async function send(url, body, headers = {}, method = 'POST') {
  const response = await fetch(url, { method, headers, body: method === 'GET' ? undefined : body });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, text: bytes.toString('utf8'), bytes };
}

export const kJson = { 'content-type': 'application/json' };
export const kProtobuf = { 'content-type': 'application/x-protobuf' };
export const kWrite = { ...kProtobuf, 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' };
export const kVersion2 = {
  'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '2.0.0',
};
