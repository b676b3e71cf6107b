import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  barDays,
  courseOf,
  hasAny,
  labelledDays,
  lastIndex,
  roundTimes,
  summaryOf,
  tickSteps,
  topVersions,
  versionShares,
  wordsOfDay,
} from '../src/shape.ts';

const days = ['2026-11-01', '2026-11-02', '2026-11-03'];

test('versions are ordered by their newest day, and the rest is added up', () => {
  const series = [
    { version: 'a', values: [9, 9, 1] },
    { version: 'b', values: [0, 1, 5] },
    { version: 'c', values: [null, null, 3] },
    { version: 'd', values: [1, null, 2] },
    { version: 'e', values: [1, null, 1] },
  ];
  const lines = topVersions({ days, series }, 2);
  assert.deepEqual(
    lines.map(({ name }) => name),
    ['b', 'c', '3 others'],
  );
  assert.deepEqual(lines[2]?.values, [11, 9, 4]);
});

test('a single version over is drawn as itself', () => {
  const series = ['a', 'b', 'c'].map((version) => ({ version, values: [1, 1, 1] }));
  assert.deepEqual(
    topVersions({ days, series }, 2).map(({ name }) => name),
    ['a', 'b', 'c'],
  );
});

test('a version nobody ran in the range has no line, a day without data stays a gap', () => {
  const series = [
    { version: 'gone', values: [0, 0, 0] },
    { version: 'a', values: [2, null, 2] },
    { version: 'b', values: [1, null, 1] },
    { version: 'c', values: [1, null, 1] },
  ];
  const lines = topVersions({ days, series }, 1);
  assert.deepEqual(
    lines.map(({ name, values }) => ({ name, values })),
    [
      { name: 'a', values: [2, null, 2] },
      { name: '2 others', values: [2, null, 2] },
    ],
  );
});

test('shares are of those that report a version; the others are counted', () => {
  const { rows, unknown } = versionShares(
    [
      { version: '18.2.4', installations: 3 },
      { version: '', installations: 1 },
    ],
    6,
  );
  assert.deepEqual(
    rows.map(({ version, share }) => [version, share]),
    [
      ['18.2.4', 0.75],
      ['not reported', 0.25],
    ],
  );
  assert.equal(unknown, 2);
});

test('no versions, no shares, no division by zero', () => {
  assert.deepEqual(versionShares([], 0), { rows: [], unknown: 0 });
  assert.equal(versionShares([{ version: 'a', installations: 0 }], 0).rows[0]?.share, 0);
});

test('the newest day is always labelled and labels never exceed the room', () => {
  assert.deepEqual(labelledDays(0, 5), []);
  assert.deepEqual(labelledDays(1, 5), [0]);
  assert.deepEqual(labelledDays(3, 5), [0, 1, 2]);
  for (const count of [7, 30, 90, 365]) {
    for (const room of [1, 2, 3.4, 8]) {
      const picked = labelledDays(count, room);
      assert.equal(picked.at(-1), count - 1);
      assert.ok(picked.length <= Math.max(2, Math.floor(room)), `${count} days, room for ${room}`);
    }
  }
});

test('byte axes step in powers of 1024, upwards only', () => {
  const steps = tickSteps('bytes');
  assert.ok(steps.includes(50 * 1024 ** 5));
  assert.deepEqual(
    steps,
    [...steps].sort((a, b) => a - b),
  );
});

test('the last known value is found behind missing days', () => {
  assert.equal(lastIndex([null, 4, null]), 1);
  assert.equal(lastIndex([null, null]), -1);
});

test('a line is told in a sentence', () => {
  assert.equal(
    courseOf('OSDs', days, [3, null, 5], 'count'),
    'OSDs: from 3 on 1 Nov 2026 to 5 on 3 Nov 2026.',
  );
  assert.equal(
    courseOf('OSDs', days, [null, 3, null], 'count'),
    'OSDs: 3 on 2 Nov 2026, the only day with a value in this range.',
  );
  assert.equal(
    courseOf('OSDs', days, [null, null, null], 'count'),
    'OSDs: no values in this range.',
  );
});

test('days of zeros and gaps are no past worth showing', () => {
  assert.equal(hasAny([{ name: 'a', values: [0, null, 0] }]), false);
  assert.equal(
    hasAny([
      { name: 'a', values: [0] },
      { name: 'b', values: [null, 2] },
    ]),
    true,
  );
});

test('the axis of a day has round hours, that of two weeks has days', () => {
  const start = Date.parse('2026-11-21T10:20:00Z') / 1000;
  const hours = roundTimes({ start, step: 300, count: 289 }, 7);
  const at = (index: number, step: number) => new Date((start + index * step) * 1000).toISOString();
  assert.deepEqual(
    hours.map((index) => at(index, 300).slice(11, 16)),
    ['12:00', '16:00', '20:00', '00:00', '04:00', '08:00'],
  );
  const days = roundTimes({ start, step: 5400, count: 241 }, 16);
  assert.equal(days.length, 15);
  assert.ok(days.every((index) => at(index, 5400).endsWith('T00:00:00.000Z')));
  assert.equal(roundTimes({ start, step: 5400, count: 241 }, 0).length <= 2, true);
});

test('the bar has 90 days, and each is told in words', () => {
  const known = [
    { day: '2026-11-21', success: 420, failure: 2, timeout: 1 },
    { day: '2026-01-01', success: 1, failure: 0, timeout: 0 },
  ];
  const bar = barDays(known, '2026-11-22');
  assert.equal(bar.length, 90);
  assert.deepEqual([bar[0]?.day, bar[89]?.day], ['2026-08-25', '2026-11-22']);
  assert.equal(bar[88]?.runs, known[0]);
  assert.equal(bar.filter(({ runs }) => runs !== undefined).length, 1);
  assert.equal(wordsOfDay('2026-11-22', undefined), '22 Nov 2026: no scan is known');
  assert.equal(wordsOfDay('2026-11-21', known[0]), '21 Nov 2026: 3 of 423 scans failed, 1 of them for want of time');
  assert.equal(wordsOfDay('2026-01-01', known[1]), '1 Jan 2026: 1 scan succeeded');
});

test('what stands at the top says whether anybody is needed', () => {
  const one = (name: string, health: 'down' | 'well' | 'unknown') => ({
    name, health, since: null, configured: true, services: 0, services_down: [], firing: { critical: 0, warning: 0, info: 0 },
  });
  const alert = (severity: string, muted: 'silenced' | null = null) => ({
    name: 'A', installation: 'eu1', severity, since: null, summary: '', threshold: '', runbook: '', muted, labels: {},
  });
  const well = [one('eu1', 'well'), one('collector', 'well')];
  const { calm, title, text } = summaryOf({ installations: well, alerts: [alert('info'), alert('critical', 'silenced')], troubles: [] });
  assert.deepEqual([calm, title, text], [true, 'All is well', 'Nothing needs anybody in 2 installations. 1 alert for information only.']);
  const bad = summaryOf({ installations: [one('us2', 'down'), ...well], alerts: [alert('critical')], troubles: [] });
  assert.deepEqual([bad.calm, bad.title, bad.text], [false, 'Trouble in 1 of 3 installations', 'us2 is down. 1 alert fires.']);
  const dark = summaryOf({ installations: [one('eu1', 'unknown')], alerts: [], troubles: ['Prometheus is away.'] });
  assert.deepEqual([dark.calm, dark.title], [false, 'Not everything is known']);
  assert.match(dark.text, /Nothing is heard of eu1\./);
});

test('small figures have small ticks, counts have whole ones', () => {
  assert.ok(tickSteps('percent').some((step) => step > 0 && step < 0.01));
  assert.equal(Math.min(...tickSteps('count')), 1);
  assert.equal(Math.min(...tickSteps('bytes_per_second')), 1);
});
