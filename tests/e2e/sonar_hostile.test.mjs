// Targets that mean harm: each is told as what it is, the scan ends by its time, and nobody but the target gets the
// password.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import { Bench, until } from './lib/bench.mjs';
import { gzipBomb } from './lib/hostile.mjs';
import { kUser } from './lib/oidc_panel.mjs';
import { run } from './lib/program.mjs';
import { failed, SonarAgent } from './lib/sonar.mjs';

const kTimeoutMs = 2_000;
const kPassword = 'canary-p4ssword-of-sonar';
const kKiB = 1024;

/** A server that gives each connection to `answer(socket, request)` when its header is there; {url, port, got}. */
async function startRaw(bench, answer, secure) {
  const raw = { got: '' };
  const serve = (socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      raw.got += bytes.toString('latin1');
      const had = text.includes('\r\n\r\n');
      text += bytes.toString('latin1');
      if (!had && text.includes('\r\n\r\n')) answer(socket, text);
    });
  };
  const server = secure ? tls.createServer(secure, serve) : net.createServer(serve);
  const sockets = new Set();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  raw.port = server.address().port;
  raw.url = `${secure ? 'https' : 'http'}://127.0.0.1:${raw.port}`;
  bench.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return raw;
}

const head = (status, ...lines) => `HTTP/1.1 ${status}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const whole = (body, ...lines) => head('200 OK', `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', ...lines) + body;
const form = (action = '/login') =>
  `<form method="post" action="${action}"><input name="user"><input type="password" name="pass"></form>`;

/** Writes pieces for as long as somebody reads, `every` milliseconds. */
function drip(socket, piece, every) {
  const timer = setInterval(() => socket.write(piece), every);
  socket.on('close', () => clearInterval(timer));
}

function pour(socket, piece) {
  while (!socket.destroyed && socket.write(piece));
  if (!socket.destroyed) socket.once('drain', () => pour(socket, piece));
}

/** What each target does, and what it is told as: [class, what the message says]. */
const kTargets = {
  'says nothing': [() => {}, 'timeout', /in time/],
  'stops in its body': [(socket) => socket.write(head('200 OK', 'Content-Length: 100') + 'half'), 'timeout', /in time/],
  'gives a byte now and then': [
    (socket) => {
      socket.write(head('200 OK', 'Content-Length: 100000'));
      drip(socket, 'x', 100);
    },
    'timeout',
    /in time/,
  ],
  'gives its header byte by byte': [(socket) => drip(socket, 'H', 100), 'timeout', /in time/],
  'announces 10 GB': [(socket) => socket.write(head('200 OK', 'Content-Length: 10737418240')), 'assertion', /too large/],
  'pours without an end': [
    (socket) => {
      socket.write(head('200 OK', 'Transfer-Encoding: chunked'));
      pour(socket, `10000\r\n${'x'.repeat(64 * kKiB)}\r\n`);
    },
    'assertion',
    /too large/,
  ],
  'redirects in a circle': [(socket) => socket.end(head('302 Found', 'Location: /access', 'Content-Length: 0')), 'http_status', /more than 5 times/],
  'redirects to the metadata': [
    (socket) => socket.end(head('302 Found', 'Location: http://169.254.169.254/latest/meta-data/', 'Content-Length: 0')),
    'connect',
    /link-local/,
  ],
  'redirects to it in IPv6': [
    (socket) => socket.end(head('302 Found', 'Location: http://[::ffff:a9fe:a9fe]/', 'Content-Length: 0')),
    'connect',
    /link-local/,
  ],
  'redirects to a file': [(socket) => socket.end(head('302 Found', 'Location: file:///etc/passwd', 'Content-Length: 0')), 'http_status', /no address of http/],
  'sends a gzip bomb': [
    (socket) => {
      const bomb = gzipBomb(256);
      socket.end(Buffer.concat([Buffer.from(head('200 OK', `Content-Length: ${bomb.length}`, 'Content-Encoding: gzip')), bomb]));
    },
    'assertion',
    /too large when unpacked/,
  ],
  'packs badly': [(socket) => socket.end(whole('no gzip', 'Content-Encoding: gzip')), 'assertion', /not packed/],
  'chunks badly': [(socket) => socket.end(`${head('200 OK', 'Transfer-Encoding: chunked')}zz\r\nx\r\n0\r\n\r\n`), 'assertion', /no HTTP/],
  'is no HTTP': [(socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n'), 'assertion', /no HTTP/],
  resets: [(socket) => socket.resetAndDestroy(), 'connect', /reset/],
  'ends in its body': [(socket) => socket.end(head('200 OK', 'Content-Length: 100') + 'half'), 'connect', /./],
  'floods with headers': [
    (socket) => socket.end(head('200 OK', ...Array.from({ length: 20_000 }, (_, i) => `X-${i}: y`), 'Content-Length: 0')),
    'assertion',
    /header is too large/,
  ],
  'floods with cookies': [
    (socket) => socket.end(head('200 OK', ...Array.from({ length: 10_000 }, (_, i) => `Set-Cookie: c${i}=y`), 'Content-Length: 0')),
    'assertion',
    /header is too large/,
  ],
  'grows a cookie with each redirect': [
    (socket) => socket.end(head('302 Found', `Location: /access`, ...Array.from({ length: 9 }, (_, i) => `Set-Cookie: ${randomUUID()}${i}=${'x'.repeat(4_000)}`), 'Content-Length: 0')),
    'http_status',
    /more than 5 times/,
  ],
  'never begins': [
    (socket) => pour(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'),
    'assertion',
    /header is too large/,
  ],
  'says without an end what a chunk is': [
    (socket) => {
      socket.write(`${head('200 OK', 'Transfer-Encoding: chunked')}5;a=`);
      pour(socket, 'x'.repeat(64 * kKiB));
    },
    'assertion',
    /too large|no HTTP/,
  ],
  'is nested without an end': [(socket) => socket.end(whole('<b>'.repeat(60_000) + '</i>'.repeat(60_000))), 'auth', /no login form/],
  'has a tag without an end': [
    (socket) => socket.end(whole(`<p ${Array.from({ length: 60_000 }, (_, i) => `a${i}`).join(' ')}>${form()}`)),
    'auth',
    /no login form/,
  ],
  'asks for a name and no password': [
    (socket, request) => socket.end(whole(request.startsWith('POST') ? '<h1>hello</h1>' : '<form method=post><input type=text name=user></form>')),
    'auth',
    /without asking for a password/,
  ],
  'has nothing to say, with a body': [(socket) => socket.end(`${head('204 No Content', 'Connection: close')}${form()}`), 'auth', /no login form/],
  'has a server error': [(socket) => socket.end(head('503 Unavailable', 'Content-Length: 0')), 'http_status', /503/],
  'has no form': [(socket) => socket.end(whole('<h1>hello</h1>')), 'auth', /no login form/],
  'has a form that goes elsewhere': [(socket) => socket.end(whole(form('http://127.0.0.2:9/login'))), 'auth', /another origin/],
};

const seed = (bench, url, more = '') =>
  new SonarAgent(bench).seed(url, { password: kPassword, more: `timeout = ${kTimeoutMs / 1000}\n${more}` });

test('each is told as what it is, in time', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  for (const [name, [answer, expected, message]] of Object.entries(kTargets)) {
    await t.test(name, async () => {
      const target = await startRaw(bench, answer);
      const { code, result, text } = await seed(bench, `${target.url}/access`).once();
      assert.equal(code, 1);
      assert.equal(failed(result).class, expected, failed(result).problem);
      assert.match(failed(result).problem, message);
      assert.ok(result.ms <= kTimeoutMs + 1_000, `${result.ms} ms`);
      assert.ok(!target.got.includes(kPassword));
      assert.ok(!text.includes(kPassword));
    });
  }
});

test('nobody there, no such name, and an answer that is no JSON', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  assert.equal(failed((await seed(bench, 'http://127.0.0.1:1/access').once()).result).class, 'connect');
  const target = await startRaw(bench, (socket) => socket.end(whole('{"state": ready}')));
  const sonar = new SonarAgent(bench).write(`[monitor.sonar]
targets = [{platformName = "eu1.aws", url = "${target.url}"}]
scans = [{name = "state", steps = [{name = "state", get = "{{url}}", expect = {json = {"$.state" = "ready"}}}]}]`);
  const wrong = failed((await sonar.once()).result);
  assert.deepEqual([wrong.class, wrong.expected], ['assertion', 'JSON']);
  assert.match(wrong.problem, /no JSON/);
  const { result } = await seed(bench, 'https://no-such-name.invalid/access').once();
  assert.ok(['dns', 'timeout'].includes(failed(result).class), failed(result).problem);
});

test('what is not there at once is waited for', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  let asked = 0;
  const target = await startRaw(bench, (socket) => socket.end(whole(`{"state": "${++asked < 3 ? 'new' : 'ready'}"}`)));
  const sonar = new SonarAgent(bench).write(`[monitor.sonar]
targets = [{platformName = "eu1.aws", url = "${target.url}"}]
scans = [{name = "state", steps = [{name = "state", get = "{{url}}", until = {json = {"$.state" = "ready"}}, every = 1, for = 20}]}]`);
  const { code, result } = await sonar.once();
  assert.equal(code, 0);
  assert.equal(result.steps[0].requests, 3);
  assert.ok(result.ms >= 2_000, `${result.ms} ms`);
});

test('what is waited for is told where time ends in a request', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const scan = async (times, more = '') => {
    let asked = 0;
    const target = await startRaw(bench, (socket) => ++asked === 1 && socket.end(whole('{"state": "new"}')));
    const sonar = new SonarAgent(bench).write(`[monitor.sonar]
targets = [{platformName = "eu1.aws", url = "${target.url}"}]
${more}
scans = [{name = "state", steps = [{name = "state", get = "{{url}}", until = {json = {"$.state" = "ready"}}, every = 1, for = ${times}}]}]`);
    const { result } = await sonar.once();
    assert.deepEqual([failed(result).expected, failed(result).actual], ['"ready"', '"new"']);
    assert.ok(result.ms < 3_000, `${result.ms} ms`);
    return result;
  };
  const patient = await scan(2);
  assert.equal(failed(patient).class, 'assertion');
  assert.match(failed(patient).problem, /not within 2 s, and the last request had no answer/);
  assert.equal(patient.outcome, 'failure');
  const silent = await startRaw(bench, () => {});
  const hung = await new SonarAgent(bench)
    .write(`[monitor.sonar]
targets = [{platformName = "eu1.aws", url = "${silent.url}"}]
scans = [{name = "state", steps = [{name = "state", get = "{{url}}", until = {status = 200}, for = 1}]}]`)
    .once();
  assert.deepEqual([failed(hung.result).class, failed(hung.result).expected], ['assertion', 'an answer within 1 s']);
  assert.ok(hung.result.ms < 2_000, `${hung.result.ms} ms`);
  const over = await scan(20, 'timeout = 2');
  assert.equal(failed(over).class, 'timeout');
  assert.match(failed(over).problem, /\$\.state is not as expected: the scan's time was over/);
  assert.equal(over.outcome, 'timeout');
});

test('certificates that are not to be believed', { timeout: 120_000 }, async (t) => {
  const bench = new Bench(t);
  const folder = bench.folder('ca');
  const file = (name) => path.join(folder, name);
  const openssl = async (...args) => {
    const made = await run('openssl', args, { cwd: folder });
    assert.equal(made.code, 0, made.err);
  };
  const make = (name, subject, ...dates) =>
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`,
      '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-addext', `subjectAltName=${subject}`, ...dates); // prettier-ignore
  await make('good', 'IP:127.0.0.1', '-days', '2');
  await make('other', 'DNS:other.test', '-days', '2');
  await make('self', 'IP:127.0.0.1', '-days', '2');
  // Debian's openssl makes no certificate of the past by `req`; `x509 -days -1` does.
  await openssl('req', '-new', '-key', 'good.key', '-out', 'old.csr', '-subj', '/CN=old', '-addext', 'subjectAltName=IP:127.0.0.1');
  await openssl('x509', '-req', '-in', 'old.csr', '-signkey', 'good.key', '-days', '-1', '-copy_extensions', 'copy', '-out', 'old.pem');
  const serve = (cert, key) =>
    startRaw(bench, (socket) => socket.end(whole('<h1>hello</h1>')), { cert: readFileSync(file(cert)), key: readFileSync(file(key)) });
  const scan = async (target, ca) => (await seed(bench, `${target.url}/access`, ca ? `ca_file = "${file(ca)}"` : '').once()).result;

  const good = await scan(await serve('good.pem', 'good.key'), 'good.pem');
  assert.equal(failed(good).class, 'auth');
  assert.ok(good.certificate_expiry > new Date().toISOString());
  for (const [cert, key, ca, why] of [
    ['self.pem', 'self.key', '', /self-signed/],
    ['self.pem', 'self.key', 'good.pem', /./],
    ['old.pem', 'good.key', 'old.pem', /expired/],
    ['other.pem', 'other.key', 'other.pem', /address mismatch|mismatch/],
  ]) {
    const result = await scan(await serve(cert, key), ca);
    assert.equal(failed(result).class, 'tls', `${cert}: ${failed(result).problem}`);
    assert.match(failed(result).problem, why);
  }
  // That is the agent's own trouble, and no sign of the target's.
  const unread = failed(await scan(await serve('good.pem', 'good.key'), 'none.pem'));
  assert.equal(unread.class, 'internal');
  assert.match(unread.problem, /none\.pem holds no certificates/);
  // In the open behind TLS is refused, too.
  const down = await startRaw(bench, (socket) => socket.end(head('302 Found', 'Location: http://127.0.0.1:9/', 'Content-Length: 0')), {
    cert: readFileSync(file('good.pem')),
    key: readFileSync(file('good.key')),
  });
  assert.equal(failed(await scan(down, 'good.pem')).class, 'http_status');
});

test('the password goes to the login page alone', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const thief = await startRaw(bench, (socket) => socket.end(whole(form())));
  const answers = {
    // The login answers with a redirect that would carry the form on.
    'by a redirect': (socket, text) =>
      socket.end(text.startsWith('POST') ? head('307 Temporary Redirect', `Location: ${thief.url}/take`, 'Content-Length: 0') : whole(form())),
    'by the base of a page': (socket) => socket.end(whole(`<base href="${thief.url}/">${form('login')}`)),
    // In the error page of the target stands what was posted.
    'by an echo': (socket, text) =>
      socket.end(text.startsWith('POST') ? head(`500 ${kPassword}`, 'Content-Length: 0') : whole(form())),
  };
  for (const [name, answer] of Object.entries(answers)) {
    const target = await startRaw(bench, answer);
    const sonar = seed(bench, `${target.url}/access`);
    const { code, text } = await sonar.once();
    assert.equal(code, 1, name);
    assert.ok(!text.includes(kPassword), name);
  }
  assert.ok(!thief.got.includes(kPassword));

  // The agent knows where the login was, and does not go along with another one.
  let led = '';
  const login = await startRaw(bench, (socket, text) =>
    socket.end(text.startsWith('POST') ? head('302 Found', `Location: ${target.url}/home`, 'Content-Length: 0') : whole(form())));
  const target = await startRaw(bench, (socket, text) =>
    socket.end(text.startsWith('GET /home') || text.includes('customer=c') ? whole('here') : head('302 Found', `Location: ${led}/`, 'Content-Length: 0')));
  led = login.url;
  const sonar = seed(bench, `${target.url}/access`);
  const agent = sonar.start();
  await sonar.recorded('it succeeds', ({ successes_in_a_row }) => successes_in_a_row >= 1);
  assert.ok(login.got.includes(kPassword));
  led = thief.url;
  const record = await sonar.recorded('it is told', ({ failures_in_a_row }) => failures_in_a_row >= 1);
  assert.equal(failed(record.last_failure).class, 'auth');
  assert.match(failed(record.last_failure).problem, /was at .* before/);
  assert.ok(!thief.got.includes(kPassword));
  const { text } = await sonar.once();
  assert.match(text, /was at .* before/);
  assert.ok(!`${sonar.left()}${agent.err}${agent.out}${text}`.includes(kPassword));
});

const kMemoryOfAScan = 2 * kKiB; // KiB

/** The most that an agent held while it scanned so many targets at `url` four times each, in KiB; `agent` runs on. */
async function weigh(bench, url, more = []) {
  const named = [0, 1, 2].map((i) => `{platformName = "t${i}", url = "${url}"}`);
  const sonar = new SonarAgent(bench).write(`[monitor.sonar]
username = "${kUser}"
password = "${kPassword}"
customer = "c"
project = "p"
scanInterval = 1
timeout = 30
targets = [${[...named, `{platformName = "eu1.aws", url = "${url}"}`, ...more].join(', ')}]`);
  const agent = sonar.start();
  await sonar.recorded('some scans', ({ failures_in_a_row }) => failures_in_a_row >= 4);
  return { agent, kib: Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${agent.child.pid}/status`, 'utf8'))[1]) };
}

/** The page as gzip, so that it comes whole and is large only here. */
function packed(page) {
  const body = gzipSync(page);
  return Buffer.concat([Buffer.from(head('200 OK', 'Content-Encoding: gzip', `Content-Length: ${body.length}`)), body]);
}

const long = (kib) => 'x'.repeat(kib * kKiB);

const kLargeAnswers = {
  'many forms': packed(Buffer.alloc(500 * kKiB, '<form><input name="abcdefgh">')),
  'one long attribute': packed(`<form method="post"><input name="a" value="${long(500)}"><input type="password" name="p"></form>`),
  'one long attribute that does not end': packed(`<form method="post"><input name="a" value="${long(500)}`),
  'one long attribute with tags in it': packed(`<form method="post"><input name="a" value="${`${'%'.repeat(999)}>`.repeat(500)}"><input type="password" name="p"></form>`),
  'eight long attributes': packed(
    `<form method="post"><input type="password" name="p">${`<input type="hidden" name="a" value="${'%'.repeat(60 * kKiB)}">`.repeat(8)}</form>`,
  ),
  'one long text': packed(`<p>${long(500)}</p>`),
  'one long name of a tag': packed(`<${long(500)}>`),
  'one long header': whole('<h1>hello</h1>', `X-Long: ${long(38)}`),
  'one long cookie': whole('<h1>hello</h1>', `Set-Cookie: long=${long(38)}; Path=/`),
  // Up to a page behind four redirects.
  'cookies, more with each redirect': (text) => {
    const at = Number(/^GET \/access\/(\d)/.exec(text)?.[1] ?? 0);
    const cookies = Array.from({ length: 9 }, () => `Set-Cookie: ${randomUUID()}=${'x'.repeat(4_000)}; Path=/`);
    return at === 4 ? whole('<h1>hello</h1>', ...cookies) : head('302 Found', `Location: /access/${at + 1}`, ...cookies, 'Content-Length: 0');
  },
};

test('a scan of large answers takes little memory', { timeout: 180_000 }, async (t) => {
  const bench = new Bench(t);
  const weighed = async (answer) => {
    const target = await startRaw(bench, (socket, text) => socket.end(typeof answer === 'function' ? answer(text) : answer));
    const { agent, kib } = await weigh(bench, `${target.url}/access`);
    await agent.stop();
    return kib;
  };
  const light = await weighed(whole('<h1>hello</h1>'));
  for (const [name, answer] of Object.entries(kLargeAnswers)) {
    await t.test(name, async (part) => {
      const heavy = await weighed(answer);
      part.diagnostic(`${light} KiB, and ${heavy} KiB`);
      assert.ok(heavy - light <= 4 * kMemoryOfAScan, `${light} KiB, and ${heavy} KiB`);
    });
  }
});

test('the agent ends while targets say nothing', { timeout: 60_000 }, async (t) => {
  const bench = new Bench(t);
  const silent = await startRaw(bench, () => {});
  const small = await startRaw(bench, (socket) => socket.end(whole('<h1>hello</h1>')));
  const { agent } = await weigh(bench, `${small.url}/access`, [`{platformName = "silent", url = "${silent.url}/access"}`]);
  await until('it waits', () => silent.got.includes('GET '));
  const began = performance.now();
  assert.equal(await agent.stop(), 0);
  assert.ok(performance.now() - began < 1_500, `${performance.now() - began} ms`);
});
