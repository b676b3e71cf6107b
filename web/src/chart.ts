// Line charts over days, by uPlot. Colours come from the style sheet, so light, dark and print are
// decided there; nothing here is the only way to a number: each chart has a table beside it.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Unit } from './api.ts';
import { formatDay, formatValue } from './format.ts';
import { labelledDays, lastIndex, tickSteps, type Line } from './shape.ts';

/** How an axis of indices is labelled. */
export interface Axis {
  /** The indices to label, with room for so many. */
  splits: (room: number) => number[];
  label: (index: number) => string;
}

export interface ChartPlan {
  days: string[];
  /** Of days, where none is given. */
  axis?: Axis | undefined;
  lines: Line[];
  unit: Unit;
  /** Said instead of the drawing. */
  description: string;
  /** Writes each line's name at its end. */
  named: boolean;
  /** The day under the pointer or chosen with the arrow keys; the newest one otherwise. */
  onDay: (index: number) => void;
}

export interface Chart {
  destroy: () => void;
}

const kHeight = 220;
const kLabelWidth = 58;
const kNameRoom = 76;
const kFewDays = 14;
/** Lines differ by dash as well as by colour. */
const kDashes: readonly number[][] = [[], [9, 4], [2, 3], [12, 3, 2, 3], [5, 5], [16, 5], [1, 5]];

export function dashOf(line: number): number[] {
  return kDashes[line % kDashes.length] ?? [];
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function lineColour(line: number): string {
  return `--line-${line % kDashes.length}`;
}

export function drawChart(host: HTMLElement, plan: ChartPlan): Chart {
  const { days, lines } = plan;
  const newest = Math.max(0, ...lines.map((line) => lastIndex(line.values)));
  const plot = new uPlot(
    options(plan, Math.max(host.clientWidth, 200)),
    [days.map((_, index) => index), ...lines.map((line) => line.values)] as uPlot.AlignedData,
    host,
  );

  host.setAttribute('role', 'img');
  host.setAttribute('tabindex', '0');
  host.setAttribute(
    'aria-label',
    `${plan.description} Left and right arrow keys read single values.`,
  );

  let chosen = newest;
  const show = (index: number): void => {
    chosen = Math.min(days.length - 1, Math.max(0, index));
    plot.setCursor({ left: plot.valToPos(chosen, 'x'), top: -10 });
  };
  const keys: Record<string, () => number> = {
    ArrowLeft: () => chosen - 1,
    ArrowRight: () => chosen + 1,
    Home: () => 0,
    End: () => days.length - 1,
  };
  const press = (event: KeyboardEvent): void => {
    const move = keys[event.key];
    if (move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(move());
  };
  const leave = (): void => {
    chosen = newest;
    plot.setCursor({ left: -10, top: -10 });
  };
  host.addEventListener('keydown', press);
  host.addEventListener('blur', leave);

  const redraw = (): void => plot.redraw(false, true);
  const fit = new ResizeObserver(() => {
    const width = host.clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: kHeight });
  });
  fit.observe(host);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', redraw);
  addEventListener('themechange', redraw);
  plan.onDay(newest);

  return {
    destroy: () => {
      fit.disconnect();
      dark.removeEventListener('change', redraw);
      removeEventListener('themechange', redraw);
      host.removeEventListener('keydown', press);
      host.removeEventListener('blur', leave);
      plot.destroy();
    },
  };
}

function options(plan: ChartPlan, width: number): uPlot.Options {
  const { days, lines, unit, named } = plan;
  const across = plan.axis ?? {
    splits: (room: number) => labelledDays(days.length, room),
    label: (index: number) => formatDay(days[index] ?? '', 'short'),
  };
  const newest = Math.max(0, ...lines.map((line) => lastIndex(line.values)));
  const axis: uPlot.Axis = {
    stroke: () => colour('--muted'),
    font: '12px system-ui, sans-serif',
    ticks: { show: false },
  };
  return {
    width,
    height: kHeight,
    padding: [12, named ? kNameRoom : 24, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: 7, fill: (_, series) => colour(lineColour(series - 1)), width: 0 },
    },
    scales: {
      x: { time: false, range: () => (days.length > 1 ? [0, days.length - 1] : [-1, 1]) },
      // From zero, so that a small change does not look like a big one.
      y: { range: (_, _low, high) => [0, high > 0 ? high * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 34,
        gap: 9,
        grid: { show: false },
        splits: (u) => across.splits((u.width - 100) / kLabelWidth),
        values: (_, splits) => splits.map(across.label),
      },
      {
        ...axis,
        size: (_, labels) => 14 + 7 * Math.max(3, ...(labels ?? []).map((label) => label.length)),
        space: 44,
        incrs: tickSteps(unit),
        grid: { stroke: () => colour('--grid'), width: 1 },
        values: (_, splits) =>
          splits.map((value) => (value === 0 ? '0' : formatValue(value, unit))),
      },
    ],
    series: [
      {},
      ...lines.map((line, index): uPlot.Series => ({
        label: line.name,
        stroke: () => colour(lineColour(index)),
        width: 2,
        dash: dashOf(index),
        points: {
          show: true,
          size: 5,
          fill: () => colour(lineColour(index)),
          filter: () => dotted(line.values),
        },
      })),
    ],
    hooks: {
      setCursor: [(u) => plan.onDay(u.cursor.idx ?? newest)],
      draw: named ? [(u) => nameLines(u, lines)] : [],
    },
  };
}

/** Which days get a dot: each of a few, else only those that no line reaches. */
function dotted(values: readonly (number | null)[]): number[] {
  const known = (index: number) => (values[index] ?? null) !== null;
  const all = values.map((_, index) => index).filter(known);
  if (values.length <= kFewDays) return all;
  return all.filter((index) => !known(index - 1) && !known(index + 1));
}

/** Names at the lines' ends, pushed apart where they would overlap. */
function nameLines(u: uPlot, lines: readonly Line[]): void {
  const ratio = devicePixelRatio;
  const gap = 15 * ratio;
  const labels = lines
    .map((line, index) => ({ line, index, last: lastIndex(line.values) }))
    .filter(({ last }) => last >= 0)
    .map(({ line, index, last }) => ({
      name: line.name,
      index,
      y: u.valToPos(line.values[last] ?? 0, 'y', true),
    }))
    .sort((a, b) => a.y - b.y);
  const bottom = u.bbox.top + u.bbox.height;
  labels.forEach((label, i) => {
    const above = labels[i - 1];
    if (above !== undefined) label.y = Math.max(label.y, above.y + gap);
  });
  // Those pushed below the floor push the others up again.
  let floor = bottom;
  for (const label of labels.toReversed()) {
    label.y = Math.min(label.y, floor);
    floor = label.y - gap;
  }
  const { ctx } = u;
  ctx.save();
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const { name, index, y } of labels) {
    ctx.fillStyle = colour(lineColour(index));
    ctx.fillText(name, u.bbox.left + u.bbox.width + 8 * ratio, y, (kNameRoom - 10) * ratio);
  }
  ctx.restore();
}
