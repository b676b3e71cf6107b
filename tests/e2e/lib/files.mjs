// What files hold.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Every byte below a folder, as text. */
export function bytesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, name))
    .filter((name) => statSync(name).isFile())
    .map((name) => readFileSync(name, 'latin1'))
    .join('\n');
}
