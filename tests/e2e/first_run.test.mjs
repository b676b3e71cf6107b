// What a product with libcandor asks on its first run: on a terminal, once, and the `candor` program keeps the answer.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { after } from 'node:test';
import { Bench, until } from './lib/bench.mjs';
import { kCandor } from './lib/program.mjs';

const kBuild = path.dirname(path.resolve(kCandor));
const kWords = ['not asked', 'yes', 'no', 'noticed', 'cannot ask'];

/** A product: asks, says on standard output what came of it, and reads a line of its own. */
const kProgram = `#include <candor/ask.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  const candor_question question = {
      sizeof question, argc > 1 && argv[1][0] == 'n' ? CANDOR_OPT_OUT : CANDOR_OPT_IN,
      "Acme", "Which commands are used.", getenv("LICENCE"), getenv("PROGRAM"), NULL, NULL};
  static const char *const words[] = {"${kWords.join('", "')}"};
  if (getenv("IGNORES_CHILDREN")) signal(SIGCHLD, SIG_IGN);
  printf("answer: %s\\n", words[candor_ask(&question)]);
  char line[16] = "";
  if (getenv("READS") && fgets(line, sizeof line, stdin)) printf("host: %s", line);
  return 0;
}
`;

const contract = ({ consent = 'opt-in', licence = true } = {}) => `candor = 1
[product]
name = "acme"
title = "Acme"
about = "Figures of Acme."
contact = "privacy@acme.example"
consent = "${consent}"
accepts = ["native"]
endpoint = "http://127.0.0.1:1"
retention = "30d"
${licence ? 'licence = { id = "l-1", name = "Licence One", url = "https://l.example" }' : ''}
[[collector]]
kind = "host"
[[channel]]
name = "basic"
about = "The machine."
default = true
owner = "o"
fields = [{ path = "os", type = "string", about = "Its system." }]
`;

const bench = new Bench({ after });
const folder = bench.folder('first-run');
const program = path.join(folder, 'product');
writeFileSync(`${program}.c`, kProgram);
execFileSync('cc', ['-std=gnu11', '-Wall', '-Werror', '-Isdk/include', '-o', program, `${program}.c`, `-L${kBuild}`, '-lcandor', `-Wl,-rpath,${kBuild}`]);

/** An installation whose product nobody has decided about. */
class Installation {
  constructor(name, terms) {
    this.dir = path.join(folder, name);
    mkdirSync(path.join(this.dir, 'contracts'), { recursive: true });
    writeFileSync(path.join(this.dir, 'contracts/acme.toml'), contract(terms));
    writeFileSync(path.join(this.dir, 'candor.toml'), 'product = "acme"\ninsecure = true\n');
    this.env = {
      PATH: `${kBuild}:${process.env.PATH}`, HOME: folder, CANDOR_DIR: this.dir,
      CANDOR_CONTRACTS: path.join(this.dir, 'contracts'), LICENCE: 'l-1', NO_COLOR: '1', TERM: 'xterm',
    }; // prettier-ignore
  }
  get consent() {
    const file = path.join(this.dir, 'state/consent.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  }
  /** Runs the product on a terminal of its own; what it showed. */
  async run(typed, { env = {}, args = [], redirect = '' } = {}) {
    const line = `${[program, ...args].join(' ')} ${redirect}`;
    const terminal = bench.start('script', ['-qec', line, '/dev/null'], { env: { ...this.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    if (typed !== undefined) {
      await until('it asks', () => /Type yes or no/.test(terminal.out));
      if (typed === null) terminal.child.stdin.end('\x04');
      else terminal.child.stdin.write(typed);
    }
    await terminal.ended;
    return terminal.out.replaceAll('\r', '');
  }
}

const answer = (out) => /^answer: (.*)$/m.exec(out)?.[1];

test('a yes is carried out by the program, and nothing asks again', async () => {
  const one = new Installation('yes');
  const out = await one.run('yes\n');
  assert.match(out, /Acme would like to share with its makers:\n\n {2}Which commands are used\.\n/);
  assert.match(out, /candor preview.*candor off/);
  assert.equal(answer(out), 'yes', out);
  assert.equal(one.consent.state, 'on');
  assert.match(one.consent.how, /candor --no-input on --license l-1/);
  const again = await one.run();
  assert.equal(again, 'answer: not asked\n');
});

for (const [name, typed] of [['no', 'no\n'], ['an empty line', '\n'], ['the end of the input', null], ['nonsense', 'perhaps\nwell\nhm\nso\n']]) {
  test(`${name} is a no, and nothing asks again`, async () => {
    const one = new Installation(name.replaceAll(' ', '-'));
    assert.equal(answer(await one.run(typed)), 'no');
    assert.equal(one.consent.state, 'off');
    assert.equal(await one.run(), 'answer: not asked\n');
  });
}

test('what is typed behind the answer is the host\'s', async () => {
  const one = new Installation('host');
  assert.match(await one.run('y\nmine\n', { env: { READS: '1' } }), /answer: yes\n(.*\n)*host: mine\n/);
});

test('a host that ignores its children asks, too', async () => {
  assert.equal(answer(await new Installation('children').run('yes\n', { env: { IGNORES_CHILDREN: '1' } })), 'yes');
});

test('nobody is asked without a terminal, in automation, or where the environment says something', async () => {
  const one = new Installation('silent');
  for (const env of [{ CI: 'true' }, { GITHUB_ACTIONS: '1' }, { DO_NOT_TRACK: '1' }, { CANDOR_TELEMETRY: 'off' }, { CANDOR_TELEMETRY: 'on' }])
    assert.equal(await one.run(undefined, { env }), 'answer: not asked\n', JSON.stringify(env));
  for (const redirect of ['< /dev/null', '2> /dev/null', '| cat', '< /dev/null &\nwait'])
    assert.equal(await one.run(undefined, { redirect }), 'answer: not asked\n', redirect);
  assert.ok(!existsSync(path.join(one.dir, 'state')), 'no folder is made');
});

test('nobody is asked for what cannot be carried out', async () => {
  const one = new Installation('cannot');
  const said = 'answer: cannot ask\n';
  assert.equal(await one.run(undefined, { env: { PROGRAM: '/nowhere/candor' } }), said);
  assert.equal(await one.run(undefined, { env: { LICENCE: 'another' } }), said);
  writeFileSync(path.join(one.dir, 'policy.toml'), 'telemetry = "off"\n');
  assert.equal(await one.run(undefined, { env: { CANDOR_POLICY: path.join(one.dir, 'policy.toml') } }), said);
  assert.equal(answer(await one.run('yes\n')), 'yes');
});

test('where it is on unless refused, the notice is given once', async () => {
  const one = new Installation('notice', { consent: 'opt-out' });
  const out = await one.run(undefined, { args: ['notice'] });
  assert.match(out, /Acme: telemetry begins unless you refuse\. From .* on/);
  assert.match(out, /Refuse for good: candor off/);
  assert.equal(answer(out), 'noticed', out);
  assert.equal(one.consent.state, 'on');
  assert.ok(one.consent.starts_at, 'not before its grace is over');
  assert.equal(await one.run(undefined, { args: ['notice'] }), 'answer: not asked\n');
});
