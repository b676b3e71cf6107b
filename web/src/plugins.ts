// Whether plugins, and what else events tell the health of, work: a table of all, by event.
import { getPlugins, pluginsPath, type PluginHealth, type RunDays, type Verdict } from './api.ts';
import { pluginAddress, type View } from './address.ts';
import { announce, h, scrolling, svg } from './dom.ts';
import { formatCount, formatInstant, formatShare, plural } from './format.ts';
import { showFrame } from './frame.ts';

const kWidth = 84;
const kHeight = 22;
/** Told by more than their colour. */
const kSigns: Record<Verdict, string> = { failing: '✕', degraded: '!', healthy: '✓', unknown: '?' };

export function verdictMark(verdict: Verdict): HTMLElement {
  const sign = h('span', { 'aria-hidden': 'true' }, kSigns[verdict]);
  return h('span', { class: `verdict ${verdict}` }, sign, ` ${verdict}`);
}

export function shareText(share: number | null): string {
  return share === null ? '–' : formatShare(share);
}

export function showPlugins(main: HTMLElement, product: string, view: View): void {
  showFrame(main, product, view, {
    name: 'Plugins',
    lede: 'What works, and what does not: how runs ended in the last two weeks, by version. A verdict needs at least 20 installations; what runs in continuous integration is counted apart and is no part of it.',
    ranged: false,
    show: async (content, signal) => {
      const { plugins, made, window_days } = await getPlugins(product, signal);
      content.replaceChildren(
        plugins.length === 0 ? nothing(made, window_days) : searchable(product, view, plugins),
        h(
          'p',
          { class: 'quiet json' },
          `As of ${made === null ? 'now' : formatInstant(made)}. The same as JSON: `,
          h('a', { href: pluginsPath(product) }, 'plugins'),
          '; signed, for clients: ',
          h('a', { href: pluginsPath(product).replace(/plugins$/, 'insights.json') }, 'insights'),
        ),
      );
    },
  });
}

function nothing(made: string | null, days: number): HTMLElement {
  if (made === null) {
    return h(
      'section',
      { class: 'notice' },
      h('h2', {}, 'The figures are being computed'),
      h('p', {}, 'The collector has just started. Load the page again in a moment.'),
    );
  }
  return h(
    'section',
    { class: 'notice' },
    h('h2', {}, 'Nothing ran'),
    h('p', {}, `No event of the last ${days} days tells how well something works.`),
  );
}

function searchable(product: string, view: View, plugins: readonly PluginHealth[]): HTMLElement {
  const events = [...new Set(plugins.map(({ event }) => event))];
  const parts = events
    .map((event) => plugins.filter((plugin) => plugin.event === event))
    .map((some) => eventTable(product, view, some));
  const input = h('input', { id: 'wanted', type: 'search', autocomplete: 'off', spellcheck: 'false' });
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    let left = 0;
    for (const { section, rows } of parts) {
      for (const { row, name } of rows) row.hidden = !name.includes(wanted);
      const some = rows.filter(({ row }) => !row.hidden).length;
      section.hidden = some === 0;
      left += some;
    }
    announce(`${plural(left, 'row')} shown.`);
  });
  return h(
    'div',
    {},
    h(
      'form',
      { class: 'lookup', role: 'search' },
      h('label', { for: 'wanted' }, 'Name'),
      h('div', { class: 'lookup-line' }, input),
    ),
    ...parts.map(({ section }) => section),
  );
}

interface EventTable {
  section: HTMLElement;
  rows: { row: HTMLElement; name: string }[];
}

const kOrder: readonly Verdict[] = ['failing', 'degraded', 'healthy', 'unknown'];

/** What fails first, then what most have. */
function byVerdict(a: PluginHealth, b: PluginHealth): number {
  return (
    kOrder.indexOf(a.verdict) - kOrder.indexOf(b.verdict) ||
    b.installations - a.installations ||
    (a.name < b.name ? -1 : 1)
  );
}

function eventTable(product: string, view: View, plugins: readonly PluginHealth[]): EventTable {
  const event = plugins[0]?.event ?? '';
  const rows = plugins
    .toSorted(byVerdict)
    .map((plugin) => ({ name: plugin.name.toLowerCase(), row: rowOf(product, view, plugin) }));
  const heads = ['Installations', 'Share', 'Runs', 'Success', 'Lost', 'In CI'];
  const table = h(
    'table',
    { class: 'health' },
    h('caption', { class: 'unseen' }, `What ${event} tells of, what fails first`),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, 'Name'),
        h('th', { scope: 'col' }, 'Verdict'),
        h('th', { scope: 'col' }, 'Version'),
        ...heads.map((head) => h('th', { scope: 'col', class: 'number' }, head)),
        h('th', { scope: 'col' }, 'Success by day'),
      ),
    ),
    h('tbody', {}, ...rows.map(({ row }) => row)),
  );
  const section = h(
    'section',
    {},
    h('h2', {}, event),
    h(
      'article',
      { class: 'card' },
      scrolling(event, table),
    ),
  );
  return { section, rows };
}

function rowOf(product: string, view: View, plugin: PluginHealth): HTMLElement {
  const number = (text: string): HTMLElement => h('td', { class: 'number' }, text);
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      h('a', { href: pluginAddress(product, plugin, view) }, plugin.name),
    ),
    h('td', { title: plugin.rule }, verdictMark(plugin.verdict)),
    h('td', {}, plugin.version === null ? '–' : plugin.version || 'not told'),
    number(formatCount(plugin.installations)),
    number(shareText(plugin.share)),
    number(formatCount(plugin.ended)),
    number(shareText(plugin.success)),
    number(formatCount(plugin.lost)),
    number(formatCount(plugin.automation.ended)),
    h('td', {}, sparkline(plugin.trend)),
  );
}

/** The share of success by day, from 0 at the bottom to all at the top; a gap where nothing ran. */
function sparkline({ success }: RunDays): SVGElement {
  const known = success.filter((value) => value !== null);
  const first = known[0];
  const last = known.at(-1);
  const said =
    first === undefined || last === undefined
      ? 'Nothing ended.'
      : `From ${formatShare(first)} to ${formatShare(last)}.`;
  const at = (value: number, day: number): string =>
    `${((day / Math.max(1, success.length - 1)) * (kWidth - 4) + 2).toFixed(1)},${((1 - value) * (kHeight - 4) + 2).toFixed(1)}`;
  const path = success
    .map((value, day) => {
      if (value === null) return '';
      const goes = (success[day - 1] ?? null) !== null;
      return goes ? `L${at(value, day)}` : `M${at(value, day)}h0.01`;
    })
    .join('');
  return svg(
    'svg',
    { class: 'sparkline', width: kWidth, height: kHeight, role: 'img', 'aria-label': said },
    svg('title', {}, said),
    svg('path', { d: path || 'M0,0', fill: 'none' }),
  );
}
