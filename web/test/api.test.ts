import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorMessage, overviewPath, parseExact, trendPath } from '../src/api.ts';

test('whole numbers beyond a double keep every digit', () => {
  assert.deepEqual(parseExact('{"a":9007199254740993,"b":12,"c":1.5,"d":1e300}'), {
    a: 9007199254740993n,
    b: 12,
    c: 1.5,
    d: 1e300,
  });
});

test('the collector’s own sentence is shown, a proxy’s page is not', () => {
  assert.equal(
    errorMessage(404, '{"error":{"reason":"x","message":"No such product."}}'),
    'No such product.',
  );
  assert.equal(errorMessage(502, '<html>'), 'The collector answered with status 502.');
  assert.equal(errorMessage(500, '{"error":{}}'), 'The collector answered with status 500.');
});

test('names are escaped in paths', () => {
  assert.equal(overviewPath('a/b', false), '/api/v1/products/a%2Fb/overview');
  assert.equal(overviewPath('stone', true), '/api/v1/products/stone/overview?simulated=include');
  assert.equal(
    trendPath('stone', 'a&b', 30, true),
    '/api/v1/products/stone/trend?insight=a%26b&days=30&simulated=include',
  );
});
