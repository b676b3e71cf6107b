// What stands in place of figures: loading, nothing yet, gone wrong.
import { ApiError, type Overview } from './api.ts';
import { h } from './dom.ts';
import { signInAddress } from './session.ts';

export function loading(what: string): HTMLElement {
  return h('p', { class: 'notice loading', 'aria-busy': 'true' }, `Loading ${what}…`);
}

/** What went wrong and what the reader can do about it. */
export function failure(error: unknown, retry: () => void): HTMLElement {
  const { title, advice } = adviceOn(error);
  const message = error instanceof Error ? error.message : String(error);
  const again = h('button', { type: 'button' }, 'Try again');
  again.addEventListener('click', retry);
  return h(
    'section',
    { class: 'notice failure', role: 'alert' },
    h('h2', {}, title),
    h('p', {}, message),
    h('p', {}, advice),
    error instanceof ApiError && error.status === 401
      ? h('p', {}, h('a', { href: signInAddress() }, 'Sign in'))
      : '',
    again,
  );
}

function adviceOn(error: unknown): { title: string; advice: string } {
  const status = error instanceof ApiError ? error.status : -1;
  if (status === 0) {
    return {
      title: 'No connection to the collector',
      advice:
        'Check your connection. If you run this collector, see that “candor server” is running.',
    };
  }
  if (status === 401 || status === 403) {
    return {
      title: 'These figures are not public',
      advice: 'Sign in with a user of this collector, or ask its operator for one.',
    };
  }
  if (status === 404) {
    return {
      title: 'This is not here',
      advice: 'Check the address, or go to the front page for what this collector shows.',
    };
  }
  if (status === 503) {
    return {
      title: 'The figures are not available right now',
      advice: 'Try again in a minute.',
    };
  }
  return {
    title: 'The figures could not be shown',
    advice:
      'Try again in a minute. If it stays so, tell the operator of this collector what stands above.',
  };
}

/** Nobody reports: how to be the first. */
export function nothingYet(
  { title, product, accepts }: Overview,
  usageAddress: string,
): HTMLElement {
  const others = accepts.filter((protocol) => protocol !== 'native');
  const usage = h(
    'p',
    {},
    `What clients of other systems send (${others.join(', ')}) stands under `,
    h('a', { href: usageAddress }, 'Usage'),
    '.',
  );
  if (!accepts.includes('native')) {
    return h(
      'section',
      { class: 'notice' },
      h('h2', {}, 'No installation has reported lately'),
      usage,
    );
  }
  const commands = [
    `candor config set product ${product}`,
    `candor config set endpoint ${location.origin}`,
    'candor preview',
    'candor on',
    'candor send',
  ].join('\n');
  return h(
    'section',
    { class: 'notice' },
    h('h2', {}, 'Nothing has reported lately'),
    h(
      'p',
      {},
      `No installation of ${title} has reported in the last 7 days. To send a report, run this where ${title} is installed:`,
    ),
    h(
      'pre',
      { tabindex: 0, role: 'region', 'aria-label': 'Commands to send a report' },
      h('code', {}, commands),
    ),
    h(
      'p',
      { class: 'quiet' },
      '“preview” shows what would be sent, and sends nothing. “on” asks for your consent; where the data is given under a licence, it names the licence first.',
    ),
    others.length > 0 ? usage : '',
  );
}
