import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dashboardAddress,
  installationAddress,
  pageAddress,
  pluginAddress,
  queryOf,
  readAddress,
  readOperations,
} from '../src/address.ts';

test('simulated installations are off unless the address says include', () => {
  assert.equal(readAddress('/', '').simulated, false);
  assert.equal(readAddress('/', '?simulated=1').simulated, false);
  assert.equal(readAddress('/', '?simulated=include').simulated, true);
});

test('the product comes from the path', () => {
  assert.equal(readAddress('/', '').product, undefined);
  assert.equal(readAddress('/p/stone', '').product, 'stone');
  assert.equal(readAddress('/p/stone/', '').product, 'stone');
  assert.equal(readAddress('/p/a%20b', '').product, 'a b');
  assert.equal(readAddress('/p/%zz', '').product, '%zz');
});

test('a product has pages, and what is none is its first', () => {
  assert.equal(readAddress('/p/stone/usage', '').page, 'usage');
  assert.equal(readAddress('/p/stone/usage', '').product, 'stone');
  assert.equal(readAddress('/p/stone/nothing', '').page, '');
  assert.equal(readAddress('/p/stone', '').page, '');
  assert.equal(pageAddress('a b', 'usage', { days: 7, simulated: false }), '/p/a%20b/usage?days=7');
});

test('a range that is not offered is the default one', () => {
  assert.equal(readAddress('/', '?days=90').days, 90);
  assert.equal(readAddress('/', '?days=91').days, 30);
  assert.equal(readAddress('/', '?days=x').days, 30);
});

test('an address says only what differs from the default, and reads back as the same view', () => {
  assert.equal(queryOf({ days: 30, simulated: false }), '');
  for (const view of [
    { product: 'a b', page: '' as const, days: 365, simulated: true },
    { product: 'stone', page: '' as const, days: 30, simulated: true },
  ]) {
    const url = new URL(dashboardAddress(view.product, view), 'http://collector.example');
    assert.deepEqual(readAddress(url.pathname, url.search), view);
  }
});

test('the page of a plugin is told by its name and its event, and its tabs do not keep them', () => {
  const view = { days: 30, simulated: false };
  const address = pluginAddress('a b', { name: 'tap/x&y', event: 'plugin' }, view);
  const url = new URL(address, 'http://collector.example');
  const read = readAddress(url.pathname, url.search);
  assert.equal(read.page, 'plugins');
  assert.equal(read.plugin, 'tap/x&y');
  assert.equal(read.event, 'plugin');
  assert.equal(`/p/a%20b/plugins${queryOf(read)}`, address);
  assert.equal(pageAddress('a b', 'usage', read), '/p/a%20b/usage');
});

test('operations have an overview, and a page for each installation', () => {
  assert.equal(readOperations('/p/stone', ''), undefined);
  assert.equal(readOperations('/operationsx', ''), undefined);
  assert.deepEqual(readOperations('/operations', ''), { installation: undefined, range: '24h' });
  assert.deepEqual(readOperations('/operations/', '?range=1y'), { installation: undefined, range: '24h' });
  for (const name of ['eu1', 'a "b" / ?c', 'ä']) {
    const url = new URL(installationAddress(name, '15d'), 'http://collector.example');
    assert.deepEqual(readOperations(url.pathname, url.search), { installation: name, range: '15d' });
  }
});
