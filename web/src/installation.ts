// One installation: its alerts, Sonar, and its metrics of a day or of 15.
import { installationAddress, kOperationRanges, type OperationRange } from './address.ts';
import { alertsSection, healthBadge, sinceOf } from './alerts.ts';
import type { Axis, Chart } from './chart.ts';
import { h } from './dom.ts';
import { formatDay, formatInstant, plural } from './format.ts';
import { keepFresh } from './live.ts';
import { loading } from './notices.ts';
import { servicesOf, troublesOf } from './operations.ts';
import {
  getInstallation,
  operationsPath,
  type InstallationDetails,
  type MetricPanel,
} from './operations_api.ts';
import { fillChartCard } from './panels.ts';
import { scansSection } from './scans.ts';
import { roundTimes } from './shape.ts';

const kRangeNames: Record<OperationRange, string> = { '24h': '24 hours', '15d': '15 days' };

export function showInstallation(main: HTMLElement, name: string, first: OperationRange): void {
  document.title = `${name} · Operations · Candor`;
  let range = first;
  let charts: Chart[] = [];
  const content = h('div', { class: 'content' }, loading('the metrics'));
  const standing = h('p', { class: 'standing' });
  const asOf = h('p', { class: 'as-of' });
  const ranges = kOperationRanges.map((one) => {
    const input = h('input', { type: 'radio', name: 'range', value: one });
    input.checked = one === range;
    input.addEventListener('change', () => {
      range = one;
      history.replaceState(null, '', installationAddress(name, range));
      live.again();
    });
    return h('label', {}, input, h('span', {}, kRangeNames[one]));
  });
  main.replaceChildren(
    h('p', { class: 'back' }, h('a', { href: '/operations' }, '← All installations')),
    h('div', { class: 'intro' }, h('div', {}, h('h1', {}, name), standing), asOf),
    h(
      'div',
      { class: 'controls' },
      h('fieldset', { class: 'ranges' }, h('legend', {}, 'Metrics of the last'), ...ranges),
    ),
    content,
  );
  const live = keepFresh(content, name, async (signal) => {
    const details = await getInstallation(name, range, signal);
    return () => {
      const { installation, as_of } = details;
      standing.replaceChildren(
        healthBadge(installation.health),
        ' ',
        sinceOf(installation.since, Date.parse(as_of)),
        installation.services === 0
          ? ''
          : h(
              'span',
              { class: 'quiet' },
              ` ${servicesOf(installation.services, installation.services_down)}`,
            ),
      );
      asOf.textContent = `As of ${formatInstant(as_of)}; updated every 30\u00a0s`;
      charts.forEach((chart) => chart.destroy());
      charts = fill(content, details);
    };
  });
}

function fill(content: HTMLElement, details: InstallationDetails): Chart[] {
  const { troubles, alerts, sonar, panels, as_of, installation, range } = details;
  const groups = [...new Set(panels.map(({ group }) => group))];
  const hosts = new Map(
    panels.map(({ id }) => [id, h('article', { class: 'card chart-room' })]),
  );
  content.replaceChildren(
    ...troublesOf(troubles),
    alertsSection(alerts, Date.parse(as_of), 'known'),
    scansSection(sonar.scans, as_of.slice(0, 10), sonar.source),
    ...groups.map((group) =>
      h(
        'section',
        {},
        h('h2', {}, group),
        h(
          'div',
          { class: 'cards metric-panels' },
          ...panels.filter((one) => one.group === group).map(({ id }) => hosts.get(id)),
        ),
      ),
    ),
    panels.length === 0 ? nothingMeasured() : '',
    h(
      'p',
      { class: 'quiet json' },
      'The same as JSON: ',
      h('a', { href: operationsPath(installation.name, range) }, installation.name),
    ),
  );
  // Once they are in the page, which says how wide they are.
  return panels.flatMap((panel) => {
    const host = hosts.get(panel.id);
    const chart = host === undefined ? undefined : drawPanel(host, panel, details);
    return chart === undefined ? [] : [chart];
  });
}

function nothingMeasured(): HTMLElement {
  return h(
    'section',
    { class: 'notice' },
    h('h2', {}, 'No metrics in this time'),
    h(
      'p',
      {},
      'Prometheus has no samples of this installation. Alerts above say when it cannot be reached; candor_ops_config_ok in the collector’s metrics says whether it is asked.',
    ),
  );
}

function drawPanel(
  host: HTMLElement,
  panel: MetricPanel,
  { start, step, range }: InstallationDetails,
): Chart | undefined {
  const { title, unit, lines, left_out, id } = panel;
  const count = lines[0]?.values.length ?? 0;
  const at = (index: number): string => new Date((start + index * step) * 1000).toISOString();
  const axis: Axis = {
    splits: (room) => roundTimes({ start, step, count }, room),
    label: (index) =>
      range === '24h' ? at(index).slice(11, 16) : formatDay(at(index).slice(0, 10), 'short'),
  };
  const days = Array.from({ length: count }, (_, index) => formatInstant(at(index)));
  const chart = fillChartCard(host, { title, days, lines, unit, axis, key: `table ${id}` });
  if (left_out > 0) {
    const more = `${plural(left_out, 'more line')} with lower values not shown.`;
    host.append(h('p', { class: 'quiet' }, more));
  }
  return chart;
}
