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
  /\.(pdf|xlsx|docx|txt|rtf|csv|exe|key|pp[st]x?|7z|pkg|rar|gz|zip|avi|mov|mp[34]|mpeg|wmv|midi|wa[vm]|wma|dmg)$/;
const kTag = /plausible-(event|revenue)-(.+?)(?:=|--)(.+)/;

const page = window as unknown as Record<string, unknown>;
const script = document.currentScript as HTMLScriptElement;
const words = script.src.split('/').pop()?.split('.') ?? [];
const hash = words.includes('hash');
const data = script.dataset;
const api = data.api ?? /^.+?\/\/[^/]+(\/p\/[^/]+(?=\/js\/))?/.exec(script.src)?.[0] + '/api/event';

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

const track: Track = (name, options = {}) => {
  const callback = options.callback;
  try {
    if (
      (!words.includes('local') &&
        /^(localhost|127(\.\d+){0,2}\.\d+|\[::1?\]|)$/.test(location.hostname)) ||
      ((page._phantom || page.__nightmare || navigator.webdriver || page.Cypress) &&
        !page.__plausible) ||
      (name === 'pageview' &&
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
  fetch(api, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    keepalive: true,
    body: JSON.stringify({
      n: name,
      u: options.u ?? location.href,
      d: data.domain ?? location.hostname,
      r: document.referrer || null,
      p: { ...props, ...options.props },
      i: options.interactive,
      $: options.revenue,
      h: hash ? 1 : 0,
      v: 1,
    }),
  }).then(
    ({ status }) => callback?.({ status }),
    (error) => callback?.({ error }),
  );
};

const queued = (page.plausible as Track | undefined)?.q ?? [];
page.plausible = track;
for (const call of queued) track(...call);

if (!words.includes('manual')) {
  let last: string | undefined;
  const view = () => {
    if (hash || last !== location.pathname) track('pageview');
    last = location.pathname;
  };
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
  // A page that was loaded ahead is seen when it is shown, and one from the cache is seen again.
  if (document.visibilityState === 'visible') view();
  else addEventListener('visibilitychange', () => last ?? view());
  addEventListener('pageshow', (event) => event.persisted && track('pageview'));
}

// Up to three levels above what was clicked, as the class names of the page's author say.
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
    track(name!, revenue.amount ? { props, revenue } : { props });
  } else if (link && link.host !== location.host && words.includes('outbound-links')) {
    track('Outbound Link: Click', { props: { url: link.href } });
  } else if (link && kFiles.test(link.pathname) && words.includes('file-downloads')) {
    track('File Download', { props: { url: link.href.split('?')[0] } });
  }
}
for (const type of ['click', 'auxclick', 'submit']) document.addEventListener(type, clicked);
