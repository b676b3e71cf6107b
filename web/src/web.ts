// The pages of a product: visits, what is looked at, and how activities are rated.
import { getRatings, getWeb, type Rating, type Web } from './api.ts';
import type { View } from './address.ts';
import { h } from './dom.ts';
import { formatCount } from './format.ts';
import { barsTable, showFrame } from './frame.ts';

const kStars = ['5', '4', '3', '2', '1'];

export function showWeb(main: HTMLElement, product: string, view: View): void {
  showFrame(main, product, view, {
    name: 'Web',
    lede: 'Visits to its pages, and how people rate what they did there. No cookie, no address: a visitor is known for a day at most.',
    ranged: true,
    show: async (content, signal) => {
      const [web, ratings] = await Promise.all([
        getWeb(product, view.days, signal),
        getRatings(product, view.days, signal),
      ]);
      content.replaceChildren(visits(web), pages(web), rated(ratings));
    },
  });
}

function visits(web: Web): HTMLElement {
  const tile = (title: string, value: number): HTMLElement =>
    h('article', { class: 'tile' }, h('h3', {}, title), h('p', { class: 'value' }, formatCount(value)));
  return h(
    'section',
    {},
    h('h2', {}, 'Visits'),
    h(
      'div',
      { class: 'tiles' },
      tile('Visits', web.visits),
      tile('Visitors, by the day', web.visitors),
      tile('Page views', web.pageviews),
    ),
  );
}

function pages(web: Web): HTMLElement {
  const rows = web.pages.map(({ page, count, visitors }) => ({
    name: page,
    numbers: [count, visitors],
  }));
  return h(
    'section',
    {},
    h('h2', {}, 'Pages'),
    rows.length === 0
      ? h('p', { class: 'notice' }, 'No page was looked at in this range.')
      : h(
          'article',
          { class: 'card' },
          barsTable('Pages, most first', ['Page', 'Views', 'Visitors'], rows),
        ),
  );
}

function rated(ratings: readonly Rating[]): HTMLElement {
  const card = ({ activity, count, mean, distribution }: Rating): HTMLElement =>
    h(
      'article',
      { class: 'card' },
      h(
        'header',
        {},
        h('h3', {}, activity),
        h(
          'p',
          { class: 'reading' },
          h('strong', {}, mean.toFixed(1)),
          ` of 5, ${formatCount(count)} ${count === 1 ? 'rating' : 'ratings'}`,
        ),
      ),
      barsTable(
        `Ratings of ${activity}`,
        ['Stars', 'Ratings'],
        kStars.map((stars) => ({ name: '★'.repeat(Number(stars)), numbers: [distribution[stars] ?? 0] })),
      ),
    );
  return h(
    'section',
    {},
    h('h2', {}, 'Ratings'),
    ratings.length === 0
      ? h('p', { class: 'notice' }, 'Nothing was rated in this range.')
      : h('div', { class: 'cards' }, ...ratings.map(card)),
  );
}
