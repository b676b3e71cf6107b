// What stops the start of a collector, and what it says: the place, the reason, what to do.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { contractsOf, nativeReport, postReport } from './lib/documents.mjs';
import { Phoenix } from './lib/phoenix.mjs';
import { environment, kCandor, run } from './lib/program.mjs';

const kContracts = path.resolve(import.meta.dirname, '../../contracts');

/** A folder with server.toml and other files; `expect(code, …what)` starts the collector and reads what it says. */
class Attempt {
  constructor(t, files, folder = new Bench(t).folder('start')) {
    this.folder = folder;
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name, text) {
    mkdirSync(path.dirname(path.join(this.folder, name)), { recursive: true });
    writeFileSync(path.join(this.folder, name), text);
  }

  async expect(code, ...says) {
    const config = path.join(this.folder, 'server.toml');
    const result = await run(kCandor, ['server', '--config', config], {
      env: environment(),
      limit: 20_000,
    });
    assert.equal(result.code, code, result.err);
    assert.equal(result.out, '', 'standard output is for data');
    const message = result.err
      .split('\n')
      .filter((line) => line.startsWith('candor: '))
      .join('\n');
    for (const what of says)
      assert.match(
        message,
        typeof what === 'string' ? new RegExp(what.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')) : what,
      );
    assert.ok(!result.err.includes('collecting on'), result.err);
    return message;
  }
}

const kListen = 'listen = "127.0.0.1:0"\n';
const kStone = '[[product]]\nname = "stone"\n';
const stoneContract = () => readFileSync(path.join(kContracts, 'stone.toml'), 'utf8');

test('a configuration that is wrong is named by file, line and column, with the nearest key', async (t) => {
  const cases = {
    'an unknown key': [
      `${kListen}lisen = "127.0.0.1:0"\n${kStone}`,
      'server.toml:2:1',
      'lisen',
      '"listen"',
    ],
    'an unknown key of a product': [
      `${kListen}${kStone}write_key = ["x"]\n`,
      'server.toml:4:1',
      'write_key',
      '"write_keys"',
    ],
    'a key far from any other': [
      `${kListen}${kStone}\n[zebra]\nstripes = 9\n`,
      /server\.toml:5:\d+/,
      'zebra',
    ],
    'a wrong type': [`${kListen}insecure = "yes"\n${kStone}`, /server\.toml:2:\d+/, 'insecure'],
    'no TOML': [`${kListen}listen 127\n`, /server\.toml:2:\d+/],
    'a key twice': [`${kListen}${kListen}${kStone}`, /server\.toml:2:\d+/],
    'no product': [kListen, 'server.toml', '[[product]]'],
    'a product twice': [`${kListen}${kStone}${kStone}`, /server\.toml:5:\d+/, 'twice'],
    'a product without a name': [
      `${kListen}[[product]]\nwrite_keys = ["x"]\n`,
      /server\.toml:2:\d+/,
      'name',
    ],
    'a key of two products': [
      `${kListen}${kStone}write_keys = ["k"]\n[[product]]\nname = "mesh"\nwrite_keys = ["k"]\n`,
      /server\.toml:7:\d+/,
    ],
    'require_key without keys': [
      `${kListen}${kStone}require_key = true\n`,
      /server\.toml:4:\d+/,
      'write_keys',
    ],
    'an engine that is none': [
      `${kListen}engine = "duck"\n${kStone}`,
      /server\.toml:2:\d+/,
      'embedded',
    ],
    'an address that is none': [
      `listen = "here"\n${kStone}`,
      'listen',
      /server\.toml:1:\d+/,
      'HOST:PORT',
    ],
    'a host name': [`listen = "example.com:80"\ninsecure = true\n${kStone}`, 'listen'],
    'an open address without users': [
      `listen = "0.0.0.0:0"\n${kStone}`,
      'listen = "0.0.0.0:0"',
      'candor user add',
    ],
  };
  for (const [name, [text, ...says]] of Object.entries(cases)) {
    await t.test(name, (sub) => new Attempt(sub, { 'server.toml': text }).expect(78, ...says));
  }
  await t.test('no file', async (sub) =>
    new Attempt(sub, {}).expect(78, 'server.toml', /There is no configuration file/),
  );
});

test("a contract that is wrong, missing or another one's stops the start", async (t) => {
  const own = `${kListen}[[product]]\nname = "stone"\ncontract = "own.toml"\n`;
  const broken = stoneContract().replace('purpose = "improvement"', 'purpose = "marketing"');
  const line = broken.split('\n').findIndex((one) => one.includes('marketing')) + 1;
  await t.test('a purpose that is not allowed', (sub) =>
    new Attempt(sub, { 'server.toml': own, 'own.toml': broken }).expect(
      78,
      `own.toml:${line}:`,
      'marketing',
      'improvement',
    ),
  );
  const misspelt = stoneContract().replace('visibility =', 'visibilty =');
  const at = misspelt.split('\n').findIndex((one) => one.startsWith('visibilty')) + 1;
  await t.test('an unknown key', (sub) =>
    new Attempt(sub, { 'server.toml': own, 'own.toml': misspelt }).expect(
      78,
      `own.toml:${at}:1`,
      'visibilty',
      '"visibility"',
    ),
  );
  await t.test('no TOML', (sub) =>
    new Attempt(sub, { 'server.toml': own, 'own.toml': 'candor = = 1\n' }).expect(
      78,
      /own\.toml:1:\d+/,
    ),
  );
  await t.test('an empty file', (sub) =>
    new Attempt(sub, { 'server.toml': own, 'own.toml': '' }).expect(78, 'own.toml'),
  );
  await t.test("another product's", async (sub) => {
    const attempt = new Attempt(sub, { 'server.toml': own });
    copyFileSync(path.join(kContracts, 'mesh.toml'), path.join(attempt.folder, 'own.toml'));
    await attempt.expect(78, 'server.toml', '"stone"', '"mesh"', 'own.toml');
  });
  await t.test('a file that is not there', (sub) =>
    new Attempt(sub, { 'server.toml': own }).expect(78, 'own.toml'),
  );
  await t.test('a product without a contract', (sub) =>
    new Attempt(sub, { 'server.toml': `${kListen}[[product]]\nname = "stoen"\n` }).expect(
      78,
      'stoen',
      /stone/,
    ),
  );
  await t.test('a folder without contracts', (sub) =>
    new Attempt(sub, {
      'server.toml': `${kListen}contracts = "empty"\n${kStone}`,
      'empty/x': '',
    }).expect(78, 'empty'),
  );
});

test('a web.yml that is wrong is named by line', async (t) => {
  const config = `${kListen}web_config_file = "web.yml"\n${kStone}`;
  const cases = {
    'an unknown key': [
      'basic_auth_user:\n  anna: x\n',
      /web\.yml:1/,
      'basic_auth_user',
      'basic_auth_users',
    ],
    'a password in clear': [
      'basic_auth_users:\n  anna: secret\n',
      /web\.yml:2:9/,
      /bcrypt|candor user add/,
    ],
    'a certificate that is not there': [
      'tls_server_config:\n  cert_file: none.pem\n  key_file: none.key\n',
      'none.pem',
    ],
    'TLS without a key': ['tls_server_config:\n  cert_file: web.yml\n', /web\.yml/, 'key_file'],
    'no YAML': ['basic_auth_users: [\n', /web\.yml/],
  };
  for (const [name, [text, ...says]] of Object.entries(cases)) {
    await t.test(name, async (sub) => {
      const message = await new Attempt(sub, { 'server.toml': config, 'web.yml': text }).expect(
        78,
        ...says,
      );
      assert.ok(!message.includes('secret'), 'a password is shown');
    });
  }
  await t.test('no file', (sub) =>
    new Attempt(sub, { 'server.toml': config }).expect(78, 'web.yml'),
  );
});

test('a port that is taken and a folder that cannot be written', async (t) => {
  const other = net.createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((done) => other.once('listening', done));
  const where = `127.0.0.1:${other.address().port}`;
  await new Attempt(t, { 'server.toml': `listen = "${where}"\n${kStone}` }).expect(
    73,
    where,
    'in use',
  );
  await new Attempt(t, {
    'server.toml': `${kListen}data = "file/data"\n${kStone}`,
    file: '',
  }).expect(73, 'file');
});

test('a data folder is used by one collector at a time', async (t) => {
  const phoenix = new Phoenix(new Bench(t), { products: ['stone'] });
  await phoenix.start();
  const second = new Attempt(t, { 'second.toml': '' }, phoenix.folder);
  second.write('server.toml', `${kListen}data = "data"\n${kStone}`);
  await second.expect(75, 'data folder', 'another collector');
  assert.equal(
    (await fetch(`${phoenix.collector.url}/version`)).status,
    200,
    'the first one goes on',
  );
});

test('damaged state stops the start, and is not overwritten', async (t) => {
  const phoenix = new Phoenix(new Bench(t), { products: ['stone'] });
  const collector = await phoenix.start();
  const { stone } = await contractsOf(collector);
  assert.equal((await postReport(collector, nativeReport('stone', stone))).status, 200);
  await collector.loaded('stone', 1);
  assert.equal(await phoenix.server.stop(), 0);
  const attempt = new Attempt(t, {}, phoenix.folder);
  const state = (...name) => path.join(phoenix.folder, 'data', ...name);

  const damage = async (file, bytes, code, ...says) => {
    const good = readFileSync(file);
    if (bytes === undefined) rmSync(file);
    else writeFileSync(file, bytes);
    const untouched = typeof says.at(-1) === 'function' ? says.pop() : () => undefined;
    const before = untouched();
    await attempt.expect(code, ...says);
    assert.deepEqual(untouched(), before);
    if (bytes !== undefined)
      assert.deepEqual(readFileSync(file), Buffer.from(bytes), `${file} was changed`);
    writeFileSync(file, good);
  };
  const restore = 'Restore';
  await damage(state('loaded.json'), '{"journal": "', 65, 'loaded.json', 'damaged', restore);
  await damage(state('loaded.json'), '{}', 65, 'loaded.json', 'damaged', restore);
  await damage(state('loaded.json'), '', 65, 'loaded.json', 'damaged', restore);
  await damage(state('loaded.json'), undefined, 65, 'loaded.json', 'missing', restore);
  await damage(state('receipt.key'), 'short', 65, 'receipt.key');
  const segment = readdirSync(state('journal'))
    .filter((name) => name.endsWith('.segment'))
    .toSorted()[0];
  await damage(
    state('journal', segment),
    newerSegment(readFileSync(state('journal', segment))),
    65,
    segment,
    /is of journal format 2, and this program knows formats up to 1: nothing was changed; start the newer program again/,
    () => journalOf(state('journal')),
  );

  await phoenix.start();
  await phoenix.storeAnswers();
  assert.equal(
    (await phoenix.collector.accounting('stone')).accepted,
    1,
    'what was there is there',
  );
});

// Every file of the journal's folder: its bytes, and when it was written.
function journalOf(folder) {
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const file = path.join(folder, name);
      return [name, readFileSync(file), statSync(file).mtimeMs];
    });
}

// The same segment as a later version would write it: docs/formats/journal.md.
function newerSegment(bytes) {
  const newer = Buffer.from(bytes);
  newer.writeUInt32LE(2, 8);
  newer.writeUInt32LE(crc32c(newer.subarray(0, 12)), 12);
  return newer;
}

function crc32c(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
