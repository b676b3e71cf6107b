// A real, tiny Ceph cluster on loopback.
import assert from 'node:assert/strict';
import path from 'node:path';
import { environment, run } from './program.mjs';

const kLab = path.resolve(import.meta.dirname, '../../../lab/ceph-up');

/** `furnished`: with pools of both types, a file system and changed options. */
export async function startCluster(bench, { furnished = false } = {}) {
  const folder = bench.folder('ceph');
  bench.defer(() => run(kLab, ['--down', folder]));
  const up = await run(kLab, [...(furnished ? ['--furnished'] : []), folder], { limit: 240_000 });
  assert.equal(up.code, 0, up.err);
  return new Cluster(up.out.trim());
}

class Cluster {
  constructor(conf) {
    this.conf = conf;
  }

  /** Runs `program` of the cluster's command lines (ceph, rados, rbd) and returns what it prints. */
  async tool(program, ...args) {
    const result = await run(program, ['-c', this.conf, ...args], { env: environment() });
    assert.equal(result.code, 0, `${program} ${args.join(' ')}: ${result.err}`);
    return result.out + result.err;
  }

  ceph(...args) {
    return this.tool('ceph', ...args);
  }

  async json(...args) {
    const result = await run('ceph', ['-c', this.conf, ...args, '--format', 'json'], {
      env: environment(),
    });
    assert.equal(result.code, 0, `ceph ${args.join(' ')}: ${result.err}`);
    return JSON.parse(result.out);
  }

  /** What the cluster says of itself, by other commands than a report is made of. */
  async ownFigures() {
    const [status, df, versions] = [
      await this.json('-s'),
      await this.json('df'),
      await this.json('versions'),
    ];
    const [[version]] = Object.entries(versions.osd).toSorted(([, a], [, b]) => b - a);
    return {
      osds: status.osdmap.num_osds,
      capacity: df.stats.total_bytes,
      used: df.stats.total_used_bytes,
      rawUsed: df.stats.total_used_raw_bytes,
      pools: status.pgmap.num_pools,
      version: /^ceph version ([0-9.]+)/.exec(version)[1],
    };
  }
}
