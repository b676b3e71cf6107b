// A page that shows what is so now: it loads itself again, and leaves its reader where they are.
import { ApiError } from './api.ts';
import { announce, h } from './dom.ts';
import { formatInstant } from './format.ts';
import { failure } from './notices.ts';
import { keepSession, showAccount } from './session.ts';

const kEveryMs = 30_000;
// Longer than the collector takes for an answer: it will not come any more.
const kGivenUpMs = 60_000;

export interface Live {
  /** Loads it at once: something else is wanted. */
  again: () => void;
}

/** `load` asks for what there is and gives back what to put into `content`. */
export function keepFresh(
  content: HTMLElement,
  name: string,
  load: (signal: AbortSignal) => Promise<() => void>,
): Live {
  const old = h('p', { class: 'stale', role: 'status', hidden: true });
  content.before(old);
  let asked: { controller: AbortController; at: number } | undefined;
  let last: string | undefined;

  async function run(): Promise<void> {
    asked?.controller.abort();
    const own = { controller: new AbortController(), at: Date.now() };
    asked = own;
    const { signal } = own.controller;
    try {
      const show = await load(signal);
      if (signal.aborted) return;
      keepPlace(content, show);
      old.hidden = true;
      if (last === undefined) announce(`${name} loaded.`);
      last = new Date().toISOString();
      keepSession();
    } catch (error) {
      if (signal.aborted) return;
      const isOut = error instanceof ApiError && error.status === 401;
      if (isOut && last !== undefined) void showAccount();
      if (isOut || last === undefined) {
        // What was shown is for who is signed in.
        old.hidden = true;
        last = undefined;
        return content.replaceChildren(failure(error, () => void run()));
      }
      const message = error instanceof Error ? error.message : String(error);
      old.textContent = `Not updated since ${formatInstant(last)}: ${message}`;
      old.hidden = false;
    } finally {
      if (!signal.aborted) {
        asked = undefined;
        content.removeAttribute('aria-busy');
      }
    }
  }

  // One that is still under way goes on: aborted again and again, none would ever come.
  function refresh(): void {
    if (document.hidden || (asked && Date.now() - asked.at < kGivenUpMs)) return;
    void run();
  }

  setInterval(refresh, kEveryMs);
  document.addEventListener('visibilitychange', refresh);
  void run();
  return {
    again: () => {
      content.setAttribute('aria-busy', 'true');
      void run();
    },
  };
}

/** Draws anew; what was open stays open, and what was looked at or chosen stays so. */
function keepPlace(content: HTMLElement, show: () => void): void {
  const keyOf = (element: Element | null): string | null =>
    element?.closest('[data-key]')?.getAttribute('data-key') ?? null;
  const opened = new Set(
    [...content.querySelectorAll('details[open][data-key]')].map((details) => keyOf(details)),
  );
  const focused = content.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  const { scrollY } = window;
  show();
  for (const details of content.querySelectorAll('details[data-key]'))
    if (opened.has(keyOf(details))) details.setAttribute('open', '');
  if (focused !== null) {
    const again = [...content.querySelectorAll('[data-key]')].find((one) => keyOf(one) === focused);
    const target = again?.matches('a')
      ? again
      : again?.querySelector('summary, a, button, [tabindex]');
    if (target instanceof HTMLElement) target.focus({ preventScroll: true });
  }
  window.scrollTo({ top: scrollY, behavior: 'instant' });
}
