// The documents of operations: their types, and how to ask for them.
import { get, type Unit } from './api.ts';

export type Health = 'down' | 'critical' | 'warning' | 'unknown' | 'well';

export interface Installation {
  name: string;
  health: Health;
  since: string | null;
  configured: boolean;
  services: number;
  services_down: string[];
  firing: { critical: number; warning: number; info: number };
}

export interface Alert {
  name: string;
  installation: string;
  severity: string;
  since: string | null;
  summary: string;
  threshold: string;
  runbook: string;
  muted: 'silenced' | 'inhibited' | null;
  labels: Record<string, string>;
}

export interface ScanDay {
  day: string;
  success: number;
  failure: number;
  timeout: number;
}

export interface ScanStep {
  name: string;
  run: boolean;
  ok?: boolean;
  ms?: number;
  status?: number | null;
  requests?: number;
  class?: string;
  problem?: string;
  expected?: string;
  actual?: string;
}

export interface ScanRun {
  started: string;
  ms: number;
  outcome: 'success' | 'failure' | 'timeout';
  steps: ScanStep[];
}

export interface Scan {
  installation?: string;
  target: string;
  scan: string;
  standing: 'up' | 'failing' | 'unknown';
  failures_in_a_row: number;
  ms: number | null;
  last_end: string | null;
  last_success: string | null;
  days: ScanDay[];
  /** Null where only Prometheus was asked. */
  last: ScanRun | null;
  last_failure: ScanRun | null;
}

interface AtATime {
  as_of: string;
  /** Sentences about what could not be asked. */
  troubles: string[];
}

export interface OperationsOverview extends AtATime {
  installations: Installation[];
  /** So many more are not listed. */
  left_out: number;
  alerts: Alert[];
  sonar: Scan[];
}

export interface MetricPanel {
  id: string;
  group: string;
  title: string;
  unit: Unit;
  lines: { name: string; values: (number | null)[] }[];
  left_out: number;
}

export interface InstallationDetails extends AtATime {
  installation: Installation;
  alerts: Alert[];
  sonar: { source: 'agent' | 'prometheus'; scans: Scan[] };
  range: string;
  /** Seconds since 1970, and apart. */
  start: number;
  step: number;
  panels: MetricPanel[];
}

export function operationsPath(installation?: string, range?: string): string {
  if (installation === undefined) return '/api/v1/operations';
  const query = range === undefined ? '' : `?${new URLSearchParams({ range })}`;
  return `/api/v1/operations/${encodeURIComponent(installation)}${query}`;
}

export function getOperations(signal: AbortSignal): Promise<OperationsOverview> {
  return get<OperationsOverview>(operationsPath(), signal);
}

export function getInstallation(
  name: string,
  range: string,
  signal: AbortSignal,
): Promise<InstallationDetails> {
  return get<InstallationDetails>(operationsPath(name, range), signal);
}
