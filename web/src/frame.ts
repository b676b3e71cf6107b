// What the pages of events have in common: heading, tabs, how far back, and loading it again.
import { getProducts } from './api.ts';
import { queryOf, type View } from './address.ts';
import { announce, h } from './dom.ts';
import { failure, loading } from './notices.ts';
import { rangesOf } from './ranges.ts';
import { tabs } from './tabs.ts';

export interface FramePlan {
  /** "Usage": stands in the window's title. */
  name: string;
  lede: string;
  /** Asks for what the page shows and puts it into `content`. */
  show: (content: HTMLElement, signal: AbortSignal) => Promise<void>;
  /** Whether the page looks back a number of days. */
  ranged: boolean;
}

export function showFrame(main: HTMLElement, product: string, view: View, plan: FramePlan): void {
  const content = h('div', { class: 'content' }, loading('the figures'));
  const heading = h('h1', {}, product);
  let asked = new AbortController();

  async function load(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    history.replaceState(null, '', `${location.pathname}${queryOf(view)}`);
    try {
      await plan.show(content, signal);
      announce(`${plan.name} loaded.`);
    } catch (error) {
      if (!signal.aborted) content.replaceChildren(failure(error, () => void load()));
    }
  }

  const title = (text: string): void => {
    heading.textContent = text;
    document.title = `${plan.name} of ${text} · Candor`;
  };
  title(product);
  // Its name will do where nobody says more.
  getProducts().then(
    (products) => title(products.find(({ name }) => name === product)?.title ?? product),
    () => undefined,
  );
  main.replaceChildren(
    h('div', { class: 'intro' }, h('div', {}, heading, h('p', { class: 'lede' }, plan.lede))),
    tabs(product, view),
    plan.ranged
      ? h('div', { class: 'controls' }, rangesOf(view, 'The last', () => void load()))
      : '',
    content,
  );
  void load();
}

export interface BarRow {
  name: string;
  about?: string;
  numbers: number[];
}

/** A table whose first number is also drawn as a bar. */
export function barsTable(caption: string, heads: string[], rows: readonly BarRow[]): HTMLElement {
  const most = Math.max(...rows.map(({ numbers }) => numbers[0] ?? 0), 1);
  const line = ({ name, about, numbers }: BarRow): HTMLElement => {
    const first = numbers[0] ?? 0;
    const bar = first === 0 ? '' : h('span', { class: 'bar-fill' });
    if (bar !== '') bar.style.width = `${(first / most) * 100}%`;
    return h(
      'tr',
      {},
      h('th', { scope: 'row', title: about }, name),
      h('td', { class: 'bar-cell', 'aria-hidden': 'true' }, bar),
      ...numbers.map((value) => h('td', { class: 'number' }, value.toLocaleString('en-US'))),
    );
  };
  const [first, ...others] = heads;
  return h(
    'table',
    { class: 'bars' },
    h('caption', { class: 'unseen' }, caption),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, first),
        h('td', { 'aria-hidden': 'true' }),
        ...others.map((head) => h('th', { scope: 'col', class: 'number' }, head)),
      ),
    ),
    h('tbody', {}, ...rows.map(line)),
  );
}
