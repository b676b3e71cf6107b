// The metrics that monitoring sends: what comes, from how many, and what it is now.
import { getMetricDays, getMetrics, metricsPath, type Metric } from './api.ts';
import type { View } from './address.ts';
import type { Chart } from './chart.ts';
import { h } from './dom.ts';
import { formatBytes, formatCount, formatInstant, plural } from './format.ts';
import { showFrame } from './frame.ts';
import { fillChartCard } from './panels.ts';

export function showMetrics(main: HTMLElement, product: string, view: View): void {
  let charts: Chart[] = [];
  showFrame(main, product, view, {
    name: 'Metrics',
    lede: 'Samples that monitoring sends, of the metrics and labels that its contract lists.',
    ranged: true,
    show: async (content, signal) => {
      const metrics = await getMetrics(product, view.days, signal);
      charts.forEach((chart) => chart.destroy());
      charts = [];
      content.replaceChildren(
        metrics.length === 0
          ? h('p', { class: 'notice' }, 'No sample of a declared metric arrived in this range.')
          : h(
              'section',
              {},
              h('h2', {}, 'By name'),
              ...metrics.map((metric) =>
                metricRow(product, view.days, metric, (chart) => charts.push(chart)),
              ),
            ),
        h(
          'p',
          { class: 'quiet json' },
          'The same figures as JSON: ',
          h('a', { href: metricsPath(product, view.days) }, 'metrics'),
        ),
      );
    },
  });
}

/** What it is at the moment; nothing where the last hour had no sample. */
export function nowOf({ name, mean, per_second }: Metric): string | undefined {
  // By the convention of Prometheus a name ends with its unit.
  const shown = /_bytes(_total)?$/.test(name) ? formatBytes : shortNumber;
  if (mean !== undefined) return shown(mean);
  return per_second === undefined ? undefined : `${shown(per_second)} a second`;
}

function shortNumber(value: number): string {
  const small = value !== 0 && Math.abs(value) < 0.001;
  return small
    ? value.toExponential(1)
    : value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
}

/** A metric in one line, and its course when it is opened. */
function metricRow(
  product: string,
  days: number,
  metric: Metric,
  drawn: (chart: Chart) => void,
): HTMLElement {
  const { name, about, samples, series, installations, newest } = metric;
  const now = nowOf(metric);
  const course = h('div', { class: 'course' }, h('p', { class: 'quiet' }, 'Loading…'));
  const fact = (title: string, value: string): HTMLElement =>
    h('div', {}, h('dt', {}, title), h('dd', {}, value));
  const details = h(
    'details',
    { class: 'card metric' },
    h(
      'summary',
      {},
      h('code', {}, name),
      h('strong', {}, now ?? ''),
      h('span', { class: 'tag' }, plural(samples, 'sample')),
    ),
    about === '' ? undefined : h('p', { class: 'quiet' }, about),
    h(
      'dl',
      { class: 'beside' },
      fact('series', formatCount(series)),
      installations === 0
        ? undefined
        : fact(installations === 1 ? 'installation' : 'installations', formatCount(installations)),
      fact('samples a day', shortNumber(samples / days)),
      newest === undefined ? undefined : fact('newest', formatInstant(newest)),
    ),
    metric.mean === undefined || series < 2
      ? undefined
      : h('p', { class: 'quiet' }, `The value is the mean of its ${series} series.`),
    course,
  );
  details.addEventListener(
    'toggle',
    () => {
      getMetricDays(product, name, days).then(
        (trend) => {
          const chart = fillChartCard(course, {
            title: 'Samples a day',
            unit: 'count',
            days: trend.days,
            lines: [{ name: 'Samples a day', values: trend.samples }],
          });
          if (chart) drawn(chart);
        },
        (error: unknown) => course.replaceChildren(h('p', { class: 'quiet' }, String(error))),
      );
    },
    { once: true },
  );
  return details;
}
