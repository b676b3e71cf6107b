// The front page where there is not exactly one public product: what this collector collects for.
import { getOverview, type Product } from './api.ts';
import { dashboardAddress, type View } from './address.ts';
import { h } from './dom.ts';
import { formatCount } from './format.ts';
import { signInAddress } from './session.ts';

export function showProducts(main: HTMLElement, products: Product[], view: View): void {
  document.title = 'Products · Candor';
  const heading = h(
    'div',
    { class: 'intro' },
    h(
      'div',
      {},
      h('h1', {}, 'Products'),
      h(
        'p',
        { class: 'lede' },
        'Statistics from installations that report to this collector, product by product.',
      ),
    ),
  );
  if (products.length === 0) {
    main.replaceChildren(
      heading,
      h(
        'section',
        { class: 'notice' },
        h('h2', {}, 'Nothing public here'),
        h(
          'p',
          {},
          'This collector shows no product to the public. If you have a user here, ',
          h('a', { href: signInAddress() }, 'sign in'),
          '.',
        ),
      ),
    );
    return;
  }
  main.replaceChildren(
    heading,
    h('ul', { class: 'products' }, ...products.map((p) => productItem(p, view))),
  );
}

function productItem(product: Product, view: View): HTMLElement {
  const count = h('span', { class: 'product-count' }, '…');
  // Real ones only: a list has no room to say what was made up.
  getOverview(product.name, false).then(
    ({ installations }) =>
      count.replaceChildren(
        h('strong', {}, formatCount(installations)),
        ` installation${installations === 1 ? '' : 's'}`,
      ),
    () => (count.textContent = 'not available now'),
  );
  return h(
    'li',
    {},
    h(
      'a',
      { class: 'card', href: dashboardAddress(product.name, view) },
      h('span', { class: 'product-title' }, product.title),
      product.visibility === 'private' ? h('span', { class: 'tag' }, 'private') : undefined,
      count,
    ),
  );
}
