// The table, and docs/benchmarks.md around it.
import { readFileSync } from 'node:fs';
import { times } from './text.mjs';

const kNameLength = 100; // of a function
const kPairs = 5; // fewer, or shorter turns than that many seconds, are no measurement

/**
 * A row is {id, workload, peer, candorFigure, peerFigure, atLeast, aim} and either a `ratio`, which is to be at least
 * `atLeast`, or a `value` that is held to the bounds themselves: `bound` is 'min' or 'max', `unit` writes one.
 */
function judged(row) {
  const shown = row.ratio === undefined ? row.unit : times;
  const value = row.ratio ?? row.value;
  const holds = (limit) => (row.bound === 'max' ? value <= limit : value >= limit);
  const cell = (limit) => (limit === undefined ? '–' : `${row.bound === 'max' ? '≤ ' : ''}${shown(limit)} ${holds(limit) ? 'yes' : '**no**'}`);
  return { ratio: row.ratio === undefined ? '–' : times(row.ratio), atLeast: cell(row.atLeast), aim: cell(row.aim) };
}

export function table(rows) {
  const lines = rows.map((row) => {
    const { ratio, atLeast, aim } = judged(row);
    return `| ${row.id} | ${row.workload} | ${row.candorFigure} | ${row.peer === '–' ? '–' : `${row.peer}: ${row.peerFigure}`} | ${ratio} | ${atLeast} | ${aim} |`;
  });
  return ['| | workload | Candor | peer | ratio | at least | aim |', '|---|---|---|---|---|---|---|', ...lines].join('\n');
}

/** {workload: what profiled() gives} */
export function profileLines(profiles) {
  return Object.entries(profiles)
    .filter(([, profile]) => profile !== undefined)
    .map(([workload, { parts, functions }]) => {
      const shares = parts.map(({ percent, name, where }) => `${name} in ${where} ${percent}`).join(' · ');
      const lines = functions.map(({ percent, name, where }) => `* ${percent} \`${shortened(name)}\`, ${where}`);
      return `### ${workload}\n\n${shares}\n\n${lines.join('\n')}`;
    })
    .join('\n\n');
}

const shortened = (text) => (text.length <= kNameLength ? text : `${text.slice(0, kNameLength)}…`);

export function page({ rows, beside, profiles, machine, options }) {
  const isQuick = options.pairs < kPairs || options.seconds < kPairs;
  return `# Benchmarks
${isQuick ? '\n**A quick look, no measurement: the turns were too few or too short.**\n' : ''}
Made by \`make bench\`, which anybody can run; only ratios that were taken in one run count, since machines differ. Throughput
is for each CPU-second of *all* of a system's server processes, Candor's engine included, until all that was sent is loaded
and can be asked for; latencies are what the load saw. Each figure is the median of turns of ${options.seconds} s, ${options.pairs} of each
side, one after the other.
Data is from \`candor simulate\`. Every answer must be a success and every event and sample in the store, or there is no table.

${table(rows)}

## Beside the table

${beside.map((line) => `* ${line}`).join('\n')}

## What the CPU goes to

Of Candor's processes, the engine's threads (\`ThreadPool\`, \`MergeMutate\`, \`exe\`) and the kernel included, in one more turn.
The functions of the store's library have no names.

${profileLines(profiles)}

## The machine

| | |
|---|---|
${machine.map(([what, text]) => `| ${what} | ${text} |`).join('\n')}

${readFileSync(new URL('../notes.md', import.meta.url), 'utf8')}`;
}
