// What did not fit the contract, for those who can correct it.
import { getHeldValues, getQuarantine, type HeldRow, type HeldValue } from './api.ts';
import type { View } from './address.ts';
import { h, scrolling } from './dom.ts';
import { formatCount, formatInstant } from './format.ts';
import { showFrame } from './frame.ts';

const kReasons: Record<string, string> = {
  undeclared: 'is not declared',
  wrong_type: 'has another type',
  too_small: 'is below the minimum',
  too_large: 'is above the maximum',
  too_long: 'is too long',
  not_allowed: 'is none of the values allowed',
  expired: 'is past its time',
  duplicate_key: 'stands there twice',
};

export function showQuarantine(main: HTMLElement, product: string, view: View): void {
  showFrame(main, product, view, {
    name: 'Quarantine',
    lede: 'Values of declared fields that were out of bounds, and the names of what is not declared. Nothing of it is in any figure.',
    ranged: false,
    show: async (content) => {
      const rows = await getQuarantine(product);
      const held = rows.filter((row) => row.held);
      const undeclared = rows.filter((row) => !row.held);
      content.replaceChildren(
        rows.length === 0 ? nothingHeld() : '',
        held.length === 0 ? '' : heldCard(product, held),
        undeclared.length === 0 ? '' : undeclaredCard(undeclared),
        h(
          'p',
          { class: 'quiet' },
          'After a bound of the contract was corrected, ',
          h('code', {}, `candor quarantine replay ${product}`),
          ' admits what fits by now. Values go after 7 days.',
        ),
      );
    },
  });
}

function nothingHeld(): HTMLElement {
  return h(
    'section',
    { class: 'notice' },
    h('h2', {}, 'Nothing is in quarantine'),
    h('p', {}, 'Everything that arrived in the last days fits the contract.'),
  );
}

function heldCard(product: string, rows: readonly HeldRow[]): HTMLElement {
  return h('section', {}, h('h2', {}, 'By field'), ...rows.map((row) => heldRow(product, row)));
}

/** What nobody declared: counted, never kept. */
function undeclaredCard(rows: readonly HeldRow[]): HTMLElement {
  const line = ({ field, reason, count }: HeldRow): HTMLElement =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('code', {}, field)),
      h('td', {}, kReasons[reason] ?? reason),
      h('td', { class: 'number' }, formatCount(count)),
    );
  const head = (text: string, kind?: string): HTMLElement =>
    h('th', { scope: 'col', class: kind }, text);
  return h(
    'section',
    {},
    h('h2', {}, 'Not declared'),
    h(
      'article',
      { class: 'card' },
      h('p', { class: 'quiet' }, 'In the last 7 days. Of these nothing was kept but the count.'),
      h(
        'table',
        { class: 'undeclared' },
        h('caption', { class: 'unseen' }, 'Fields, metrics and labels, most first'),
        h('thead', {}, h('tr', {}, head('Name'), head('Why'), head('Times', 'number'))),
        h('tbody', {}, ...rows.map(line)),
      ),
    ),
  );
}

/** A field, and its values when they are asked for. */
function heldRow(product: string, row: HeldRow): HTMLElement {
  const values = h('div', { class: 'held-values' }, h('p', { class: 'quiet' }, 'Loading…'));
  const details = h(
    'details',
    { class: 'card held' },
    h(
      'summary',
      {},
      h('code', {}, row.field),
      ` ${kReasons[row.reason] ?? row.reason} `,
      h('span', { class: 'tag' }, `${formatCount(row.count)} ${row.count === 1 ? 'time' : 'times'}`),
    ),
    values,
  );
  details.addEventListener(
    'toggle',
    () => {
      getHeldValues(product, row.field).then(
        (held) => values.replaceChildren(valuesTable(held.filter((one) => one.reason === row.reason))),
        (error: unknown) => values.replaceChildren(h('p', { class: 'quiet' }, String(error))),
      );
    },
    { once: true },
  );
  return details;
}

function valuesTable(held: readonly HeldValue[]): HTMLElement {
  const line = ({ received, type, value }: HeldValue): HTMLElement =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, formatInstant(received)),
      h('td', {}, type),
      h('td', {}, value === null ? 'not kept' : h('code', {}, JSON.stringify(value))),
    );
  return scrolling(
    'Values',
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, 'Values, newest first'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Received'),
          h('th', { scope: 'col' }, 'Type'),
          h('th', { scope: 'col' }, 'Value'),
        ),
      ),
      h('tbody', {}, ...held.map(line)),
    ),
  );
}
