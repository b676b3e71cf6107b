// Interleaved turns: what disturbs the machine for a while disturbs both sides.
import { profiled } from './profile.mjs';
import { cpuOf, settled } from './usage.mjs';

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Lets each side take a turn, `count` times over, after one that is not counted. A side is {pid, turn(number, warming)};
 * a turn gives {items, …}, and its result here has {cpu, own, perCpuSecond} too: CPU-seconds of all its processes and
 * of the first one alone, and items for each of the former. Gives a list of results a side, by its name. Then the side
 * `candor` takes one more, in which it is looked at what its CPU goes to: `profile`.
 */
export async function interleaved(scope, count, sides) {
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let number = 0; number <= count; ++number) {
    for (const [name, { pid, turn }] of Object.entries(sides)) {
      await settled(pid);
      const before = cpuOf(pid);
      const result = await turn(number, number === 0);
      const after = cpuOf(pid);
      const cpu = after.all - before.all;
      const turned = { ...result, cpu, own: after.first - before.first, perCpuSecond: result.items / cpu };
      if (number > 0) results[name].push(turned);
      process.stderr.write(
        `    ${number === 0 ? 'warming up' : `turn ${number}`}: ${name} ${Math.round(turned.perCpuSecond).toLocaleString('en')} for a CPU-second\n`,
      );
      await settled(pid);
    }
  }
  results.profile = await profiled(scope, sides.candor.pid, () => sides.candor.turn(count + 1, false));
  return results;
}

/** The median over the pairs of how often the first side's figure holds what the peer does in a CPU-second. */
export function ratioOf(candor, peer, figure = (turn) => turn.perCpuSecond) {
  return median(candor.map((turn, i) => figure(turn) / peer[i].perCpuSecond));
}

export const medianOf = (turns, figure) => median(turns.map(figure));
