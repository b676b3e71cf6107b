// Alerts that fire, and how an installation stands, in words and signs.
import { installationAddress } from './address.ts';
import { h } from './dom.ts';
import { formatInstant, formatSince, plural } from './format.ts';
import type { Alert, Health } from './operations_api.ts';

/** The sign and the word say what the colour says. */
const kHealths: Record<Health, { sign: string; look: string }> = {
  down: { sign: '✖', look: 'failing' },
  critical: { sign: '✖', look: 'failing' },
  warning: { sign: '▲', look: 'degraded' },
  unknown: { sign: '?', look: 'unknown' },
  well: { sign: '✔', look: 'healthy' },
};

export function healthBadge(health: Health): HTMLElement {
  const { sign, look } = kHealths[health];
  return badge(sign, health, look);
}

export function badge(sign: string, word: string, look: string): HTMLElement {
  return h(
    'span',
    { class: `verdict ${look}` },
    h('span', { 'aria-hidden': 'true' }, `${sign} `),
    word,
  );
}

/** "for 12 min", with the time itself where one points at it. */
export function sinceOf(instant: string | null, now: number): HTMLElement {
  if (instant === null) return h('span', {}, '');
  const title = `since ${formatInstant(instant)}`;
  return h('time', { datetime: instant, title }, formatSince(instant, now));
}

function severityBadge(severity: string): HTMLElement {
  if (severity === 'critical') return badge('✖', severity, 'failing');
  return badge('▲', severity, severity === 'warning' ? 'degraded' : 'unknown');
}

/** Cards, those to act on first; muted ones folded away. `place`: whether to say where it fires. */
export function alertsSection(
  alerts: readonly Alert[],
  now: number,
  place: 'said' | 'known',
): HTMLElement {
  const muted = alerts.filter((alert) => alert.muted !== null);
  const loud = alerts.filter((alert) => alert.muted === null);
  return h(
    'section',
    { class: 'alerts' },
    loud.length === 0 && muted.length === 0 ? '' : h('h2', {}, 'Alerts'),
    ...loud.map((alert) => alertCard(alert, now, place)),
    muted.length === 0
      ? ''
      : h(
          'details',
          { class: 'card', 'data-key': 'muted' },
          h('summary', {}, `${plural(muted.length, 'more alert')}, muted`),
          ...muted.map((alert) => alertCard(alert, now, place)),
        ),
  );
}

function alertCard(alert: Alert, now: number, place: 'said' | 'known'): HTMLElement {
  const { name, installation, severity, summary, threshold, runbook, muted, labels } = alert;
  const pairs = Object.entries(labels);
  const key = `${name} ${installation} ${JSON.stringify(labels)}`;
  const fact = (title: string, ...what: (Node | string)[]): Node[] => [
    h('dt', {}, title),
    h('dd', {}, ...what),
  ];
  return h(
    'article',
    { class: `card alert ${severity}` },
    h(
      'p',
      { class: 'alert-head' },
      severityBadge(severity),
      muted === null
        ? ''
        : h(
            'span',
            { class: 'tag' },
            muted === 'silenced' ? 'silenced' : 'muted by another alert',
          ),
      place === 'said' && installation !== ''
        ? h(
            'a',
            { href: installationAddress(installation, '24h'), 'data-key': `alert ${key}` },
            installation,
          )
        : '',
      sinceOf(alert.since, now),
    ),
    h('h3', {}, summary === '' ? name : summary),
    runbook === '' ? '' : h('p', { class: 'what-to-do' }, h('strong', {}, 'What to do: '), runbook),
    h(
      'details',
      { class: 'about', 'data-key': `about ${key}` },
      h('summary', {}, 'Details'),
      h(
        'dl',
        { class: 'facts' },
        ...fact('Rule', h('code', {}, name)),
        ...(threshold === '' ? [] : fact('Fires at', threshold)),
        ...(alert.since === null ? [] : fact('Since', formatInstant(alert.since))),
        ...pairs.flatMap(([label, value]) => fact(label, value)),
      ),
    ),
  );
}
