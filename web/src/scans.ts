// Sonar's scans: how the last 90 days went, what each step took, and what failed last.
import { installationAddress } from './address.ts';
import { badge } from './alerts.ts';
import { h, scrolling } from './dom.ts';
import { formatDuration, formatInstant, formatShare, plural } from './format.ts';
import type { Scan, ScanDay, ScanRun, ScanStep } from './operations_api.ts';
import { barDays, wordsOfDay } from './shape.ts';

export function scansSection(
  scans: readonly Scan[],
  today: string,
  source?: string,
): HTMLElement | '' {
  if (scans.length === 0) return '';
  const about =
    source === 'agent'
      ? 'Each bar is a day of the last 90; the newest is on the right.'
      : 'Each bar is a day, as far back as Prometheus keeps them; the newest is on the right.';
  return h(
    'section',
    {},
    h('h2', {}, 'Sonar'),
    h('p', { class: 'quiet' }, `Smoke tests that go through the product as its users do. ${about}`),
    ...scans.map((scan) => scanCard(scan, today)),
  );
}

function scanCard(scan: Scan, today: string): HTMLElement {
  const { installation, target, last, last_failure } = scan;
  const key = `${installation ?? ''} ${target} ${scan.scan}`;
  return h(
    'article',
    { class: 'card scan' },
    h(
      'header',
      {},
      h(
        'h3',
        {},
        installation === undefined
          ? target
          : h(
              'a',
              { href: installationAddress(installation, '24h'), 'data-key': `scan ${key}` },
              `${installation} · ${target}`,
            ),
        h('span', { class: 'quiet' }, ` ${scan.scan}`),
      ),
      standing(scan),
    ),
    dayBar(`${target} ${scan.scan}`, scan.days, today),
    facts(scan),
    last === null ? '' : stepsOf('Steps of the last run', `steps ${key}`, last),
    last_failure === null ? '' : lastFailure(last_failure),
  );
}

function standing({ standing, failures_in_a_row }: Scan): HTMLElement {
  if (standing === 'unknown') return badge('?', 'not known yet', 'unknown');
  if (failures_in_a_row === 0) return badge('✔', 'works', 'healthy');
  const row = `${plural(failures_in_a_row, 'failure')} in a row`;
  if (standing === 'failing') return badge('✖', `fails: ${row}`, 'failing');
  return badge('▲', row, 'degraded');
}

function facts({ ms, last_end, last_success, days, failures_in_a_row }: Scan): HTMLElement {
  const runs = days.reduce((sum, day) => sum + day.success + day.failure + day.timeout, 0);
  const good = days.reduce((sum, day) => sum + day.success, 0);
  const fact = (title: string, value: string): HTMLElement =>
    h('div', {}, h('dt', {}, title), h('dd', {}, value));
  return h(
    'dl',
    { class: 'beside' },
    runs === 0 ? '' : fact(`of ${plural(runs, 'scan')} succeeded`, formatShare(good / runs)),
    last_end === null ? '' : fact('last scan', formatInstant(last_end)),
    ms === null ? '' : fact('it took', formatDuration(ms)),
    last_success === null || failures_in_a_row === 0
      ? ''
      : fact('last success', formatInstant(last_success)),
  );
}

function shareOfFailed({ success, failure, timeout }: ScanDay): number {
  return (failure + timeout) / (success + failure + timeout);
}

/** A day is told by its height and its hatching as well as by its colour, and in words. */
function dayBar(name: string, known: readonly ScanDay[], today: string): HTMLElement {
  const cells = barDays(known, today).map(({ day, runs }) => {
    const bad = runs === undefined ? 0 : shareOfFailed(runs);
    const words = wordsOfDay(day, runs);
    const failed = bad === 0 ? '' : h('span', { class: 'failed' });
    // What failed is seen, however little it is.
    if (failed !== '') failed.style.height = `${Math.max(25, bad * 100)}%`;
    return h(
      'li',
      { class: runs === undefined ? 'none' : 'ran', title: words },
      failed,
      h('span', { class: 'unseen' }, words),
    );
  });
  return h('ol', { class: 'day-bar', 'aria-label': `${name}, day by day` }, ...cells);
}

function stepsOf(title: string, key: string, run: ScanRun): HTMLElement {
  const most = Math.max(...run.steps.map(({ ms }) => ms ?? 0), 1);
  const row = (step: ScanStep): HTMLElement => {
    const bar = h('span', { class: 'bar-fill' });
    bar.style.width = `${((step.ms ?? 0) / most) * 100}%`;
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, step.name),
      h('td', {}, !step.run ? 'did not run' : step.ok ? '✔ passed' : `✖ ${step.class ?? 'failed'}`),
      h('td', { class: 'number' }, step.run ? formatDuration(step.ms ?? null) : '–'),
      h('td', { class: 'bar-cell', 'aria-hidden': 'true' }, step.run ? bar : ''),
      h('td', { class: 'number' }, step.status == null ? '–' : String(step.status)),
    );
  };
  const head = (text: string, kind?: string): HTMLElement =>
    h('th', { scope: 'col', class: kind }, text);
  return h(
    'div',
    { class: 'steps', 'data-key': key },
    scrolling(
      title,
      h(
        'table',
        { class: 'bars' },
        h('caption', {}, `${title}, ${formatInstant(run.started)}, ${formatDuration(run.ms)}`),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            head('Step'),
            head('Result'),
            head('Time', 'number'),
            h('td', { 'aria-hidden': 'true' }),
            head('HTTP status', 'number'),
          ),
        ),
        h('tbody', {}, ...run.steps.map(row)),
      ),
    ),
  );
}

function lastFailure(run: ScanRun): HTMLElement {
  const step = run.steps.find((one) => one.run && one.ok === false);
  const shown = (title: string, text: string | undefined): Node[] =>
    text === undefined || text === '' ? [] : [h('dt', {}, title), h('dd', {}, h('code', {}, text))];
  return h(
    'div',
    { class: 'last-failure' },
    h('h4', {}, 'Last failure'),
    h(
      'p',
      {},
      `${formatInstant(run.started)}, at step `,
      h('strong', {}, step?.name ?? '?'),
      `: ${step?.problem ?? run.outcome}`,
    ),
    h(
      'dl',
      { class: 'facts' },
      ...shown('Expected', step?.expected),
      ...shown('Came', step?.actual),
    ),
  );
}

