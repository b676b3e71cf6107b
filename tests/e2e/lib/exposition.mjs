// Prometheus's text format, read by lines.

/** {families: name to type, samples: "name{labels}" to value} of a text of metrics. */
export function metricsIn(text) {
  const families = new Map();
  const samples = new Map();
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name) families.set(name, type);
    if (line === '' || line.startsWith('#')) continue;
    const at = line.lastIndexOf(' ');
    samples.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return { families, samples };
}
