// What happens where a product is used: events by name, by installations, by day.
import { eventsPath, getEvents, getPopular, type Popular } from './api.ts';
import type { View } from './address.ts';
import type { Chart } from './chart.ts';
import { h } from './dom.ts';
import { barsTable, showFrame } from './frame.ts';
import { cardTitle, fillChartCard } from './panels.ts';

export function showUsage(main: HTMLElement, product: string, view: View): void {
  let chart: Chart | undefined;
  showFrame(main, product, view, {
    name: 'Usage',
    lede: 'What happened where it is used, how often, and in how many installations; on web pages visitors stand for them, counted by the day. Only events that its contract declares are counted.',
    ranged: true,
    show: async (content, signal) => {
      const [{ events, days, counts }, popular] = await Promise.all([
        getEvents(product, view.days, signal),
        getPopular(product, view.days, signal),
      ]);
      chart?.destroy();
      const rows = events.map(({ name, about, count, installations }) => ({
        name,
        about,
        numbers: [count, installations],
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
                barsTable('Events by name, most first', ['Event', 'Times', 'Installations'], rows),
              ),
        ),
        h('section', {}, h('h2', {}, 'Over time'), card),
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
