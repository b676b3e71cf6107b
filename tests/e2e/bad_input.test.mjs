// Hostile and broken requests: each gets its status and a sentence, nothing is half stored, and the next request is served.
import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from './lib/bench.mjs';
import { assertAddsUp } from './lib/collector.mjs';
import { postReport } from './lib/documents.mjs';
import { otherRequests, refusals } from './lib/refusals.mjs';
import { startTwoProducts } from './lib/two_products.mjs';

const kMemoryMargin = 32 * 1024; // KiB that the collector may hold more afterwards

function assertTellsWhy(name, answer, status, reason, sentence) {
  assert.ok(answer, `${name}: no answer`);
  assert.equal(answer.status, status, `${name}: ${answer.status} ${answer.text}`);
  assert.equal(answer.json?.schema_version, 1, `${name}: ${answer.text}`);
  assert.equal(answer.json.error.reason, reason, `${name}: ${answer.text}`);
  assert.match(answer.json.error.message, sentence, name);
  assert.match(answer.json.error.message, /^[A-Z].*[.…]$/s, `${name} is answered with no sentence`);
}

async function countsOf(collector) {
  const rows = await collector.ask(
    'SELECT product, outcome, sum(count) FROM candor.accounting GROUP BY product, outcome FORMAT TSV',
  );
  return Object.fromEntries(
    rows
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((row) => {
        const [product, outcome, count] = row.split('\t');
        return [`${product}:${outcome}`, Number(count)];
      }),
  );
}

test('what cannot be taken is refused with a sentence, counted, and leaves nothing behind', async (t) => {
  const setup = await startTwoProducts(t);
  const { phoenix, collector, stone } = setup;
  const before = phoenix.memory();
  const expected = {};
  const failures = [];
  for (const [name, request, status, reason, sentence, product] of refusals(setup)) {
    try {
      assertTellsWhy(name, await request(), status, reason, sentence);
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
    expected[`${product}:refused`] = (expected[`${product}:refused`] ?? 0) + 1;
    const next = await postReport(collector, stone({ header: { automation: true } }));
    assert.equal(next.json?.status, 'accepted', `after ${name}: ${next.text}`);
    expected['stone:accepted'] = (expected['stone:accepted'] ?? 0) + 1;
  }
  for (const [name, request, status, reason, sentence] of otherRequests(setup)) {
    try {
      assertTellsWhy(name, await request(), status, reason, sentence);
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
    assert.equal((await fetch(`${collector.url}/version`)).status, 200, `after ${name}`);
  }
  assert.deepEqual(failures, []);
  await until('all is counted', async () => {
    assert.deepEqual(await countsOf(collector), expected);
    return true;
  });
  assertAddsUp(await collector.accounting('stone'));
  assertAddsUp(await collector.accounting('mesh'));
  const stored = await collector.ask('SELECT count() FROM candor.reports WHERE automation = 0');
  assert.equal(stored, '0\n', 'a refused report was stored');
  assert.equal(await collector.ask('SELECT count() FROM candor.device_reports'), '0\n');
  const grown = phoenix.memory() - before;
  t.diagnostic(
    `memory: ${before} KiB before, ${grown} KiB more afterwards, at most ${phoenix.memory('VmHWM')} KiB`,
  );
  assert.ok(grown <= kMemoryMargin, `the collector holds ${grown} KiB more than before`);
});
