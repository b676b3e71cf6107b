// What happens where a product is used: events by name, by installations, by day.
import { eventsPath, getEvents, type EventCount, type Events } from './api.ts';
import { queryOf, type View } from './address.ts';
import type { Chart } from './chart.ts';
import { announce, h } from './dom.ts';
import { formatCount } from './format.ts';
import { failure, loading } from './notices.ts';
import { fillChartCard } from './panels.ts';
import { rangesOf } from './ranges.ts';
import { tabs } from './tabs.ts';

export function showUsage(main: HTMLElement, product: string, view: View): void {
  const content = h('div', { class: 'content' });
  let chart: Chart | undefined;
  let asked = new AbortController();

  async function load(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    history.replaceState(null, '', `${location.pathname}${queryOf(view)}`);
    if (content.childElementCount === 0) content.append(loading('the events'));
    try {
      show(await getEvents(product, view.days, signal));
      announce('Events loaded.');
    } catch (error) {
      if (!signal.aborted) content.replaceChildren(failure(error, () => void load()));
    }
  }

  function show(events: Events): void {
    chart?.destroy();
    const card = h('article', { class: 'card' });
    content.replaceChildren(
      h('section', {}, h('h2', {}, 'Events'), eventsCard(events.events)),
      h('section', {}, h('h2', {}, 'Over time'), card),
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
      days: events.days,
      lines: [{ name: 'Events a day', values: events.counts }],
    });
  }

  document.title = `Usage of ${product} · Candor`;
  main.replaceChildren(
    h(
      'div',
      { class: 'intro' },
      h(
        'div',
        {},
        h('h1', {}, product),
        h(
          'p',
          { class: 'lede' },
          'What happened where it is used, how often, and in how many installations. Only events that its contract declares are counted.',
        ),
      ),
    ),
    tabs(product, view),
    h('div', { class: 'controls' }, rangesOf(view, 'Events of', () => void load())),
    content,
  );
  void load();
}

function eventsCard(events: readonly EventCount[]): HTMLElement {
  if (events.length === 0) {
    return h('p', { class: 'notice' }, 'No event of this product arrived in this range.');
  }
  const most = Math.max(...events.map(({ count }) => count));
  const line = (event: EventCount): HTMLElement => {
    const bar = h('span', { class: 'bar-fill' });
    bar.style.width = `${(event.count / most) * 100}%`;
    return h(
      'tr',
      {},
      h('th', { scope: 'row', title: event.about }, event.name),
      h('td', { class: 'bar-cell', 'aria-hidden': 'true' }, bar),
      h('td', { class: 'number' }, formatCount(event.count)),
      h('td', { class: 'number' }, formatCount(event.installations)),
    );
  };
  return h(
    'article',
    { class: 'card' },
    h(
      'table',
      { class: 'bars' },
      h('caption', { class: 'unseen' }, 'Events by name, most first'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Event'),
          h('td', { 'aria-hidden': 'true' }),
          h('th', { scope: 'col', class: 'number' }, 'Times'),
          h('th', { scope: 'col', class: 'number' }, 'Installations'),
        ),
      ),
      h('tbody', {}, ...events.map(line)),
    ),
  );
}
