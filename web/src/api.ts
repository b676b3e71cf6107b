// The collector's JSON API: its answers as types, and how to ask for them.

/** A whole number as the API sends it; a bigint where a double would lose digits. */
export type Whole = number | bigint;
export type Unit =
  | 'bytes'
  | 'count'
  | 'number'
  | 'percent'
  | 'seconds'
  | 'per_second'
  | 'bytes_per_second';

export interface Product {
  name: string;
  title: string;
  visibility: 'public' | 'private';
}

export interface ProductList {
  products: Product[];
  /** Where to sign in; absent where a user would see no more. */
  sign_in?: string;
}

export interface Figure {
  name: string;
  title: string;
  unit: Unit;
  value: Whole | null;
  about: string;
}

export interface VersionCount {
  version: string;
  installations: number;
}

export interface Overview {
  product: string;
  title: string;
  as_of: string;
  installations: number;
  engaged: number;
  automation: number;
  /** Protocols: native, segment, … */
  accepts: string[];
  figures: Figure[];
  versions: VersionCount[];
  version_about: string;
  simulated: boolean;
}

export interface Trend {
  days: string[];
  values: (Whole | null)[];
}

export interface VersionTrend {
  days: string[];
  series: { version: string; values: (number | null)[] }[];
}

export interface EventCount {
  name: string;
  about: string;
  count: number;
  installations: number;
  /** Times in continuous integration, in neither of the others. */
  automation: number;
}

export interface Events {
  product: string;
  events: EventCount[];
  /** Of all of them together. */
  installations: number;
  /** Installations in continuous integration, in no other figure. */
  automation: number;
  days: string[];
  counts: number[];
}

export interface Popular {
  name: string;
  title: string;
  about: string;
  of: 'reports' | 'events';
  rows: { value: string; installations: number; count: number }[];
}

export interface Web {
  visits: number;
  visitors: number;
  pageviews: number;
  pages: { page: string; count: number; visitors: number }[];
  days: { day: string; pageviews: number; visitors: number }[];
}

export interface Rating {
  activity: string;
  count: number;
  mean: number;
  distribution: Record<string, number>;
}

export interface Metric {
  name: string;
  about: string;
  samples: number;
  series: number;
  installations: number;
  mean?: number;
  per_second?: number;
  newest?: string;
}

export interface MetricDays {
  days: string[];
  samples: number[];
}

export interface HeldRow {
  reason: string;
  field: string;
  count: number;
  held: boolean;
}

export interface HeldValue {
  received: string;
  reason: string;
  type: string;
  value: unknown;
}

export interface CrashGroup {
  /** Empty: those that tell no stack. */
  signature: string;
  program: string;
  reason: string;
  crashes: number;
  installations: number;
  first_seen: string;
  last_seen: string;
  versions: string[];
  frames: string[];
  /** A few sentences: why these crashes are one group. */
  why: string;
  /** The frames of a program with Candor's records, innermost first; empty for others. */
  stack: CrashFrame[];
  modules: { module: string; build_id: string; symbols: boolean }[];
  /** Signatures of groups that go through the same functions, in other builds. */
  alike: string[];
  fixed_in?: string;
}

export interface CrashFrame {
  module: string;
  build_id: string;
  offset: string;
  function?: string;
  file?: string;
  line?: number;
}

export interface Crashes {
  crashes: number;
  signatures: number;
  groups: CrashGroup[];
}

export type Verdict = 'unknown' | 'healthy' | 'degraded' | 'failing';

/** How runs ended; durations are null where none was told, success where nothing ended. */
export interface RunFigures {
  installations: number;
  engaged: number;
  started: number;
  running: number;
  ended: number;
  completed: number;
  failed: number;
  aborted: number;
  lost: number;
  success: number | null;
  median_ms: number | null;
  p95_ms: number | null;
}

/** A value for each day of the window. */
export interface RunDays {
  runs: number[];
  success: (number | null)[];
  installations?: number[];
}

export interface PluginHealth extends RunFigures {
  event: string;
  name: string;
  version: string | null;
  verdict: Verdict;
  rule: string;
  better: string | null;
  share: number | null;
  automation: RunFigures;
  trend: RunDays;
}

export interface PluginVersion extends RunFigures {
  version: string;
  verdict: Verdict;
  rule: string;
  since: string | null;
  automation: RunFigures;
  trend: RunDays;
}

interface HealthWindow {
  /** Null: nothing was computed yet. */
  made: string | null;
  window_days: number;
  installations: number;
  engaged: number;
  automation: number;
  days: string[];
}

export interface Plugins extends HealthWindow {
  plugins: PluginHealth[];
}

export interface Plugin extends HealthWindow {
  plugin: PluginHealth;
  /** The newest first. */
  versions: PluginVersion[];
}

export interface FoundInstallation {
  installation: string;
  first_seen: string;
  last_seen: string;
  version: string;
  /** A document is null where it is too long to be shown. */
  newest: { kind: 'report' | 'event'; event?: string; at: string; document: unknown }[];
}

/** An answer that is not the one asked for. `status` 0: there was no answer at all. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** JSON.parse, except that whole numbers too big for a double keep every digit (as bigint). */
export function parseExact(text: string): unknown {
  const revive = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    const source = context?.source;
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

/** The sentence in the collector's error answer, or one made from the status. */
export function errorMessage(status: number, body: string): string {
  try {
    const message = (JSON.parse(body) as { error?: { message?: unknown } }).error?.message;
    if (typeof message === 'string' && message !== '') return message;
  } catch {
    // Not from the collector: perhaps a proxy's page.
  }
  return `The collector answered with status ${status}.`;
}

/** Says that a page asks: the browser is not to ask for a password then. */
const kOfPage = { accept: 'application/json', 'x-requested-with': 'candor' };

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return send<T>(path, signal ? { signal } : {});
}

/** As fetch(): its answer as JSON, or an ApiError with a sentence. */
export async function send<T>(path: string, request: RequestInit): Promise<T> {
  const { signal } = request;
  let response: Response;
  let body: string;
  try {
    response = await fetch(path, { ...request, headers: { ...kOfPage, ...request.headers } });
    body = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'The collector could not be reached.');
  }
  if (!response.ok) throw new ApiError(response.status, errorMessage(response.status, body));
  try {
    return parseExact(body) as T;
  } catch {
    throw new ApiError(response.status, 'The answer was not JSON, so it is not the collector’s.');
  }
}

export function overviewPath(product: string, simulated: boolean): string {
  const query = simulated ? '?simulated=include' : '';
  return `/api/v1/products/${encodeURIComponent(product)}/overview${query}`;
}

export function trendPath(
  product: string,
  insight: string,
  days: number,
  simulated: boolean,
): string {
  const query = new URLSearchParams({ insight, days: String(days) });
  if (simulated) query.set('simulated', 'include');
  return `/api/v1/products/${encodeURIComponent(product)}/trend?${query}`;
}

export function eventsPath(product: string, days: number): string {
  return `/api/v1/products/${encodeURIComponent(product)}/events?days=${days}`;
}

export function getEvents(product: string, days: number, signal: AbortSignal): Promise<Events> {
  return get<Events>(eventsPath(product, days), signal);
}

export async function getPopular(
  product: string,
  days: number,
  signal: AbortSignal,
): Promise<Popular[]> {
  const path = `/api/v1/products/${encodeURIComponent(product)}/popular?days=${days}`;
  return (await get<{ figures: Popular[] }>(path, signal)).figures;
}

export function getWeb(product: string, days: number, signal: AbortSignal): Promise<Web> {
  return get<Web>(`/api/v1/products/${encodeURIComponent(product)}/web?days=${days}`, signal);
}

export async function getRatings(
  product: string,
  days: number,
  signal: AbortSignal,
): Promise<Rating[]> {
  const path = `/api/v1/products/${encodeURIComponent(product)}/ratings?days=${days}`;
  return (await get<{ ratings: Rating[] }>(path, signal)).ratings;
}

export function metricsPath(product: string, days: number): string {
  return `/api/v1/products/${encodeURIComponent(product)}/metrics?days=${days}`;
}

export async function getMetrics(
  product: string,
  days: number,
  signal: AbortSignal,
): Promise<Metric[]> {
  return (await get<{ metrics: Metric[] }>(metricsPath(product, days), signal)).metrics;
}

export function getMetricDays(product: string, metric: string, days: number): Promise<MetricDays> {
  const query = new URLSearchParams({ metric, days: String(days) });
  return get<MetricDays>(
    `/api/v1/products/${encodeURIComponent(product)}/metrics/days?${query}`,
  );
}

export function pluginsPath(product: string): string {
  return `/api/v1/products/${encodeURIComponent(product)}/plugins`;
}

export function pluginPath(product: string, name: string, event: string | undefined): string {
  const query = event === undefined ? '' : `?${new URLSearchParams({ event })}`;
  return `${pluginsPath(product)}/${encodeURIComponent(name)}${query}`;
}

/** Pages may show it; who reads them asks for nothing else. */
export function badgePath(product: string, name: string): string {
  return `${pluginsPath(product)}/${encodeURIComponent(name)}/badge.svg`;
}

export function getPlugins(product: string, signal: AbortSignal): Promise<Plugins> {
  return get<Plugins>(pluginsPath(product), signal);
}

export function getPlugin(
  product: string,
  name: string,
  event: string | undefined,
  signal: AbortSignal,
): Promise<Plugin> {
  return get<Plugin>(pluginPath(product, name, event), signal);
}

export async function getQuarantine(product: string): Promise<HeldRow[]> {
  const path = `/api/v1/products/${encodeURIComponent(product)}/quarantine`;
  return (await get<{ rows: HeldRow[] }>(path)).rows;
}

export async function getHeldValues(product: string, field: string): Promise<HeldValue[]> {
  const path = `/api/v1/products/${encodeURIComponent(product)}/quarantine/values`;
  const query = new URLSearchParams({ field });
  return (await get<{ values: HeldValue[] }>(`${path}?${query}`)).values;
}

export function getProductList(): Promise<ProductList> {
  return get<ProductList>('/api/v1/products');
}

export function crashesPath(product: string, simulated: boolean): string {
  const query = simulated ? '?simulated=include' : '';
  return `/api/v1/products/${encodeURIComponent(product)}/crashes${query}`;
}

export function getCrashes(
  product: string,
  simulated: boolean,
  signal: AbortSignal,
): Promise<Crashes> {
  return get<Crashes>(crashesPath(product, simulated), signal);
}

/** The installations of a customer's key, or the one of an identity. */
export async function findInstallations(
  product: string,
  by: 'customer_key' | 'installation',
  value: string,
  signal: AbortSignal,
): Promise<FoundInstallation[]> {
  const query = new URLSearchParams({ [by]: value });
  const path = `/api/v1/products/${encodeURIComponent(product)}/installations?${query}`;
  return (await get<{ installations: FoundInstallation[] }>(path, signal)).installations;
}

export async function getProducts(): Promise<Product[]> {
  return (await getProductList()).products;
}

export function getOverview(
  product: string,
  simulated: boolean,
  signal?: AbortSignal,
): Promise<Overview> {
  return get<Overview>(overviewPath(product, simulated), signal);
}

export function getTrend<T extends Trend | VersionTrend>(
  product: string,
  insight: string,
  days: number,
  simulated: boolean,
  signal: AbortSignal,
): Promise<T> {
  return get<T>(trendPath(product, insight, days, simulated), signal);
}
