// Drives as smartctl tells of them, and a helper that says so.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const kRoot = path.resolve(import.meta.dirname, '../../..');
export const kDrives = ['ata', 'nvme', 'scsi'].map((name) =>
  JSON.parse(readFileSync(path.join(kRoot, `src/agent/seal/testdata/smart/${name}.json`), 'utf8')),
);
// Serial numbers (also with swapped bytes) and world-wide names of the three, letters and digits only.
export const kDriveSecrets = [
  'ZC1ABK7Q', 'CZA1KBQ7', 'S4EWNX0R512347', 'ZA1DKJT10000C8501FGX', '5000c500a1b2c3d4', 'a1b2c3d4',
  '0025380a38415b20', '36344630525123470025384100000001', '5000c500ae3f1c2b', '5000c500ae3f1c29',
  '5003048001c1043f', 'canaryhost', 'devsda', 'devnvme0',
];
export const squeezed = (bytes) => String(bytes).replace(/[^A-Za-z0-9]/g, '').toLowerCase();

/** The path of a program that prints the document as `candor-smart` would. */
export function helperThatPrints(folder, document, name = 'helper') {
  const file = path.join(folder, name);
  writeFileSync(`${file}.json`, JSON.stringify(document));
  writeFileSync(file, `#!/bin/sh\n[ $# = 0 ] || exit 9\nexec cat '${file}.json'\n`);
  chmodSync(file, 0o755);
  return file;
}

/** Fails when a number of one drive alone is in the bytes, however it is spelled. */
export function assertNoDrive(bytes, where) {
  const text = squeezed(bytes);
  for (const secret of kDriveSecrets)
    assert.equal(text.includes(squeezed(secret)), false, `${where} has ${secret}`);
}
