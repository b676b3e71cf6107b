// /js/script.js: counts page views and events of a product's pages, without cookies and with nothing kept
// in the browser (docs/formats/plausible.md). One file for all names under which it is served: the
// extensions of its own address say what it does besides.
//
// It stays below 1.5 kB compressed, which is why it is written as it is.
export {};

interface Options {
  props?: Record<string, unknown>;
  revenue?: { currency: string; amount: number | string };
  interactive?: boolean;
  u?: string;
  callback?: (answer?: { status?: number; error?: unknown }) => void;
}
type Track = ((name: string, options?: Options) => void) & { q?: [string, Options?][] };

const kFiles =
  /\.(pdf|xlsx|docx|txt|rtf|csv|exe|key|pp[st]x?|7z|pkg|rar|gz|zip|avi|mov|mp(3|4|eg)|wmv|midi|wav|wma|dmg)$/;
const kTag = /plausible-(event|revenue)-(.+?)(?:=|--)(.+)/;

const page = window as unknown as Record<string, unknown>;
const script = document.currentScript as HTMLScriptElement;
const words = script.src.split('/').pop()!.split('.');
const hash = words.includes('hash');
const manual = words.includes('manual');
const data = script.dataset;
const api = data.api ?? /^.+?\/\/[^/]+(\/p\/[^/]+(?=\/js\/))?/.exec(script.src)![0] + '/api/event';

function matches(list: string): boolean {
  return list.split(',').some((path) =>
    new RegExp(
      `^${path
        .trim()
        .replace(/\*\*/g, '.*')
        .replace(/([^.])\*/g, '$1[^\\s/]*')}/?$`,
    ).test(location.pathname + (hash ? location.hash : '')),
  );
}

/** A text goes as text/plain, for which a browser does not ask first. */
function post(event: object, callback?: Options['callback']): void {
  fetch(api, {
    method: 'POST',
    keepalive: true,
    body: JSON.stringify({ ...event, d: data.domain ?? location.hostname, h: +hash, v: 1 }),
  }).then(
    ({ status }) => callback?.({ status }),
    (error) => callback?.({ error }),
  );
}

// The page that is looked at: since when, and how far it was scrolled. 0: it is not looked at.
let u: string;
let since = 0;
let sd: number;

function scrolled(): void {
  const { scrollHeight } = document.documentElement;
  sd = Math.max(sd, Math.round(((scrollY + innerHeight) / scrollHeight) * 100));
}

function left(): void {
  if (since) post({ n: 'engagement', u, sd, e: Date.now() - since });
  since = 0;
}

const track: Track = (name, options = {}) => {
  const callback = options.callback;
  const isView = name === 'pageview';
  if (isView) left();
  try {
    if (
      (!words.includes('local') &&
        /^(localhost|127(\.\d+){0,2}\.\d+|\[::1?\]|)$/.test(location.hostname)) ||
      ((navigator.webdriver || page.Cypress) && !page.__plausible) ||
      (isView &&
        ((data.include && !matches(data.include)) || (data.exclude && matches(data.exclude)))) ||
      localStorage.plausible_ignore === 'true'
    )
      return callback?.();
  } catch {
    // A browser without storage counts.
  }
  const props: Record<string, unknown> = {};
  if (words.includes('pageview-props'))
    for (const { name, value } of script.attributes)
      if (/^event-/.test(name)) props[name.slice(6)] = value;
  const url = options.u ?? location.href;
  if (isView) {
    u = url;
    since = Date.now();
    sd = 0;
    scrolled();
  }
  post(
    {
      n: name,
      u: url,
      r: document.referrer || null,
      p: { ...props, ...options.props },
      i: options.interactive,
      $: options.revenue,
    },
    callback,
  );
};

const queued = (page.plausible as Track | undefined)?.q ?? [];
page.plausible = track;
for (const call of queued) track(...call);

let last: string | undefined;
function view(): void {
  if (hash || last !== location.pathname) track('pageview');
  last = location.pathname;
}

// A page that was loaded ahead is seen when it is shown, and one from the cache is seen again.
function shown(): void {
  if (document.visibilityState === 'hidden') left();
  else if (u) since = Date.now();
  else if (!manual) view();
}
shown();
addEventListener('visibilitychange', shown);
addEventListener('scroll', scrolled);

if (!manual) {
  if (hash) {
    addEventListener('hashchange', view);
  } else {
    const push = history.pushState;
    history.pushState = function (...to) {
      push.apply(this, to);
      view();
    };
    addEventListener('popstate', view);
  }
  addEventListener('pageshow', (event) => event.persisted && track('pageview'));
}

// What was clicked or sent off: an element that its author's class names make an event, or a link.
function clicked(event: Event): void {
  if (event.type === 'auxclick' && (event as MouseEvent).button !== 1) return;
  const from = event.target as Element;
  const link = from.closest<HTMLAnchorElement>('a[href]');
  const tagged = from.closest('[class*=plausible-event-name]');
  if (tagged && words.includes('tagged-events')) {
    if ((event.type === 'submit') !== (tagged.tagName === 'FORM')) return;
    const told: Record<string, Record<string, string>> = { event: {}, revenue: {} };
    for (const word of tagged.classList) {
      const [, kind, key, value] = kTag.exec(word) ?? [];
      if (kind) told[kind]![key!] = value!.replace(/\+/g, ' ');
    }
    const { name, ...props } = told.event!;
    if (link) props.url = link.href;
    const revenue = told.revenue as unknown as NonNullable<Options['revenue']>;
    track(name!, { props, revenue });
  } else if (link && link.host !== location.host && words.includes('outbound-links')) {
    track('Outbound Link: Click', { props: { url: link.href } });
  } else if (link && kFiles.test(link.pathname) && words.includes('file-downloads')) {
    track('File Download', { props: { url: link.href.split('?')[0] } });
  }
}
for (const type of ['click', 'auxclick', 'submit']) document.addEventListener(type, clicked);
