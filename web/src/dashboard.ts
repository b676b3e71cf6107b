// The dashboard of one product.
import {
  ApiError,
  getOverview,
  getTrend,
  overviewPath,
  trendPath,
  type Overview,
  type Trend,
  type VersionTrend,
} from './api.ts';
import { pageAddress, queryOf, type View } from './address.ts';
import type { Chart } from './chart.ts';
import { announce, byId, h } from './dom.ts';
import { formatInstant } from './format.ts';
import { failure, loading, nothingYet } from './notices.ts';
import { cardTitle, figureTile, fillChartCard, installationsTile, versionsCard } from './panels.ts';
import { rangesOf } from './ranges.ts';
import { hasAny, topVersions, toNumbers } from './shape.ts';
import { tabs } from './tabs.ts';

const kVersionLines = 5;
/** Below this many installations a sum says much about each of them, and the page admits it. */
const kFew = 5;

export function showDashboard(main: HTMLElement, product: string, view: View): void {
  const content = h('div', { class: 'content' });
  const heading = h('h1', {}, product);
  const asOf = h('p', { class: 'as-of' });
  const lede = h('p', { class: 'lede' });
  const banner = h('div', { class: 'banner', role: 'note' });
  let charts: Chart[] = [];
  let asked = new AbortController();

  const dropCharts = (): void => {
    for (const chart of charts) chart.destroy();
    charts = [];
  };

  async function load(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    history.replaceState(null, '', `${location.pathname}${queryOf(view)}`);
    banner.hidden = !view.simulated;
    content.setAttribute('aria-busy', 'true');
    if (content.childElementCount === 0) content.append(loading('the figures'));
    try {
      const overview = await getOverview(product, view.simulated, signal);
      dropCharts();
      showOverview(overview, signal);
      announce(`Figures loaded, as of ${formatInstant(overview.as_of)}.`);
    } catch (error) {
      if (signal.aborted) return;
      dropCharts();
      content.replaceChildren(failure(error, () => void load()));
    }
    content.removeAttribute('aria-busy');
  }

  function showOverview(overview: Overview, signal: AbortSignal): void {
    const { title, installations, simulated } = overview;
    document.title = `${title} statistics${simulated ? ' (with simulated installations)' : ''} · Candor`;
    heading.textContent = title;
    lede.textContent =
      `How many installations of ${title} report, how large they are and which versions they run. ` +
      'Every figure is taken over all of them; no single installation is shown.';
    asOf.replaceChildren(
      'As of ',
      h('time', { datetime: overview.as_of }, formatInstant(overview.as_of)),
    );
    const cards = trendCards(overview, () => (past.hidden = false));
    // Where nobody reports, the past is shown only if there is one.
    const past = h(
      'div',
      { hidden: installations === 0 },
      section('Over time', h('div', { class: 'cards' }, ...cards.figures.map(({ host }) => host))),
      section(
        'Versions',
        h('div', { class: 'cards' }, versionsCard(overview), cards.versions.host),
      ),
    );
    const few = installations > 0 && installations < kFew;
    content.replaceChildren(
      installations === 0 ? nothingYet(overview, pageAddress(product, 'usage', view)) : '',
      section(
        'Now',
        h(
          'div',
          { class: 'tiles' },
          installationsTile(overview),
          ...overview.figures.map(figureTile),
        ),
        few
          ? h(
              'p',
              { class: 'quiet' },
              `Fewer than ${kFew} installations report, so these totals say much about each of them.`,
            )
          : undefined,
      ),
      past,
      jsonLinks(overview),
    );
    for (const card of [...cards.figures, cards.versions]) {
      void fillCard(card, signal);
    }
  }

  interface Card {
    host: HTMLElement;
    title: string;
    fetch: (signal: AbortSignal) => Promise<Chart | undefined>;
  }

  function trendCards(overview: Overview, reveal: () => void): { figures: Card[]; versions: Card } {
    const card = (
      title: string,
      fetch: (host: HTMLElement, signal: AbortSignal) => Promise<Chart | undefined>,
    ): Card => {
      const host = h(
        'article',
        { class: 'card' },
        cardTitle(title),
        h('p', { class: 'quiet chart-room' }, 'Loading…'),
      );
      return { host, title, fetch: (signal) => fetch(host, signal) };
    };
    const installations = {
      name: 'installations',
      title: 'Installations reporting',
      unit: 'count' as const,
    };
    const figures = [installations, ...overview.figures].map(({ name, title, unit }) =>
      card(title, async (host, signal) => {
        const trend = await getTrend<Trend>(product, name, view.days, view.simulated, signal);
        const lines = [{ name: title, values: toNumbers(trend.values) }];
        if (hasAny(lines)) reveal();
        return fillChartCard(host, { title, unit, days: trend.days, lines });
      }),
    );
    const versions = card('Versions over time', async (host, signal) => {
      const trend = await getTrend<VersionTrend>(
        product,
        'version',
        view.days,
        view.simulated,
        signal,
      );
      const lines = topVersions(trend, kVersionLines);
      if (hasAny(lines)) reveal();
      return fillChartCard(host, {
        title: 'Versions over time',
        unit: 'count',
        days: trend.days,
        lines,
        named: true,
      });
    });
    return { figures, versions };
  }

  async function fillCard(card: Card, signal: AbortSignal): Promise<void> {
    try {
      const chart = await card.fetch(signal);
      if (chart) charts.push(chart);
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof ApiError ? error.message : String(error);
      card.host.replaceChildren(
        cardTitle(card.title),
        h('p', { class: 'quiet' }, `${message} Reload the page to try again.`),
      );
    }
  }

  const realOnly = h('button', { type: 'button' }, 'Show real installations only');
  const controls = controlsOf(view, () => void load());
  realOnly.addEventListener('click', () => {
    controls.simulated.checked = false;
    view.simulated = false;
    controls.simulated.focus();
    void load();
  });
  banner.append(
    h(
      'p',
      {},
      h('strong', {}, 'Contains simulated installations. '),
      'These figures mix real reports with made-up ones.',
    ),
    realOnly,
  );
  main.replaceChildren(
    h('div', { class: 'intro' }, h('div', {}, heading, lede), asOf),
    tabs(product, view),
    controls.element,
    banner,
    content,
  );
  void load();
}

function section(title: string, ...children: (Node | undefined)[]): HTMLElement {
  return h('section', {}, h('h2', {}, title), ...children);
}

function controlsOf(
  view: View,
  change: () => void,
): { element: HTMLElement; simulated: HTMLInputElement } {
  const simulated = h('input', { type: 'checkbox', role: 'switch' });
  simulated.checked = view.simulated;
  simulated.addEventListener('change', () => {
    view.simulated = simulated.checked;
    change();
  });
  return {
    simulated,
    element: h(
      'div',
      { class: 'controls' },
      rangesOf(view, 'Trends over', change),
      h('label', { class: 'switch' }, simulated, h('span', {}, 'Include simulated installations')),
    ),
  };
}

function jsonLinks({ product, simulated }: Overview): HTMLElement {
  const link = (text: string, href: string) => h('a', { href }, text);
  return h(
    'p',
    { class: 'quiet json' },
    'The same figures as JSON: ',
    link('overview', overviewPath(product, simulated)),
    ', ',
    link('installations over a year', trendPath(product, 'installations', 365, simulated)),
    ', ',
    link('versions over a year', trendPath(product, 'version', 365, simulated)),
    '.',
  );
}

/** A way to the other products, where there are any. */
export function linkProducts(links: { title: string; href: string }[]): void {
  const items = links.flatMap(({ title, href }, index) => [
    index === 0 ? 'Products of this collector: ' : ' · ',
    h('a', { href }, title),
  ]);
  byId('foot-links').replaceChildren(...(links.length > 1 ? [...items, '.'] : []));
}
