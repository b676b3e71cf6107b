// Crashes by the signature of their stack, for those who can mend them.
import { crashesPath, getCrashes, type CrashGroup } from './api.ts';
import type { View } from './address.ts';
import { h } from './dom.ts';
import { formatInstant, plural } from './format.ts';
import { showFrame } from './frame.ts';

const kSignatureShown = 12;

export function showCrashes(main: HTMLElement, product: string, view: View): void {
  showFrame(main, product, view, {
    name: 'Crashes',
    lede: 'Crashes with equal stacks stand together. Each counts once, however many reports tell of it.',
    ranged: false,
    show: async (content, signal) => {
      const { crashes, signatures, groups } = await getCrashes(product, view.simulated, signal);
      content.replaceChildren(
        groups.length === 0 ? nothing() : groupsCard(groups, crashes, signatures),
        h(
          'p',
          { class: 'quiet json' },
          'The same as JSON: ',
          h('a', { href: crashesPath(product, view.simulated) }, 'crashes'),
        ),
      );
    },
  });
}

function nothing(): HTMLElement {
  return h(
    'section',
    { class: 'notice' },
    h('h2', {}, 'No crash was reported'),
    h('p', {}, 'No report in the store tells of one.'),
  );
}

function groupsCard(
  groups: readonly CrashGroup[],
  crashes: number,
  signatures: number,
): HTMLElement {
  const shown = groups.length < signatures ? `; the first ${groups.length} are shown` : '';
  return h(
    'section',
    {},
    h('h2', {}, 'By stack'),
    h(
      'p',
      { class: 'quiet' },
      `${plural(crashes, 'crash', 'crashes')} of ${plural(signatures, 'stack')}${shown}, those of most installations first.`,
    ),
    ...groups.map(groupRow),
  );
}

/** A group, and its stack when it is opened. */
function groupRow(group: CrashGroup): HTMLElement {
  return h(
    'details',
    { class: 'card held' },
    h(
      'summary',
      {},
      h('code', {}, group.reason || group.frames[0] || 'no stack told'),
      ` in ${group.program || 'an unnamed program'} `,
      h('span', { class: 'tag' }, plural(group.installations, 'installation')),
      ' ',
      h('span', { class: 'tag' }, plural(group.crashes, 'crash', 'crashes')),
    ),
    h('div', { class: 'held-values' }, facts(group), stack(group)),
  );
}

function facts(group: CrashGroup): HTMLElement {
  const lines: [string, Node | string][] = [
    ['First', formatInstant(group.first_seen)],
    ['Last', formatInstant(group.last_seen)],
    ['Versions', group.versions.filter(Boolean).join(', ') || 'not told'],
    [
      'Signature',
      group.signature === ''
        ? 'none: no stack was told'
        : h('code', { title: group.signature }, group.signature.slice(0, kSignatureShown)),
    ],
  ];
  return h(
    'dl',
    { class: 'facts' },
    ...lines.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );
}

function stack(group: CrashGroup): HTMLElement | string {
  if (group.frames.length === 0) return '';
  return h(
    'pre',
    { class: 'document', tabindex: 0, role: 'region', 'aria-label': 'Stack of the last crash' },
    group.frames.join('\n'),
  );
}
