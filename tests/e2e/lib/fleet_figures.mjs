// The figures of a fleet, computed from its reports by themselves: the collector must come to the same.

const kActiveMs = 7 * 24 * 3600 * 1000;
const kDayMs = 24 * 3600 * 1000;

/** Splits what `candor simulate --print` prints: one document after the other, each ending with a line "}". */
export function printedReports(text) {
  return text.split(/(?<=^\}\n)/m).filter((one) => one.trim() !== '');
}

/** What the overview must say at `now` (milliseconds), of sealed reports as text. */
export function figuresOf(bodies, now) {
  const newest = new Map();
  const first = new Map();
  const last = new Map();
  for (const body of bodies) {
    const report = JSON.parse(body);
    const { installation, sealed_at } = report.candor;
    const at = Date.parse(sealed_at);
    first.set(installation, Math.min(first.get(installation) ?? at, at));
    last.set(installation, Math.max(last.get(installation) ?? at, at));
    if (at >= now - kActiveMs && !(newest.get(installation)?.at >= at))
      newest.set(installation, { at, report });
  }
  const counted = [...newest.entries()].filter(([, { report }]) => !report.candor.automation);
  const sum = (read) => counted.reduce((total, [, { report }]) => total + (read(report) ?? 0), 0);
  const versions = new Map();
  for (const [, { report }] of counted) {
    const version = majorityVersion(report);
    versions.set(version, (versions.get(version) ?? 0) + 1);
  }
  return {
    installations: counted.length,
    engaged: counted.filter(
      ([installation]) => last.get(installation) - first.get(installation) >= kDayMs,
    ).length,
    automation: newest.size - counted.length,
    capacity_bytes: sum((report) => report.usage?.total_bytes),
    used_bytes: sum((report) => report.usage?.total_used_bytes),
    osd_count: sum((report) => report.osd?.count),
    versions: Object.fromEntries([...versions].toSorted()),
  };
}

function majorityVersion({ metadata }) {
  const counts =
    metadata?.osd?.ceph_version ??
    metadata?.osd?.stone_version ??
    metadata?.mon?.ceph_version ??
    metadata?.mon?.stone_version ??
    {};
  const [[name] = []] = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  return /([0-9]+\.[0-9.]+)/.exec(name ?? '')?.[1] ?? '';
}

/** The same figures as an overview of the collector's says them. */
export function figuresIn({ installations, engaged, automation, insights, versions }) {
  const { capacity_bytes, used_bytes, osd_count } = insights;
  const shares = versions.map(({ version, installations: count }) => [version, count]).toSorted();
  return {
    installations,
    engaged,
    automation,
    capacity_bytes,
    used_bytes,
    osd_count,
    versions: Object.fromEntries(shares),
  };
}
