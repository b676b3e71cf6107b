// What must never leave a machine, and the search for it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// Names that say nothing: they also stand in reports for other reasons.
const kCommonNames = ['root', 'debian', 'ubuntu', 'localhost', 'linux'];
const kShortest = 4;

/** What names this machine and its user: {what: text}. */
export function machineSecrets() {
  const secrets = {
    'host name': os.hostname(),
    user: os.userInfo().username,
    home: os.homedir(),
    loopback: '127.0.0.1',
  };
  try {
    secrets['machine id'] = readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    // There is none to give away.
  }
  for (const [name, addresses] of Object.entries(os.networkInterfaces())) {
    for (const { address, mac, internal } of addresses) {
      if (internal) continue;
      secrets[`address of ${name} (${address})`] = address;
      secrets[`hardware address of ${name}`] = mac;
    }
  }
  const telling = ([, text]) =>
    text.length >= kShortest && !kCommonNames.includes(text) && text !== '/root';
  return Object.fromEntries(Object.entries(secrets).filter(telling));
}

/** Fails when the text or bytes have one of the secrets, {what: text}. */
export function assertWithout(secrets, bytes, where) {
  const haystack = Buffer.from(bytes);
  for (const [what, text] of Object.entries(secrets)) {
    const at = haystack.indexOf(text);
    const around =
      at < 0 ? '' : haystack.subarray(Math.max(0, at - 60), at + 60).toString('latin1');
    assert.equal(at, -1, `${where} has the ${what} "${text}": …${around}…`);
  }
}

/** As assertWithout for each file below a folder; how many files there were. */
export function assertFolderWithout(secrets, folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const file of files) {
    const name = path.join(file.parentPath, file.name);
    assertWithout(secrets, readFileSync(name), name);
  }
  return files.length;
}
