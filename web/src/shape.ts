// From the API's answers to what is drawn. Pure.
import type { Unit, VersionCount, VersionTrend, Whole } from './api.ts';
import { formatDay, formatValue, plural } from './format.ts';
import type { OperationsOverview, ScanDay } from './operations_api.ts';

export interface Line {
  name: string;
  values: (number | null)[];
}

/** Where the newest value is; -1 when there is none. */
export function lastIndex(values: readonly unknown[]): number {
  for (let i = values.length - 1; i >= 0; --i) if (values[i] !== null) return i;
  return -1;
}

/** Whether any day has more than nothing. */
export function hasAny(lines: readonly Line[]): boolean {
  return lines.some((line) => line.values.some((value) => (value ?? 0) > 0));
}

export function toNumbers(values: readonly (Whole | null)[]): (number | null)[] {
  return values.map((value) => (value === null ? null : Number(value)));
}

/**
 * The lines of the version trend: the `keep` versions with most installations on the newest day
 * that has any, most first, and the rest added up in one line more.
 */
export function topVersions(trend: VersionTrend, keep: number): Line[] {
  const ranked = trend.series
    .map(({ version, values }) => ({ name: version || 'not reported', values }))
    .filter(({ values }) => values.some((value) => (value ?? 0) > 0))
    .map((line) => ({ line, now: newest(line.values), total: sum(line.values) }))
    .sort((a, b) => b.now - a.now || b.total - a.total || (a.line.name < b.line.name ? -1 : 1))
    .map(({ line }) => line);
  // One version too many is drawn as itself: "other" would stand for a single one.
  if (ranked.length <= keep + 1) return ranked;
  const rest = ranked.slice(keep);
  const values = trend.days.map((_, day) => {
    const known = rest.map((line) => line.values[day] ?? null).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
  });
  return [...ranked.slice(0, keep), { name: `${rest.length} others`, values }];
}

function newest(values: readonly (number | null)[]): number {
  return values[values.length - 1] ?? values[lastIndex(values)] ?? 0;
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

export interface VersionShare {
  version: string;
  installations: number;
  share: number;
}

/** Shares of those that report a version; `unknown` is how many installations report none. */
export function versionShares(
  versions: readonly VersionCount[],
  installations: number,
): { rows: VersionShare[]; unknown: number } {
  const total = versions.reduce((all, { installations: n }) => all + n, 0);
  const rows = versions.map(({ version, installations: n }) => ({
    version: version || 'not reported',
    installations: n,
    share: total === 0 ? 0 : n / total,
  }));
  return { rows, unknown: Math.max(0, installations - total) };
}

/** The days to label on an axis with room for `room` labels: evenly spaced back from the newest. */
export function labelledDays(count: number, room: number): number[] {
  if (count === 0) return [];
  const step = Math.max(1, Math.ceil((count - 1) / Math.max(1, room - 1)));
  const picked: number[] = [];
  for (let i = count - 1; i >= 0; i -= step) picked.unshift(i);
  return picked;
}

/** Tick distances of an axis, smallest first; of bytes, round in powers of 1024. */
export function tickSteps(unit: Unit): number[] {
  const base = unit.startsWith('bytes') ? 1024 : 1000;
  const steps: number[] = [];
  // What is counted has no halves.
  for (let power = base === 1024 || unit === 'count' ? 0 : -2; power < 7; ++power) {
    for (const step of [1, 2, 5, 10, 20, 50, 100, 200, 500]) steps.push(step * base ** power);
  }
  return steps;
}

/** Moments a step apart, on an axis that counts them: index 0 is `start`, in seconds since 1970. */
export interface Moments {
  start: number;
  step: number;
  count: number;
}

const kRoundSeconds = [1, 2, 3, 4, 6, 12, 24, 48, 72, 120, 240].map((hours) => hours * 3600);

/** The indices of round times (UTC), with room for `room` labels; they may lie between moments. */
export function roundTimes({ start, step, count }: Moments, room: number): number[] {
  const end = start + step * (count - 1);
  const apart =
    kRoundSeconds.find((seconds) => (end - start) / seconds <= Math.max(1, room)) ?? end - start;
  const picked: number[] = [];
  for (let at = Math.ceil(start / apart) * apart; at <= end; at += apart)
    picked.push((at - start) / step);
  return picked;
}

/** One line's course in a sentence, for those who do not see the drawing. */
export function courseOf(
  title: string,
  days: readonly string[],
  values: readonly (number | null)[],
  unit: Unit,
): string {
  const last = lastIndex(values);
  if (last < 0) return `${title}: no values in this range.`;
  const first = values.findIndex((value) => value !== null);
  const at = (index: number) =>
    `${formatValue(values[index] ?? null, unit)} on ${formatDay(days[index] ?? '')}`;
  if (first === last) return `${title}: ${at(last)}, the only day with a value in this range.`;
  return `${title}: from ${at(first)} to ${at(last)}.`;
}

const kBarDays = 90;
const kDayMs = 86_400_000;

/** The last 90 days up to `today`, each with what is known of it. */
export function barDays(
  known: readonly ScanDay[],
  today: string,
): { day: string; runs: ScanDay | undefined }[] {
  const end = Date.parse(today);
  const runs = new Map(known.map((day) => [day.day, day]));
  return Array.from({ length: kBarDays }, (_, index) => {
    const day = new Date(end - (kBarDays - 1 - index) * kDayMs).toISOString().slice(0, 10);
    return { day, runs: runs.get(day) };
  });
}

/** "21 Nov 2026: all 422 scans succeeded". */
export function wordsOfDay(day: string, runs: ScanDay | undefined): string {
  if (runs === undefined) return `${formatDay(day)}: no scan is known`;
  const { success, failure, timeout } = runs;
  const all = success + failure + timeout;
  if (success === all)
    return `${formatDay(day)}: ${all === 1 ? '' : 'all '}${plural(all, 'scan')} succeeded`;
  const late = timeout === 0 ? '' : `, ${timeout} of them for want of time`;
  return `${formatDay(day)}: ${failure + timeout} of ${plural(all, 'scan')} failed${late}`;
}

/** What stands at the top of the overview. `calm`: nothing is to be done. */
export function summaryOf({
  installations,
  alerts,
  troubles,
}: Pick<OperationsOverview, 'installations' | 'alerts' | 'troubles'>): {
  calm: boolean;
  title: string;
  text: string;
} {
  const places = plural(installations.length, 'installation');
  const loud = alerts.filter(({ muted, severity }) => muted === null && severity !== 'info');
  const told = alerts.filter(({ muted }) => muted === null).length - loud.length;
  const sick = installations.filter(({ health }) => health !== 'well' && health !== 'unknown');
  const silent = installations.filter(({ health }) => health === 'unknown');
  const more = [
    told === 0 ? '' : `${plural(told, 'alert')} for information only.`,
    silent.length === 0 ? '' : `Nothing is heard of ${silent.map(({ name }) => name).join(', ')}.`,
  ];
  const sentences = (...parts: string[]): string => parts.filter((one) => one !== '').join(' ');
  if (loud.length > 0 || sick.length > 0) {
    const where = sick.map(({ name, health }) => `${name} is ${kStands[health]}`).join(', ');
    const fires = loud.length === 1 ? 'fires' : 'fire';
    const fire = loud.length === 0 ? '' : `${plural(loud.length, 'alert')} ${fires}.`;
    return {
      calm: false,
      title: `Trouble in ${sick.length === 0 ? 'what is watched' : `${sick.length} of ${places}`}`,
      text: sentences(where === '' ? '' : `${where}.`, fire, ...more),
    };
  }
  if (troubles.length > 0 || silent.length > 0)
    return {
      calm: false,
      title: 'Not everything is known',
      text: sentences(`No alert is known of ${places}.`, ...more),
    };
  return {
    calm: true,
    title: 'All is well',
    text: sentences(`Nothing needs anybody in ${places}.`, ...more),
  };
}

const kStands = {
  down: 'down',
  critical: 'in a critical state',
  warning: 'to be looked at',
  unknown: 'not known',
  well: 'well',
} as const;
