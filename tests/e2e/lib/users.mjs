// A collector with a user, and what somebody who is not signed in gets.
import assert from 'node:assert/strict';
import { until } from './bench.mjs';
import { Phoenix } from './phoenix.mjs';
import { environment, kCandor, run } from './program.mjs';

export const kUser = { username: 'anna', password: 'a long enough kestrel password' };

/** A collector whose questions are asked by a user, and its Phoenix. */
export async function startWithUser(bench, { products, lines = [], prepare = () => {} }) {
  const phoenix = new Phoenix(bench, { products, lines: ['web_config_file = "web.yml"', ...lines] });
  await prepare(phoenix.folder);
  const added = await run(kCandor, ['user', 'add', kUser.username, '--config', phoenix.config], {
    env: environment(),
    input: `${kUser.password}\n`,
  });
  assert.equal(added.code, 0, added.err);
  const collector = await phoenix.start();
  signIn(collector);
  await until('the store answers', () => phoenix.server.err.includes('the store answers'), { within: 30_000 });
  return { phoenix, collector };
}

/** Opens an address as a user: through the form that a stranger is led to. */
export async function openSignedIn(page, address, user = kUser) {
  await page.goto(address);
  await page.getByLabel('User').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(address);
}

export function signIn(collector) {
  const credentials = Buffer.from(`${kUser.username}:${kUser.password}`).toString('base64');
  collector.headers = { authorization: `Basic ${credentials}` };
}

/** The status that a stranger gets. */
export const strangersStatus = async (collector, address) => (await fetch(collector.url + address)).status;
