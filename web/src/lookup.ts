// Support's look-up: which installations have this customer's key, and what did they tell last. What is
// typed never stands in the page's address.
import { findInstallations, type FoundInstallation } from './api.ts';
import type { View } from './address.ts';
import { announce, h } from './dom.ts';
import { formatInstant, plural } from './format.ts';
import { showFrame } from './frame.ts';
import { failure } from './notices.ts';

const kUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function showLookup(main: HTMLElement, product: string, view: View): void {
  showFrame(main, product, view, {
    name: 'Look-up',
    lede: 'For support: the installations of a customer, by the key they were given, or one installation by its identity.',
    ranged: false,
    show: (content, gone) => {
      let asking = new AbortController();
      gone.addEventListener('abort', () => asking.abort());
      const answer = h('div', { class: 'answer' });
      const input = h('input', {
        id: 'wanted',
        type: 'search',
        autocomplete: 'off',
        spellcheck: 'false',
        maxlength: 1024,
        required: true,
      });
      const form = h(
        'form',
        { class: 'lookup' },
        h('label', { for: 'wanted' }, 'Customer key, or identity of an installation'),
        h('div', { class: 'lookup-line' }, input, h('button', { type: 'submit' }, 'Look up')),
      );
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        const wanted = input.value.trim();
        if (wanted === '') return;
        // An answer that is still under way is of another customer.
        asking.abort();
        asking = new AbortController();
        void ask(product, wanted, answer, asking.signal);
      });
      content.replaceChildren(form, answer);
      return Promise.resolve();
    },
  });
}

async function ask(
  product: string,
  wanted: string,
  answer: HTMLElement,
  signal: AbortSignal,
): Promise<void> {
  answer.replaceChildren(h('p', { class: 'quiet' }, 'Loading…'));
  try {
    const found = await find(product, wanted, signal);
    if (signal.aborted) return;
    answer.replaceChildren(found.length === 0 ? nothing(wanted) : answered(wanted, found));
    announce(`${plural(found.length, 'installation')} found.`);
  } catch (error) {
    if (signal.aborted) return;
    answer.replaceChildren(failure(error, () => void ask(product, wanted, answer, signal)));
  }
}

async function find(
  product: string,
  wanted: string,
  signal: AbortSignal,
): Promise<FoundInstallation[]> {
  if (kUuid.test(wanted)) {
    const found = await findInstallations(product, 'installation', wanted.toLowerCase(), signal);
    if (found.length > 0) return found;
  }
  return findInstallations(product, 'customer_key', wanted, signal);
}

function answered(wanted: string, found: FoundInstallation[]): HTMLElement {
  const heading = h('h2', {}, h('code', {}, wanted), `: ${plural(found.length, 'installation')}`);
  return h('section', {}, heading, ...found.map(card));
}

function nothing(wanted: string): HTMLElement {
  return h(
    'section',
    { class: 'notice' },
    h('h2', {}, 'No installation found for ', h('code', {}, wanted)),
    h(
      'p',
      {},
      'Nothing that is in the store was reported under it. A key is found whole and as it was written, from the first report after the contract declared it for look-up. Who sent events and no report is found for 90 days.',
    ),
  );
}

function card(found: FoundInstallation): HTMLElement {
  const facts: [string, string][] = [
    ['Version', found.version || 'not told'],
    ['First heard of', formatInstant(found.first_seen)],
    ['Last heard of', formatInstant(found.last_seen)],
  ];
  return h(
    'article',
    { class: 'card found' },
    h('h3', {}, h('code', {}, found.installation)),
    h(
      'dl',
      { class: 'facts' },
      ...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
    ),
    ...found.newest.map(newest),
  );
}

function newest({ kind, event, at, document }: FoundInstallation['newest'][number]): HTMLElement {
  return h(
    'details',
    {},
    h(
      'summary',
      {},
      kind === 'report' ? 'Newest report' : h('span', {}, 'Newest ', h('code', {}, event ?? '')),
      ` of ${formatInstant(at)}`,
    ),
    document === null
      ? h('p', { class: 'quiet' }, 'It is too long to be shown here.')
      : h(
          'pre',
          { class: 'document', tabindex: 0, role: 'region', 'aria-label': 'What was kept of it' },
          JSON.stringify(document, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2),
        ),
  );
}
