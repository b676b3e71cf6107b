// The overview of operations: what is wrong first, then all installations, then Sonar.
import { installationAddress } from './address.ts';
import { alertsSection, healthBadge, sinceOf } from './alerts.ts';
import { h, scrolling } from './dom.ts';
import { formatInstant, plural } from './format.ts';
import { keepFresh } from './live.ts';
import { loading } from './notices.ts';
import {
  getOperations,
  operationsPath,
  type Installation,
  type OperationsOverview,
} from './operations_api.ts';
import { scansSection } from './scans.ts';
import { summaryOf } from './shape.ts';

export function showOperations(main: HTMLElement): void {
  document.title = 'Operations · Candor';
  const content = h('div', { class: 'content' }, loading('what is going on'));
  const asOf = h('p', { class: 'as-of' });
  main.replaceChildren(
    h(
      'div',
      { class: 'intro' },
      h(
        'div',
        {},
        h('h1', {}, 'Operations'),
        h('p', { class: 'lede' }, 'What is wrong, where, and what to do about it.'),
      ),
      asOf,
    ),
    content,
  );
  keepFresh(content, 'Operations', async (signal) => {
    const overview = await getOperations(signal);
    return () => {
      asOf.textContent = `As of ${formatInstant(overview.as_of)}; updated every 30\u00a0s`;
      content.replaceChildren(...partsOf(overview));
    };
  });
}

function partsOf(overview: OperationsOverview): (Node | string)[] {
  const { troubles, installations, left_out, alerts, sonar, as_of } = overview;
  const now = Date.parse(as_of);
  return [
    ...troublesOf(troubles),
    summary(overview),
    alertsSection(alerts, now, 'said'),
    h(
      'section',
      {},
      h('h2', {}, 'Installations'),
      installationsTable(installations, now),
      left_out === 0
        ? ''
        : h('p', { class: 'quiet' }, `${plural(left_out, 'more installation')}, at their own addresses.`),
    ),
    scansSection(sonar, as_of.slice(0, 10)),
    h(
      'p',
      { class: 'quiet json' },
      'The same as JSON: ',
      h('a', { href: operationsPath() }, 'operations'),
    ),
  ];
}

export function troublesOf(troubles: readonly string[]): HTMLElement[] {
  return troubles.map((sentence) =>
    h('section', { class: 'notice failure', role: 'alert' }, h('p', {}, sentence)),
  );
}

function summary(overview: OperationsOverview): HTMLElement {
  const { calm, title, text } = summaryOf(overview);
  return h(
    'section',
    { class: `notice summary ${calm ? 'calm' : 'failure'}` },
    h('h2', {}, h('span', { 'aria-hidden': 'true' }, calm ? '✔ ' : '✖ '), title),
    h('p', {}, text),
  );
}

function installationsTable(installations: readonly Installation[], now: number): HTMLElement {
  const head = (text: string): HTMLElement => h('th', { scope: 'col' }, text);
  return h(
    'article',
    { class: 'card' },
    scrolling(
      'Installations',
      h(
        'table',
        { class: 'installations' },
        h('caption', { class: 'unseen' }, 'Installations, those with trouble first'),
        h('thead', {}, h('tr', {}, ...['Installation', 'Health', 'Alerts', 'Services'].map(head))),
        h('tbody', {}, ...installations.map((one) => row(one, now))),
      ),
    ),
  );
}

function row(one: Installation, now: number): HTMLElement {
  const { name, health, since, firing, services, services_down, configured } = one;
  const counts = (['critical', 'warning', 'info'] as const)
    .filter((severity) => firing[severity] > 0)
    .map((severity) => `${firing[severity]} ${severity}`);
  // Of what nobody knows it is not known either.
  const none = health === 'unknown' ? '–' : 'none';
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      h('a', { href: installationAddress(name, '24h'), 'data-key': `row ${name}` }, name),
      configured ? '' : h('span', { class: 'tag' }, 'not configured here'),
    ),
    h('td', {}, healthBadge(health), ' ', sinceOf(since, now)),
    h('td', {}, counts.length === 0 ? none : counts.join(', ')),
    h('td', {}, servicesOf(services, services_down)),
  );
}

export function servicesOf(services: number, down: readonly string[]): string {
  if (down.length > 0) return `${down.join(', ')} ${down.length === 1 ? 'does' : 'do'} not answer`;
  if (services < 2) return services === 0 ? '–' : '1 service answers';
  return `${services === 2 ? 'both services' : `all ${plural(services, 'service')}`} answer`;
}
