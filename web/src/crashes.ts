// Crashes by the signature of their stack, for those who can mend them.
import { crashesPath, getCrashes, type CrashFrame, type CrashGroup } from './api.ts';
import type { View } from './address.ts';
import { h } from './dom.ts';
import { formatInstant, plural } from './format.ts';
import { showFrame } from './frame.ts';

const kSignatureShown = 12;
const kBuildIdShown = 12;
const kFolders = 3; // of a source file's path

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
    ...groups.map((group) => groupRow(group, groups)),
  );
}

/** A group, and its stack when it is opened. */
function groupRow(group: CrashGroup, groups: readonly CrashGroup[]): HTMLElement {
  const fixed = group.fixed_in;
  return h(
    'details',
    { class: 'card held', id: anchorOf(group.signature) },
    h(
      'summary',
      {},
      h('code', {}, group.reason || group.frames[0] || 'no stack told'),
      ` in ${group.program || 'an unnamed program'} `,
      h('span', { class: 'tag' }, plural(group.installations, 'installation')),
      ' ',
      h('span', { class: 'tag' }, plural(group.crashes, 'crash', 'crashes')),
      ' ',
      fixed === undefined ? undefined : h('span', { class: 'tag' }, `fixed in ${fixed}`),
      place(group),
    ),
    h('div', { class: 'held-values' }, facts(group), alike(group, groups), stack(group)),
  );
}

function anchorOf(signature: string): string {
  return `crash-${signature}`;
}

/** The innermost function of the program's own that is known, below the signal's name. */
function place(group: CrashGroup): HTMLElement | undefined {
  const known = group.stack.find(({ file }) => file) ?? group.stack.find((frame) => frame.function);
  if (known?.function === undefined) return undefined;
  return h('div', { class: 'quiet' }, `in ${known.function}`);
}

function facts(group: CrashGroup): HTMLElement {
  const lines: [string, Node | string][] = [
    ['Grouped by', group.why],
    ['First', formatInstant(group.first_seen)],
    ['Last', formatInstant(group.last_seen)],
    ['Versions', group.versions.filter(Boolean).join(', ') || 'not told'],
  ];
  if (group.fixed_in !== undefined) lines.push(['Fixed in', group.fixed_in]);
  if (group.modules.length > 0) lines.push(['Builds', builds(group)]);
  lines.push([
    'Signature',
    group.signature === '' ? 'none: no stack was told' : h('code', {}, group.signature),
  ]);
  return h(
    'dl',
    { class: 'facts' },
    ...lines.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );
}

/** Which builds the stack goes through, and of which there are symbols. */
function builds(group: CrashGroup): HTMLElement {
  return h(
    'ul',
    {},
    ...group.modules.map(({ module, build_id, symbols }) =>
      h(
        'li',
        {},
        `${module || 'no module'} `,
        h('code', { title: build_id }, build_id.slice(0, kBuildIdShown) || 'no build-id'),
        symbols ? ', with symbols' : ', without symbols',
      ),
    ),
  );
}

/** Where the same bug of other builds probably is. */
function alike(
  { alike: others }: CrashGroup,
  groups: readonly CrashGroup[],
): HTMLElement | undefined {
  if (others.length === 0) return undefined;
  return h(
    'p',
    {},
    `${plural(others.length, 'other group')} ${others.length === 1 ? 'has' : 'have'} the same functions, in other builds: `,
    ...others.flatMap((signature, i) => [
      i === 0 ? undefined : ', ',
      otherGroup(signature, groups.find((group) => group.signature === signature)),
    ]),
    '. Probably the same bug.',
  );
}

function otherGroup(signature: string, other: CrashGroup | undefined): HTMLElement {
  const link = h(
    'a',
    { href: `#${anchorOf(signature)}` },
    h('code', {}, signature.slice(0, kSignatureShown)),
    other?.versions[0] ? ` of ${other.versions.join(', ')}` : '',
  );
  link.addEventListener('click', (event) => {
    const row = document.getElementById(anchorOf(signature));
    if (!(row instanceof HTMLDetailsElement)) return;
    event.preventDefault();
    row.open = true;
    row.scrollIntoView();
    row.querySelector('summary')?.focus();
  });
  return link;
}

function lineOf(frame: CrashFrame): string {
  const where = `${frame.module || 'no module'}+${frame.offset}`;
  if (frame.function === undefined && frame.file === undefined) return where;
  return `${frame.function ?? where}${sourceOf(frame)}`;
}

/** The last part of the path: the rest is the machine's that built it. */
function sourceOf({ file, line }: CrashFrame): string {
  if (file === undefined) return '';
  return `\n    at ${file.split('/').slice(-kFolders).join('/')}:${line}`;
}

function stack(group: CrashGroup): HTMLElement | string {
  const told = group.stack.length > 0 ? group.stack.map(lineOf) : group.frames;
  if (told.length === 0) return '';
  return h(
    'pre',
    { class: 'document', tabindex: 0, role: 'region', 'aria-label': 'Stack of the last crash' },
    told.join('\n'),
  );
}
