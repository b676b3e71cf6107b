// Which page this address asks for.
import { getProductList, type ProductList } from './api.ts';
import { dashboardAddress, readAddress, readOperations } from './address.ts';
import { showCrashes } from './crashes.ts';
import { linkProducts, showDashboard } from './dashboard.ts';
import { byId } from './dom.ts';
import { failure, loading } from './notices.ts';
import { showMetrics } from './metrics.ts';
import { showInstallation } from './installation.ts';
import { showLookup } from './lookup.ts';
import { showOperations } from './operations.ts';
import { showPlugin } from './plugin.ts';
import { showPlugins } from './plugins.ts';
import { showProducts } from './products.ts';
import { showQuarantine } from './quarantine.ts';
import { showAccount } from './session.ts';
import { showUsage } from './usage.ts';
import { showWeb } from './web.ts';

const main = byId('main');
const view = readAddress(location.pathname, location.search);

function link({ products }: ProductList): void {
  const links = products.map((p) => ({ title: p.title, href: dashboardAddress(p.name, view) }));
  linkProducts(links);
}

function showPage(product: string): void {
  if (view.page === 'plugins') {
    if (view.plugin === undefined) return showPlugins(main, product, view);
    return showPlugin(main, product, view.plugin, view);
  }
  if (view.page === 'usage') return showUsage(main, product, view);
  if (view.page === 'web') return showWeb(main, product, view);
  if (view.page === 'metrics') return showMetrics(main, product, view);
  if (view.page === 'crashes') return showCrashes(main, product, view);
  if (view.page === 'lookup') return showLookup(main, product, view);
  if (view.page === 'quarantine') return showQuarantine(main, product, view);
  showDashboard(main, product, view);
}

async function start(): Promise<void> {
  const operations = readOperations(location.pathname, location.search);
  if (operations !== undefined) {
    if (operations.installation === undefined) return showOperations(main);
    return showInstallation(main, operations.installation, operations.range);
  }
  if (view.product !== undefined) {
    showPage(view.product);
    // The dashboard says what is wrong; a missing list of the others is not worth a word.
    getProductList().then(link, () => undefined);
    return;
  }
  main.replaceChildren(loading('the products'));
  try {
    const list = await getProductList();
    const { products } = list;
    link(list);
    const shown = products.filter(({ visibility }) => visibility === 'public');
    const only = shown.length === 1 ? shown[0] : undefined;
    if (only === undefined) return showProducts(main, products, view);
    showDashboard(main, only.name, view);
  } catch (error) {
    main.replaceChildren(failure(error, () => void start()));
  }
}

// Print in light colours, whatever the screen has; the charts are drawn anew for it.
function theme(name: 'print' | undefined): void {
  document.documentElement.toggleAttribute('data-print', name === 'print');
  dispatchEvent(new Event('themechange'));
}
addEventListener('beforeprint', () => theme('print'));
addEventListener('afterprint', () => theme(undefined));

void showAccount();
void start();
