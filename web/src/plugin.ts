// One plugin: its verdict with the rule that led to it, its versions, how runs ended, and how long
// they took.
import { badgePath, getPlugin, pluginPath, type Plugin, type PluginVersion, type RunFigures } from './api.ts';
import { pageAddress, type View } from './address.ts';
import type { Chart } from './chart.ts';
import { h, scrolling } from './dom.ts';
import { formatCount, formatDay, formatDuration, formatInstant } from './format.ts';
import { showFrame } from './frame.ts';
import { cardTitle, fillChartCard } from './panels.ts';
import { shareText, verdictMark } from './plugins.ts';

const kVersionsDrawn = 5;

export function showPlugin(main: HTMLElement, product: string, name: string, view: View): void {
  const charts: (Chart | undefined)[] = [];
  showFrame(main, product, view, {
    name,
    lede: 'How its runs ended in the last two weeks, version by version. Runs in continuous integration are counted apart.',
    ranged: false,
    show: async (content, signal) => {
      const answer = await getPlugin(product, name, view.event, signal);
      charts.splice(0).forEach((chart) => chart?.destroy());
      const cards = [0, 1, 2].map(() => h('article', { class: 'card' }));
      content.replaceChildren(
        h('p', { class: 'quiet' }, h('a', { href: pageAddress(product, 'plugins', view) }, 'All of them')),
        verdictSection(answer),
        h('section', {}, h('h2', {}, 'Versions'), versionsCard(answer.versions)),
        h('section', {}, h('h2', {}, 'Over time'), h('div', { class: 'cards' }, ...cards)),
        h('section', {}, h('h2', {}, 'How runs ended'), outcomesCard(answer)),
        badgeSection(product, name, answer),
      );
      const [runs, success, versions] = cards;
      if (runs) charts.push(runsCard(runs, answer));
      if (success) charts.push(successCard(success, answer));
      if (versions) charts.push(adoptionCard(versions, answer));
    },
  });
}

function verdictSection({ plugin, made }: Plugin): HTMLElement {
  const of = plugin.version ? ` ${plugin.version}` : '';
  const facts: [string, string][] = [
    ['Installations', formatCount(plugin.installations)],
    ['Engaged', formatCount(plugin.engaged)],
    ['Share', shareText(plugin.share)],
    ['In CI, apart', formatCount(plugin.automation.installations)],
  ];
  return h(
    'section',
    {},
    h('h2', {}, `${plugin.name}${of}`),
    h(
      'article',
      { class: 'card' },
      h('p', { class: 'verdict-line' }, verdictMark(plugin.verdict)),
      h('p', {}, plugin.rule),
      plugin.better !== null && plugin.better !== plugin.version
        ? h('p', {}, 'The newest healthy version is ', h('strong', {}, plugin.better), '.')
        : undefined,
      factList(facts),
      h(
        'p',
        { class: 'quiet' },
        `Engaged: it ran there on two days at least a day apart. Share: of all installations where something ran. As of ${formatInstant(made ?? '')}; told by the event ${plugin.event}.`,
      ),
    ),
  );
}

function factList(facts: readonly [string, string][]): HTMLElement {
  return h(
    'dl',
    { class: 'facts' },
    ...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );
}

function healthTable(label: string, heads: string[], rows: HTMLElement[]): HTMLElement {
  const [first = '', ...others] = heads;
  return scrolling(
    label,
    h(
      'table',
      { class: 'health' },
      h('caption', { class: 'unseen' }, label),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, first),
          ...others.map((head) => h('th', { scope: 'col', class: 'number' }, head)),
        ),
      ),
      h('tbody', {}, ...rows),
    ),
  );
}

const number = (text: string): HTMLElement => h('td', { class: 'number' }, text);

function versionsCard(versions: readonly PluginVersion[]): HTMLElement {
  const rows = versions.map((version) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, version.version || 'not told'),
      h('td', { class: 'number', title: version.rule }, verdictMark(version.verdict)),
      number(formatCount(version.installations)),
      number(formatCount(version.ended)),
      number(shareText(version.success)),
      number(formatDuration(version.median_ms)),
      number(formatDuration(version.p95_ms)),
      number(version.since === null ? '–' : formatDay(version.since, 'short')),
    ),
  );
  const rules = versions.map((version) =>
    h('li', {}, h('strong', {}, version.version || 'not told'), `: ${version.rule}`),
  );
  return h(
    'article',
    { class: 'card' },
    healthTable(
      'Versions, the newest first',
      ['Version', 'Verdict', 'Installations', 'Runs', 'Success', 'Median', '95 % within', 'Since'],
      rows,
    ),
    h(
      'details',
      { class: 'as-table' },
      h('summary', {}, 'Why each verdict'),
      h('ul', { class: 'rules' }, ...rules),
    ),
  );
}

function outcomesCard({ plugin, versions }: Plugin): HTMLElement {
  const row = (name: string, runs: RunFigures): HTMLElement =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      ...[runs.started, runs.completed, runs.failed, runs.aborted, runs.lost, runs.running].map(
        (count) => number(formatCount(count)),
      ),
    );
  return h(
    'article',
    { class: 'card' },
    healthTable(
      'How runs ended',
      ['Version', 'Started', 'Completed', 'Failed', 'Aborted', 'Lost', 'Running'],
      [
        ...versions.map((version) => row(version.version || 'not told', version)),
        row('All', plugin),
        row('In continuous integration', plugin.automation),
      ],
    ),
    h(
      'p',
      { class: 'quiet' },
      'Failed and aborted runs said so. Lost are those whose program ended without a word, or of which nothing came within 24 hours.',
    ),
  );
}

function runsCard(host: HTMLElement, { plugin, days }: Plugin): Chart | undefined {
  return fillChartCard(host, {
    title: 'Runs a day',
    unit: 'count',
    days,
    lines: [{ name: 'Runs a day', values: plugin.trend.runs }],
  });
}

function drawn(versions: readonly PluginVersion[]): PluginVersion[] {
  return versions
    .toSorted((a, b) => b.installations - a.installations)
    .slice(0, kVersionsDrawn);
}

function successCard(host: HTMLElement, { versions, days }: Plugin): Chart | undefined {
  return fillChartCard(host, {
    title: 'Completed, of 100 runs',
    unit: 'count',
    days,
    named: true,
    lines: drawn(versions).map(({ version, trend }) => ({
      name: version || 'not told',
      values: trend.success.map((share) => (share === null ? null : Math.round(share * 100))),
    })),
  });
}

function adoptionCard(host: HTMLElement, { versions, days }: Plugin): Chart | undefined {
  return fillChartCard(host, {
    title: 'Installations a day, by version',
    unit: 'count',
    days,
    named: true,
    lines: drawn(versions).map(({ version, trend }) => ({
      name: version || 'not told',
      values: trend.installations ?? [],
    })),
  });
}

function badgeSection(product: string, name: string, { plugin }: Plugin): HTMLElement {
  const badge = badgePath(product, name);
  const alt = `${name}: ${plugin.verdict}`;
  return h(
    'section',
    {},
    h('h2', {}, 'Badge'),
    h(
      'article',
      { class: 'card' },
      cardTitle('For other pages'),
      h('p', {}, h('img', { src: badge, alt, height: 20 })),
      h('p', {}, h('code', { class: 'address' }, new URL(badge, location.href).href)),
      h(
        'p',
        { class: 'quiet json' },
        'The same as JSON: ',
        h('a', { href: pluginPath(product, name, plugin.event) }, 'this page'),
      ),
    ),
  );
}
