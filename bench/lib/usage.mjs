// What processes take, as the kernel counts it.
import { readdirSync, readFileSync } from 'node:fs';
import { pause } from './scope.mjs';

const kTicksPerSecond = 100; // of /proc, on every Linux
const kQuietMs = 500;
const kQuietCpu = 0.05; // of one core
const kSettleMs = 30_000;

/** The process and all below it. */
export function treeOf(pid) {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean);
    } catch {
      return []; // the thread has ended
    }
  });
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))];
}

/** CPU-seconds of one process, with those of its children that have ended. */
function cpuOfOne(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / kTicksPerSecond;
}

/** CPU-seconds of the process and all below it: {all, first} (`first`: of the process alone). */
export function cpuOf(pid) {
  const [first, ...others] = treeOf(pid).map(cpuOfOne);
  return { first, all: others.reduce((sum, cpu) => sum + cpu, first) };
}

/** Resident bytes of a process, and the most that it ever had. */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)[1]) * 1024;
  return { now: bytes('VmRSS'), most: bytes('VmHWM') };
}

/** Waits until the processes do next to nothing: what one system still has to tidy up is not to slow the next one down. */
export async function settled(pid, limit = kSettleMs) {
  for (const deadline = Date.now() + limit; Date.now() < deadline; ) {
    const before = cpuOf(pid).all;
    await pause(kQuietMs);
    if (cpuOf(pid).all - before <= (kQuietCpu * kQuietMs) / 1000) return;
  }
}
