// The search for an installation in the files of a collector.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Every way in which an installation may stand in a file: {name: bytes}. */
export function waysToWrite(installation) {
  const plain = installation.replaceAll('-', '');
  return {
    'the identity': Buffer.from(installation),
    'in upper case': Buffer.from(installation.toUpperCase()),
    'without dashes': Buffer.from(plain),
    'as bytes': Buffer.from(plain, 'hex'),
    'as bytes, the other way round': Buffer.from(plain, 'hex').reverse(),
    // A packed file may tear it apart; its longest piece is still no chance find.
    'its last piece': Buffer.from(installation.split('-').at(-1)),
    'its first piece': Buffer.from(installation.split('-')[0]),
  };
}

/** [file, how] of each file below the folder that has it, by name or content. */
export function tracesOf(installation, folder) {
  const ways = Object.entries(waysToWrite(installation));
  const found = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    for (const [how, bytes] of ways)
      if (Buffer.from(entry.name).includes(bytes)) found.push([file, `${how}, in its name`]);
    if (!entry.isFile()) continue;
    let content;
    try {
      content = readFileSync(file);
    } catch (error) {
      if (!existsSync(file)) continue; // the store took it away while we looked
      throw error;
    }
    for (const [how, bytes] of ways) if (content.includes(bytes)) found.push([file, how]);
  }
  return found;
}
