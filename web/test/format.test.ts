import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatBytes,
  formatCount,
  formatDay,
  formatExact,
  formatInstant,
  formatShare,
  formatSince,
  formatValue,
  plural,
  formatDuration,
} from '../src/format.ts';

test('counts keep all digits below ten million', () => {
  assert.equal(formatCount(0), '0');
  assert.equal(formatCount(12345), '12,345');
  assert.equal(formatCount(9_999_999), '9,999,999');
  assert.equal(formatCount(12_345_678), '12.3 million');
  assert.equal(formatCount(12_345_678_901_234_567_890n), '12,300,000 trillion');
});

test('sizes are powers of 1024 with three significant digits', () => {
  assert.equal(formatBytes(0), '0 bytes');
  assert.equal(formatBytes(1), '1 byte');
  assert.equal(formatBytes(1023), '1,023 bytes');
  assert.equal(formatBytes(1024), '1 KiB');
  assert.equal(formatBytes(1.5 * 1024 ** 4), '1.5 TiB');
  assert.equal(formatBytes(1000 * 1024 ** 4), '1,000 TiB');
  assert.equal(formatBytes(214 * 1024 ** 5), '214 PiB');
  assert.equal(formatBytes(2n ** 64n), '16 EiB');
});

test('a size just under a unit is shown in that unit', () => {
  assert.equal(formatBytes(1024 ** 3 - 1), '1 GiB');
});

test('exact values keep every digit, also beyond a double', () => {
  assert.equal(formatExact(1024, 'bytes'), '1,024 bytes');
  assert.equal(formatExact(9_007_199_254_740_993n, 'count'), '9,007,199,254,740,993');
  assert.equal(formatExact(null, 'bytes'), 'no value');
});

test('a missing value is a dash, not a zero', () => {
  assert.equal(formatValue(null, 'count'), '–');
  assert.equal(formatValue(undefined, 'bytes'), '–');
  assert.equal(formatValue(0, 'count'), '0');
});

test('shares never round something to nothing or nearly all to all', () => {
  assert.equal(formatShare(0), '0%');
  assert.equal(formatShare(0.0004), '< 0.1%');
  assert.equal(formatShare(0.4256), '42.6%');
  assert.equal(formatShare(0.9996), '> 99.9%');
  assert.equal(formatShare(1), '100%');
});

test('days and times are read as UTC and do not move with the time zone', () => {
  assert.equal(formatDay('2026-11-01'), '1 Nov 2026');
  assert.equal(formatDay('2026-11-01', 'short'), '1 Nov');
  assert.equal(formatInstant('2026-11-01T07:05:09Z'), '1 Nov 2026, 07:05 UTC');
  assert.equal(formatInstant('2026-11-01T00:30:00+02:00'), '31 Oct 2026, 22:30 UTC');
});

test('what is no date is shown as it came', () => {
  assert.equal(formatDay('soon'), 'soon');
  assert.equal(formatInstant('soon'), 'soon');
});

test('one is singular', () => {
  assert.equal(plural(1, 'more version'), '1 more version');
  assert.equal(plural(2, 'more version'), '2 more versions');
});

test('durations are read in the unit that fits', () => {
  assert.equal(formatDuration(null), '–');
  assert.equal(formatDuration(0), '0 ms');
  assert.equal(formatDuration(999), '999 ms');
  assert.equal(formatDuration(1234), '1.23 s');
  assert.equal(formatDuration(59_960), '1 min 0 s');
  assert.equal(formatDuration(95_000), '1 min 35 s');
  assert.equal(formatDuration(7_500_000), '2 h 5 min');
});

test('values of charts have their units', () => {
  assert.equal(formatValue(12.345, 'percent'), '12.3%');
  assert.equal(formatValue(0.374, 'number'), '0.374');
  assert.equal(formatValue(12_345.6, 'number'), '12,346');
  assert.equal(formatValue(0.05, 'seconds'), '50 ms');
  assert.equal(formatValue(2.5, 'per_second'), '2.5/s');
  assert.equal(formatValue(2048, 'bytes_per_second'), '2 KiB/s');
  assert.equal(formatValue(null, 'percent'), '–');
  assert.equal(formatExact(0.1234, 'percent'), '0.1234');
});

test('how long something has been so', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  const since = (ms: number) => formatSince(new Date(now - ms).toISOString(), now);
  assert.equal(since(0), 'for 0 s');
  assert.equal(since(-5_000), 'for 0 s');
  assert.equal(since(29_400), 'for 29 s');
  assert.equal(since(12 * 60_000 + 30_000), 'for 12 min');
  assert.equal(since(3 * 3_600_000 + 5 * 60_000), 'for 3 h 5 min');
  assert.equal(since(4 * 86_400_000), 'for 4 days');
});
