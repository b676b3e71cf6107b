// The pages of one product, beside each other.
import { kPages, pageAddress, type Page, type View } from './address.ts';
import { h } from './dom.ts';

const kTitles: Record<Page, string> = {
  '': 'Installations',
  plugins: 'Plugins',
  usage: 'Usage',
  web: 'Web',
  metrics: 'Metrics',
  crashes: 'Crashes',
  quarantine: 'Quarantine',
  lookup: 'Look-up',
};

export function tabs(product: string, view: View): HTMLElement {
  const links = kPages.map((page) =>
    h(
      'a',
      {
        href: pageAddress(product, page, view),
        'aria-current': page === view.page ? 'page' : undefined,
      },
      kTitles[page],
    ),
  );
  return h('nav', { class: 'tabs', 'aria-label': 'Pages of this product' }, ...links);
}
