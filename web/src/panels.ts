// The parts a dashboard is made of: tiles, chart cards, tables, notices.
import type { Figure, Overview, Unit } from './api.ts';
import { dashOf, drawChart, lineColour, type Axis, type Chart } from './chart.ts';
import { h, scrolling, svg } from './dom.ts';
import { formatCount, formatDay, formatExact, formatShare, formatValue, plural } from './format.ts';
import { courseOf, lastIndex, versionShares, type Line } from './shape.ts';

const kVersionsShown = 10;

function explained(summary: string, ...paragraphs: string[]): HTMLElement {
  const texts = paragraphs.map((text) => h('p', {}, text));
  return h('details', { class: 'about' }, h('summary', {}, summary), ...texts);
}

export function installationsTile(overview: Overview): HTMLElement {
  const { installations, engaged, automation, simulated } = overview;
  const beside = h(
    'dl',
    { class: 'beside' },
    h('div', {}, h('dt', {}, 'engaged'), h('dd', {}, formatCount(engaged))),
    h('div', {}, h('dt', {}, 'automated, counted apart'), h('dd', {}, formatCount(automation))),
  );
  return h(
    'article',
    { class: 'tile lead' },
    h('h3', {}, 'Installations reporting'),
    h(
      'p',
      { class: 'value', title: formatExact(installations, 'count') },
      formatCount(installations),
    ),
    beside,
    explained(
      'What it counts',
      'Installations reporting: those whose newest report is at most 7 days old, each counted once.',
      'Engaged: those that sent two reports at least a day apart, so throw-away installations do not make a crowd.',
      'Automation: those that say they run in CI or another automatic job. They are counted apart.',
      simulated
        ? 'Simulated installations are included at the moment.'
        : 'Simulated installations are left out.',
    ),
  );
}

export function figureTile(figure: Figure): HTMLElement {
  const exact = formatExact(figure.value, figure.unit);
  const shown = formatValue(figure.value, figure.unit);
  return h(
    'article',
    { class: 'tile' },
    h('h3', {}, figure.title),
    h('p', { class: 'value', title: exact }, shown),
    shown === exact ? undefined : h('p', { class: 'exact' }, ...breakable(exact)),
    explained('What it counts', figure.about),
  );
}

/** A long number that may be broken after its commas only. */
function breakable(text: string): Node[] {
  return text
    .split(/(?<=,)/)
    .flatMap((part, index) => (index === 0 ? [new Text(part)] : [h('wbr'), new Text(part)]));
}

export interface CardPlan {
  title: string;
  days: string[];
  lines: Line[];
  unit: Unit;
  /** The lines' names matter, even when there is only one. */
  named?: boolean;
  /** Where `days` are no days but times, as they are read. */
  axis?: Axis | undefined;
  /** Keeps an opened table open when the card is drawn anew. */
  key?: string;
}

/** A chart with its reading, and the same numbers as a table. The host is emptied first. */
export function fillChartCard(host: HTMLElement, plan: CardPlan): Chart | undefined {
  const { title, days, lines, unit, axis } = plan;
  const several = plan.named === true || lines.length !== 1;
  if (lines.every((line) => lastIndex(line.values) < 0)) {
    host.replaceChildren(cardTitle(title), h('p', { class: 'quiet' }, 'No values in this range.'));
    return undefined;
  }
  const reading = h('p', { class: 'reading' });
  const canvas = h('div', { class: 'chart' });
  const legend = several ? legendOf(lines) : undefined;
  const table = h(
    'details',
    { class: 'as-table', 'data-key': plan.key },
    h('summary', {}, 'Show as table'),
  );
  table.addEventListener('toggle', () => {
    if (table.childElementCount === 1)
      table.append(tableOf(title, axis ? 'Time' : 'Day', days, lines, unit));
  });
  host.replaceChildren(h('header', {}, cardTitle(title), reading), canvas);
  if (legend) host.append(legend.element);
  host.append(table);

  return drawChart(canvas, {
    days,
    lines,
    unit,
    axis,
    // Of times the legend says it, beside the values of the moment.
    named: several && axis === undefined,
    description: lines
      .map((line) => courseOf(several ? line.name : title, days, line.values, unit))
      .join(' '),
    onDay: (index) => {
      const day = formatDay(days[index] ?? '');
      if (legend) {
        reading.replaceChildren(day);
        legend.read(index, unit);
      } else {
        const value = lines[0]?.values[index] ?? null;
        const at = axis ? ' at ' : ' on ';
        reading.replaceChildren(h('strong', {}, formatValue(value, unit)), `${at}${day}`);
      }
    },
  });
}

export function cardTitle(title: string): HTMLElement {
  return h('h3', {}, title);
}

function legendOf(lines: Line[]): { element: HTMLElement; read: (i: number, unit: Unit) => void } {
  const values = lines.map(() => h('span', { class: 'legend-value' }));
  const items = lines.map((line, index) => {
    const stroke = svg('line', { x1: 0, y1: 5, x2: 34, y2: 5, 'stroke-width': 2.5 });
    stroke.setAttribute('stroke-dasharray', dashOf(index).join(' '));
    stroke.style.stroke = `var(${lineColour(index)})`;
    const swatch = svg(
      'svg',
      { width: 34, height: 10, viewBox: '0 0 34 10', 'aria-hidden': 'true' },
      stroke,
    );
    return h('li', {}, swatch, h('span', {}, line.name), values[index]);
  });
  return {
    element: h('ul', { class: 'legend' }, ...items),
    read: (day, unit) =>
      lines.forEach((line, index) => {
        const value = values[index];
        if (value) value.textContent = formatValue(line.values[day] ?? null, unit);
      }),
  };
}

function tableOf(
  title: string,
  head: string,
  days: string[],
  lines: Line[],
  unit: Unit,
): HTMLElement {
  const heads = lines.map((line) => h('th', { scope: 'col' }, line.name));
  const rows = days.map((day, index) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, formatDay(day)),
      ...lines.map((line) => {
        const value = line.values[index] ?? null;
        return h('td', { title: formatExact(value, unit) }, formatValue(value, unit));
      }),
    ),
  );
  return scrolling(
    `${title} as a table`,
    h(
      'table',
      {},
      h('caption', {}, `${title}, newest first`),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, head), ...heads)),
      h('tbody', {}, ...rows.toReversed()),
    ),
  );
}

/** The distribution of versions: a table whose middle column is also drawn as a bar. */
export function versionsCard(overview: Overview): HTMLElement {
  const { rows, unknown } = versionShares(overview.versions, overview.installations);
  const longest = Math.max(...rows.map(({ share }) => share), 0);
  const line = (row: (typeof rows)[number]): HTMLElement => {
    const bar = h('span', { class: 'bar-fill' });
    bar.style.width = `${longest === 0 ? 0 : (row.share / longest) * 100}%`;
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, row.version),
      h('td', { class: 'bar-cell', 'aria-hidden': 'true' }, bar),
      h('td', { class: 'number' }, formatShare(row.share)),
      h('td', { class: 'number' }, formatCount(row.installations)),
    );
  };
  const table = (part: typeof rows, caption: string): HTMLElement =>
    h(
      'table',
      { class: 'bars' },
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Version'),
          h('td', { 'aria-hidden': 'true' }),
          h('th', { scope: 'col', class: 'number' }, 'Share'),
          h('th', { scope: 'col', class: 'number' }, 'Installations'),
        ),
      ),
      h('tbody', {}, ...part.map(line)),
    );
  const more = rows.slice(kVersionsShown);
  return h(
    'article',
    { class: 'card' },
    cardTitle('Versions in use'),
    rows.length === 0
      ? h('p', { class: 'quiet' }, 'No installation has reported a version.')
      : table(rows.slice(0, kVersionsShown), 'Installations by version, most first'),
    more.length === 0
      ? undefined
      : h(
          'details',
          { class: 'as-table' },
          h('summary', {}, plural(more.length, 'more version')),
          table(more, 'The other versions'),
        ),
    unknown === 0
      ? undefined
      : h('p', { class: 'quiet' }, `${plural(unknown, 'installation')} reported no version.`),
    explained('How versions are counted', overview.version_about),
  );
}
