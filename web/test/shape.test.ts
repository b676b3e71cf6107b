import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  courseOf,
  hasAny,
  labelledDays,
  lastIndex,
  tickSteps,
  topVersions,
  versionShares,
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
