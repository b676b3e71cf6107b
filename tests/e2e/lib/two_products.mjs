// A collector that takes two products, one of them with a key only.
import { appendFileSync } from 'node:fs';
import { Bench } from './bench.mjs';
import { contractsOf, nativeReport } from './documents.mjs';
import { Phoenix } from './phoenix.mjs';

/** {phoenix, collector, hashes} and makers of reports, `stone(…)` and `mesh(…)`; "key-of-mesh" is mesh's key. */
export async function startTwoProducts(t) {
  const bench = new Bench(t);
  const phoenix = new Phoenix(bench, { products: ['stone', 'mesh'] });
  appendFileSync(phoenix.config, 'write_keys = ["key-of-mesh"]\nrequire_key = true\n');
  const collector = await phoenix.start();
  await phoenix.storeAnswers();
  const hashes = await contractsOf(collector);
  return {
    phoenix,
    collector,
    hashes,
    stone: (more) => nativeReport('stone', hashes.stone, more),
    mesh: (more) => nativeReport('mesh', hashes.mesh, more),
  };
}
