// Numbers, sizes, shares and times as a person reads them. Pure.
import type { Unit, Whole } from './api.ts';

const kUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB'];
const kMonths = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
];
const kLongCount = 10_000_000;

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en-US', {
  notation: 'compact',
  compactDisplay: 'long',
  maximumSignificantDigits: 3,
});
const significant = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** 12345 → "12,345"; from ten million on, "12.3 million". */
export function formatCount(value: Whole): string {
  return value >= kLongCount ? compact.format(value) : whole.format(value);
}

/** 1649267441664 → "1.5 TiB": three significant digits, powers of 1024. */
export function formatBytes(value: Whole): string {
  let size = Number(value);
  let unit = 0;
  // 999.5 would be shown as 1,000; the next unit says the same in fewer digits from 1024 on.
  while (size >= 1023.5 && unit < kUnits.length - 1) {
    size /= 1024;
    ++unit;
  }
  const digits = size >= 1000 || unit === 0 ? whole : significant;
  return `${digits.format(size)} ${value === 1 ? 'byte' : kUnits[unit]}`;
}

export function formatValue(value: Whole | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–';
  switch (unit) {
    case 'bytes':
      return formatBytes(value);
    case 'bytes_per_second':
      return `${formatBytes(value)}/s`;
    case 'percent':
      return `${significant.format(value)}%`;
    case 'seconds':
      return formatDuration(Number(value) * 1000);
    case 'per_second':
      return `${formatNumber(Number(value))}/s`;
    case 'number':
      return formatNumber(Number(value));
    default:
      return formatCount(value);
  }
}

/** Three digits of what may be small, every digit before the point of what is not. */
function formatNumber(value: number): string {
  return Math.abs(value) >= 1000 ? formatCount(value) : significant.format(value);
}

/** Every digit: "1,649,267,441,664 bytes" or "12,345,678". */
export function formatExact(value: Whole | null, unit: Unit): string {
  if (value === null) return 'no value';
  if (unit === 'count') return whole.format(value);
  return unit === 'bytes' ? `${whole.format(value)} bytes` : `${value}`;
}

/** A share of 1 as a percentage with one decimal; what is there never reads as 0%. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.001) return '< 0.1%';
  if (share < 1 && share > 0.999) return '> 99.9%';
  return `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)}%`;
}

/** "2026-11-01" → "1 Nov 2026", or "1 Nov" without the year. */
export function formatDay(day: string, year: 'with year' | 'short' = 'with year'): string {
  const [y, m, d] = day.split('-').map(Number);
  const month = kMonths[(m ?? 0) - 1];
  if (y === undefined || month === undefined || d === undefined) return day;
  return year === 'short' ? `${d} ${month}` : `${d} ${month} ${y}`;
}

/** "2026-11-01T07:05:09Z" → "1 Nov 2026, 07:05 UTC". */
export function formatInstant(instant: string): string {
  const time = new Date(instant);
  if (Number.isNaN(time.getTime())) return instant;
  const [day = '', clock = ''] = time.toISOString().split('T');
  return `${formatDay(day)}, ${clock.slice(0, 5)} UTC`;
}

/** How long ago: "for 12 min", "for 3 h 5 min", "for 4 days"; of what is yet to come, "for 0 s". */
export function formatSince(instant: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(instant));
  if (ms >= 48 * 3_600_000) return `for ${Math.floor(ms / 86_400_000)} days`;
  if (ms < 60_000) return `for ${Math.floor(ms / 1000)} s`;
  return `for ${formatDuration(Math.floor(ms / 60_000) * 60_000).replace(/ 0 s$/, '')}`;
}

/** 830 → "830 ms", 12400 → "12.4 s", 95000 → "1 min 35 s", 7500000 → "2 h 5 min"; null → "–". */
export function formatDuration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1000) return `${whole.format(ms)} ms`;
  if (ms < 59_950) return `${significant.format(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
