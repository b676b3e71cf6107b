// What happens where a product is used: events by name, by installations, by day.
import { eventsPath, getEvents, getPlugins, getPopular, type Plugins, type Popular } from './api.ts';
import { pageAddress, type View } from './address.ts';
import type { Chart } from './chart.ts';
import { h, scrolling } from './dom.ts';
import { formatCount, plural } from './format.ts';
import { barsTable, showFrame } from './frame.ts';
import { cardTitle, fillChartCard } from './panels.ts';

export function showUsage(main: HTMLElement, product: string, view: View): void {
  let chart: Chart | undefined;
  showFrame(main, product, view, {
    name: 'Usage',
    lede: 'What happened where it is used, how often, and in how many installations; on web pages visitors stand for them, counted by the day. Only events that its contract declares are counted.',
    ranged: true,
    show: async (content, signal) => {
      const [{ events, installations: all, automation, days, counts }, popular, runs] = await Promise.all([
        getEvents(product, view.days, signal),
        getPopular(product, view.days, signal),
        // They are computed apart, and may not be there yet.
        getPlugins(product, signal).catch(() => undefined),
      ]);
      chart?.destroy();
      const rows = events.map(({ name, about, count, installations, automation: automated }) => ({
        name,
        about,
        numbers: [
          count,
          installations,
          Math.round((installations / Math.max(1, all)) * 100),
          ...(automation > 0 ? [automated] : []),
        ],
      }));
      const card = h('article', { class: 'card' });
      content.replaceChildren(
        h(
          'section',
          {},
          h('h2', {}, 'Events'),
          rows.length === 0
            ? h('p', { class: 'notice' }, 'No event of this product arrived in this range.')
            : h(
                'article',
                { class: 'card' },
                scrolling(
                  'Events',
                  barsTable(
                    'Events by name, most first',
                    ['Event', 'Times', 'Installations', '% of all', ...(automation > 0 ? ['Times in CI'] : [])],
                    rows,
                  ),
                ),
                automation > 0
                  ? h(
                      'p',
                      { class: 'quiet' },
                      `What ${plural(automation, 'installation')} did in continuous integration is counted apart, and in no other figure of this page.`,
                    )
                  : '',
              ),
        ),
        h('section', {}, h('h2', {}, 'Over time'), card),
        runs === undefined ? '' : begunAndCompleted(product, view, runs),
        mostUsed(popular),
        h(
          'p',
          { class: 'quiet json' },
          'The same figures as JSON: ',
          h('a', { href: eventsPath(product, view.days) }, 'events'),
        ),
      );
      chart = fillChartCard(card, {
        title: 'Events a day',
        unit: 'count',
        days,
        lines: [{ name: 'Events a day', values: counts }],
      });
    },
  });
}

function mostUsed(figures: readonly Popular[]): HTMLElement | string {
  const some = figures.filter(({ rows }) => rows.length > 0);
  if (some.length === 0) return '';
  const card = ({ title, about, of, rows }: Popular): HTMLElement =>
    h(
      'article',
      { class: 'card' },
      cardTitle(title),
      h('p', { class: 'quiet' }, about),
      barsTable(
        `${title}, most installations first`,
        of === 'events' ? ['', 'Installations', 'Times'] : ['', 'Installations'],
        rows.map(({ value, installations, count }) => ({
          name: value,
          numbers: of === 'events' ? [installations, count] : [installations],
        })),
      ),
    );
  return h('section', {}, h('h2', {}, 'Used most'), h('div', { class: 'cards' }, ...some.map(card)));
}

/** From started to completed, for each command and plugin. */
function begunAndCompleted(product: string, view: View, runs: Plugins): HTMLElement | string {
  if (runs.plugins.length === 0) return '';
  const events = [...new Set(runs.plugins.map(({ event }) => event))];
  const card = (event: string): HTMLElement =>
    h(
      'article',
      { class: 'card' },
      cardTitle(event),
      scrolling(
        `Runs told by ${event}`,
        barsTable(
          `${event}, most installations first`,
          ['', 'Installations', '% of all', 'Started', 'Ended', 'Completed'],
          runs.plugins
            .filter((one) => one.event === event)
            .toSorted((a, b) => b.installations - a.installations)
            .map(({ name, installations, share, started, ended, completed }) => ({
              name,
              numbers: [installations, Math.round((share ?? 0) * 100), started, ended, completed],
            })),
        ),
      ),
    );
  return h(
    'section',
    {},
    h('h2', {}, 'Begun and completed'),
    h(
      'p',
      { class: 'quiet' },
      `Of the last ${runs.window_days} days: ${plural(runs.installations, 'installation')}, ${formatCount(runs.engaged)} of them engaged (something ran at least a day after the first time); ${formatCount(runs.automation)} in continuous integration, counted apart. Which versions do well: `,
      h('a', { href: pageAddress(product, 'plugins', view) }, 'plugins'),
      '.',
    ),
    h('div', { class: 'cards' }, ...events.map(card)),
  );
}
