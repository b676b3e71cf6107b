// Signing in with a browser: the form, the session's cookie and its end, and what other sites cannot do with it.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import http from 'node:http';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { openPage, startBrowser } from './lib/browser.mjs';
import { hashed } from './lib/monitored.mjs';
import { kUser, openSignedIn, startWithUser } from './lib/users.mjs';

const kSession = 'candor-session';

test('people sign in by a form', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const { phoenix, collector } = await startWithUser(bench, { products: ['mesh', 'stone'] });
  const web = path.join(phoenix.folder, 'web.yml');
  const browser = await startBrowser(bench);
  const { url } = collector;
  const session = async (page) => (await page.context().cookies()).find(({ name }) => name === kSession);
  const submit = async (page, user, password) => {
    await page.getByLabel('User').fill(user);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const picture = async (page, name) => {
    if (process.env.CANDOR_SHOTS) await page.screenshot({ path: `${process.env.CANDOR_SHOTS}/${name}.png`, fullPage: true });
  };

  await t.test('a private page leads to the form, and the form back to it', async () => {
    const page = await openPage(browser);
    await page.goto(`${url}/p/mesh/usage?days=7`);
    assert.equal(page.url(), `${url}/sign-in?back=${encodeURIComponent('/p/mesh/usage?days=7')}`);
    await picture(page, 'sign-in');
    await submit(page, kUser.username, 'wrong');
    await page.getByText('User or password is wrong.').waitFor();
    await picture(page, 'sign-in-wrong');
    assert.equal(await session(page), undefined);
    await submit(page, kUser.username, kUser.password);
    await page.waitForURL(`${url}/p/mesh/usage?days=7`);
    const { httpOnly, sameSite, secure, path: where, expires } = await session(page);
    assert.deepEqual([httpOnly, sameSite, secure, where], [true, 'Strict', false, '/']);
    assert.ok(Math.abs(expires - Date.now() / 1000 - 12 * 3600) < 60, String(expires));
    await page.getByRole('button', { name: 'Sign out (anna)' }).waitFor();
    // The only complaint is of the answer to the wrong password.
    assert.ok(page.complaints.every((text) => /status of 403/.test(text)), page.complaints.join());
    await page.goto(`${url}/operations`);
    await page.getByText(/This collector has no operations center/).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Operations' }).count(), 0);
    await page.goto(`${url}/sign-in?back=//evil.test/`);
    assert.equal(page.url(), `${url}/`, 'nobody is led to another site');
    await page.getByRole('button', { name: 'Sign out (anna)' }).click();
    await page.waitForFunction(() => document.querySelector('#account a')?.textContent === 'Sign in');
    assert.equal(await session(page), undefined);
    await page.goto(`${url}/p/mesh`);
    assert.match(page.url(), /\/sign-in\?back=%2Fp%2Fmesh$/);
    await page.context().close();
  });

  await t.test('the form needs no script, and fits a phone and the dark', async () => {
    const page = await openPage(browser, { javaScriptEnabled: false, viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
    await page.goto(`${url}/sign-in`);
    await picture(page, 'sign-in-phone-dark');
    await submit(page, kUser.username, kUser.password);
    await page.waitForURL(`${url}/`);
    assert.ok(await session(page));
    await page.context().close();
  });

  const page = await openPage(browser);
  await openSignedIn(page, `${url}/p/mesh`);
  const cookie = await session(page);
  const form = async () => {
    const response = await fetch(`${url}/sign-in`);
    const text = await response.text();
    return { cookie: response.headers.get('set-cookie').split(';')[0], token: /name="token" value="(\w+)"/.exec(text)[1] };
  };
  const ours = { 'sec-fetch-site': 'same-origin' };
  const post = (address, headers, body) => fetch(url + address, { method: 'POST', headers, body, redirect: 'manual' });
  const statusWith = async (value) => (await fetch(`${url}/api/v1/products/mesh/overview`, { headers: { cookie: `${kSession}=${value}` } })).status;

  await t.test('a cookie that was tampered with is none', async () => {
    assert.equal(await statusWith(cookie.value), 200);
    const [user, begin, end, id, seal] = cookie.value.split('.');
    const other = Buffer.from('eve').toString('hex');
    for (const value of [
      [other, begin, end, id, seal], [user, begin, String(Number(end) + 1), id, seal], [user, String(Number(begin) + 1), end, id, seal],
      [user, begin, end, id, seal.replace(/./, (c) => (c === 'a' ? 'b' : 'a'))], [user, end, id, seal], [user, begin, end, id, ''], [''],
    ]) assert.equal(await statusWith(value.join('.')), 401, value.join('.')); // prettier-ignore
    const many = await fetch(`${url}/api/v1/products/mesh/overview`, { headers: { cookie: `${kSession}=${cookie.value}; x=${'x'.repeat(9_000)}` } });
    assert.equal(many.status, 401, 'more cookies than a browser sends');
    const key = path.join(collector.data, 'session.key');
    assert.equal(statSync(key).mode & 0o777, 0o600);
    assert.equal(readFileSync(key).length, 32);
  });

  await t.test('a session ends, is renewed before that, and is of one user', async () => {
    // As the collector makes them, under its key.
    const key = readFileSync(path.join(collector.data, 'session.key'));
    const hash = /anna: ['"]?(\$2[^'"\n]+)/.exec(readFileSync(web, 'utf8'))[1];
    const made = (name, end, begin = -3600) => {
      const at = (seconds) => Math.floor(Date.now() / 1000) + seconds;
      const body = `${Buffer.from(name).toString('hex')}.${at(begin)}.${at(end)}.00112233445566778899aabbccddeeff`;
      return `${body}.${createHmac('sha256', key).update(`session\n${body}\n${hash}`).digest('hex')}`;
    };
    const answer = (value, address = '/api/v1/products/mesh/overview') => fetch(url + address, { headers: { cookie: `${kSession}=${value}` } });
    const session = (value) => answer(value, '/api/v1/session');
    assert.equal((await answer(made('anna', -1))).status, 401, 'it is over');
    assert.equal((await answer(made('anna', 13 * 3600))).status, 401, 'it is longer than one may be');
    assert.equal((await answer(made('bob', 3600))).status, 401, 'there is no bob');
    assert.equal((await answer(made('anna', 3600, -7 * 24 * 3600))).status, 401, 'it began seven days ago');
    const fresh = await session(made('anna', 11 * 3600));
    assert.deepEqual([fresh.status, fresh.headers.get('set-cookie')], [200, null]);
    const slow = await answer(made('anna', 5 * 3600));
    assert.deepEqual([slow.status, slow.headers.get('set-cookie')], [200, null], 'what waits for the store may come after signing out');
    const renewed = await session(made('anna', 5 * 3600));
    assert.equal(renewed.status, 200);
    const [, value] = /^candor-session=([^;]+); Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/.exec(renewed.headers.get('set-cookie'));
    assert.equal(value.split('.')[3], '00112233445566778899aabbccddeeff', 'the same session');
    assert.equal(await statusWith(value), 200);
  });

  await t.test('a page elsewhere can send nothing in the name of who is signed in', async () => {
    const { token } = await (await fetch(`${url}/api/v1/session`, { headers: { cookie: `${kSession}=${cookie.value}` } })).json();
    const drop = (headers) =>
      post('/api/v1/products/mesh/quarantine/drop', { 'content-type': 'application/json', cookie: `${kSession}=${cookie.value}`, ...headers });
    assert.equal((await drop({ ...ours, 'x-candor-token': token })).status, 200);
    for (const headers of [
      {}, ours, { 'x-candor-token': token }, { ...ours, 'x-candor-token': `${token}0` },
      { 'sec-fetch-site': 'cross-site', 'x-candor-token': token }, { 'sec-fetch-site': 'same-site', 'x-candor-token': token },
      { origin: 'http://evil.test', 'x-candor-token': token },
    ]) {
      const refused = await drop(headers);
      assert.equal(refused.status, 403, JSON.stringify(headers));
      assert.match((await refused.json()).error.message, /came from a page elsewhere.*Load the page anew/);
    }
    assert.equal((await drop({ origin: url, 'x-candor-token': token })).status, 200, 'a browser that says only where from');
    const out = await post('/sign-out', { ...ours, cookie: `${kSession}=${cookie.value}` });
    assert.equal(out.status, 403);
    // A program with a password sends no cookie, and needs no token.
    const program = await post('/api/v1/products/mesh/quarantine/drop', { 'content-type': 'application/json', ...collector.headers });
    assert.equal(program.status, 200);
  });

  await t.test('nobody can be signed in as somebody else by a page elsewhere', async () => {
    const { cookie: nonce, token } = await form();
    const fields = (more = {}) => new URLSearchParams({ user: kUser.username, password: kUser.password, token, ...more });
    const refused = [
      await post('/sign-in', { cookie: nonce, 'sec-fetch-site': 'cross-site' }, fields()),
      await post('/sign-in', { cookie: nonce }, fields()),
      await post('/sign-in', ours, fields()),
      await post('/sign-in', { ...ours, cookie: 'candor-form=00112233445566778899aabbccddeeff' }, fields()),
    ];
    for (const response of refused) {
      assert.equal(response.status, 403);
      assert.doesNotMatch(response.headers.get('set-cookie') ?? '', /candor-session/);
      assert.match(await response.text(), /Sign in again\./);
    }
    const taken = await post('/sign-in', { ...ours, cookie: nonce }, fields({ back: 'https://evil.test/' }));
    assert.deepEqual([taken.status, taken.headers.get('location')], [303, '/']);
    const hostile = await (await post('/sign-in', ours, fields({ back: '/"><script>alert(1)</script>' }))).text();
    assert.match(hostile, /name="back" value="\/"/, 'that is no address of ours');
    const quoted = await (await post('/sign-in', ours, fields({ back: "/p/mesh?a='1'&lt=2" }))).text();
    assert.ok(quoted.includes(`name="back" value="/p/mesh?a=&#39;1&#39;&amp;lt=2"`), quoted);
  });

  await t.test('a real page elsewhere cannot, and a link from there finds who is signed in', async () => {
    const evil = http.createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<form method="post" action="${url}/sign-out"></form><a href="${url}/p/mesh">a link</a>`);
    });
    await new Promise((done) => evil.listen(0, '127.0.0.1', done));
    bench.defer(() => evil.close());
    // Another site, by its name: ports are no part of what a site is.
    const other = `http://localhost:${evil.address().port}/`;
    await page.goto(other);
    await page.evaluate(() => document.forms[0].submit());
    await page.waitForURL(`${url}/sign-out`);
    assert.ok(await session(page), 'the session goes on');
    await page.goto(other);
    await page.getByText('a link').click();
    await page.waitForURL(`${url}/p/mesh`);
    await page.getByRole('button', { name: 'Sign out (anna)' }).waitFor();
  });

  await t.test('nobody waits for the store to sign in, or to be told who they are', async () => {
    const { engine } = phoenix;
    process.kill(engine, 'SIGSTOP');
    let isOver = false;
    const figures = Promise.all(Array.from({ length: 4 }, () => statusWith(cookie.value))).finally(() => (isOver = true));
    try {
      const who = await fetch(`${url}/api/v1/session`, { headers: { cookie: `${kSession}=${cookie.value}` } });
      assert.equal((await who.json()).user, 'anna');
      const { cookie: nonce, token } = await form();
      const fields = new URLSearchParams({ user: kUser.username, password: kUser.password, token });
      assert.equal((await post('/sign-in', { ...ours, cookie: nonce }, fields)).status, 303);
      assert.equal(isOver, false, 'they did not wait');
    } finally {
      process.kill(engine, 'SIGCONT');
    }
    await figures;
  });

  await t.test('another password in web.yml ends the session, and so does a removed user', async () => {
    const before = readFileSync(web, 'utf8');
    writeFileSync(web, `basic_auth_users: {anna: ${hashed('anna', 'another long password')}, bob: ${hashed('bob', kUser.password)}}\n`);
    await until('the session has ended', async () => (await statusWith(cookie.value)) === 401);
    await page.goto(`${url}/p/mesh`);
    assert.match(page.url(), /\/sign-in/);
    writeFileSync(web, `basic_auth_users: {bob: ${hashed('bob', kUser.password)}}\n`);
    await until('bob is the only user', async () => {
      assert.equal(await statusWith(cookie.value), 401);
      return (collector.server.err.match(/was read again/g) ?? []).length >= 2;
    });
    writeFileSync(web, before);
    await until('it is good again with the old hash', async () => (await statusWith(cookie.value)) === 200);
  });

  await t.test('who guesses has to wait, and is told for how long', async () => {
    const guess = await openPage(browser);
    await guess.goto(`${url}/sign-in`);
    for (let i = 0; i < 10; ++i) {
      await submit(guess, kUser.username, `wrong ${i}`);
      await guess.getByText('User or password is wrong.').waitFor();
    }
    await submit(guess, kUser.username, 'a password nobody tried before');
    await guess.getByText(/Too many wrong passwords came from your network\. Try again in \d+ s\./).waitFor();
    assert.equal(await statusWith(cookie.value), 200, 'who is signed in goes on');
    await guess.context().close();
  });

  await t.test('nothing of a password or a cookie is in the log', () => {
    const { err } = collector.server;
    for (const secret of [kUser.password, cookie.value]) assert.ok(!err.includes(secret));
  });
});
