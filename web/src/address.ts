// What the page's address says, and back. Pure.

export const kRanges = [7, 30, 90, 365] as const;
export const kDefaultRange = 30;

/** The pages of a product, by the last part of their addresses. */
export const kPages = ['', 'plugins', 'usage', 'web', 'metrics', 'crashes', 'quarantine', 'lookup'] as const;
export type Page = (typeof kPages)[number];

export interface View {
  /** Undefined on the front page. */
  product: string | undefined;
  page: Page;
  days: number;
  simulated: boolean;
  /** On the page of plugins: the one that is shown, and the event that tells of it. */
  plugin?: string;
  event?: string;
}

export function readAddress(path: string, query: string): View {
  const match = /^\/p\/([^/]+)(?:\/([^/]*))?$/.exec(path);
  const asked = new URLSearchParams(query);
  const days = Number(asked.get('days'));
  const plugin = asked.get('plugin');
  const event = asked.get('event');
  return {
    product: match?.[1] === undefined ? undefined : decode(match[1]),
    page: kPages.find((page) => page === match?.[2]) ?? '',
    days: kRanges.find((range) => range === days) ?? kDefaultRange,
    simulated: asked.get('simulated') === 'include',
    ...(plugin === null ? {} : { plugin }),
    ...(event === null ? {} : { event }),
  };
}

/** The query of a view, defaults left out: "" or "?…". */
export function queryOf(view: Pick<View, 'days' | 'simulated' | 'plugin' | 'event'>): string {
  const query = new URLSearchParams();
  if (view.simulated) query.set('simulated', 'include');
  if (view.days !== kDefaultRange) query.set('days', String(view.days));
  if (view.plugin !== undefined) query.set('plugin', view.plugin);
  if (view.event !== undefined) query.set('event', view.event);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

export function dashboardAddress(product: string, view: Pick<View, 'days' | 'simulated'>): string {
  return pageAddress(product, '', view);
}

export function pageAddress(
  product: string,
  page: Page,
  view: Pick<View, 'days' | 'simulated'>,
): string {
  const { days, simulated } = view;
  const path = `/p/${encodeURIComponent(product)}`;
  return `${path}${page === '' ? '' : `/${page}`}${queryOf({ days, simulated })}`;
}

/** The page of one plugin, or of what else an event tells the health of. */
export function pluginAddress(
  product: string,
  { name, event }: { name: string; event: string },
  { days, simulated }: Pick<View, 'days' | 'simulated'>,
): string {
  const query = queryOf({ days, simulated, plugin: name, event });
  return `/p/${encodeURIComponent(product)}/plugins${query}`;
}

export const kOperationRanges = ['24h', '15d'] as const;
export type OperationRange = (typeof kOperationRanges)[number];

export interface OperationsView {
  /** Undefined: all of them. */
  installation: string | undefined;
  range: OperationRange;
}

/** Undefined where the address is none of operations. */
export function readOperations(path: string, query: string): OperationsView | undefined {
  const match = /^\/operations(?:\/(.*))?$/.exec(path);
  if (match === null) return undefined;
  const range = new URLSearchParams(query).get('range');
  return {
    installation: match[1] === undefined || match[1] === '' ? undefined : decode(match[1]),
    range: kOperationRanges.find((one) => one === range) ?? '24h',
  };
}

export function installationAddress(name: string, range: OperationRange): string {
  return `/operations/${encodeURIComponent(name)}${range === '24h' ? '' : `?range=${range}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
