// The rules that come with Candor, held to made-up series by promtool: each fires when it should, not sooner, and not
// beside its threshold. (Names are held to the real exporters in rule_metrics.test.mjs.)
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Bench } from './lib/bench.mjs';
import { run } from './lib/program.mjs';

const kRules = path.resolve('src/server/ops/rules');
const kDay = 24 * 60; // minutes
const kWhere = { installation: 'eu1', instance: 'n1' };
const labels = (more) =>
  Object.entries({ ...kWhere, ...more }).map(([name, value]) => `${name}="${value}"`).join(); // prettier-ignore
/** A series: its name, labels besides kWhere, values of each minute as promtool writes them. */
const s = (name, values, more = {}) => ({ series: `${name}{${labels(more)}}`, values });

const kDisk = { device: '/dev/a', fstype: 'ext4', mountpoint: '/data' };
const disk = (free, readonly = 0) => [
  s('node_filesystem_avail_bytes', free, kDisk),
  s('node_filesystem_size_bytes', '100x1000', kDisk),
  s('node_filesystem_readonly', `${readonly}x1000`, kDisk),
];
const kStone = { product: 'stone' };
const records = (outcomes) => outcomes.map(([outcome, values]) => s('candor_records', values, { ...kStone, outcome })); // prettier-ignore
const kPlugin = { product: 'meltano', event: 'plugin', plugin: 'tap-x', version: '1.2' };
const kCrash = { product: 'stone', signature: 'a1', program: 'osd' };
/** What an agent says of whom it asked. */
const kService = { job: 'service' };
const kProgram = { program: 'alertmanager' };
const kScan = { scan: 'journey', target: 'eu1.aws' };

// alert: severity and component; series that make it fire; the minute until which it does not, and that at which it does;
// labels besides kWhere; its summary; series beside the threshold.
const kCases = {
  Watchdog: {
    is: 'none operations', fires: [], at: 1,
    says: 'Always firing: where this is missing, nothing is evaluated',
  },
  TargetDown: {
    is: 'critical operations', fires: [s('up', '1 1 0x20', { job: 'node' })], until: 6, at: 8, more: { job: 'node' },
    says: 'node on n1 cannot be scraped', calm: [s('up', '1 1 0 0 0 0 1x20', { job: 'node' })],
  },
  PushStopped: {
    is: 'critical operations', fires: [s('node_time_seconds', '0+60x5', kStone)], until: 15, at: 18, more: kStone,
    says: 'eu1 has pushed no metrics for 13m 0s', calm: [s('node_time_seconds', '0+60x5'), s('node_time_seconds', '0+60x40', kStone)],
  },
  'PushStopped warning': {
    is: 'warning operations', fires: [s('node_time_seconds', '0+60x5', { ...kStone, installation: '0123456789ab' })], until: 15, at: 18,
    more: { ...kStone, installation: '0123456789ab' }, says: '0123456789ab has pushed no metrics for 13m 0s', calm: [s('node_time_seconds', '0+60x40', kStone)],
  },
  PushedMetricsLost: {
    is: 'warning operations', fires: [s('candor_ops_passed_on_samples_total', '0x20 15+15x20', { outcome: 'refused' })], until: 20, at: 40,
    says: '225 samples that installations pushed to n1 did not reach Prometheus in 15 minutes',
    calm: [s('candor_ops_passed_on_samples_total', '0+15x40', { outcome: 'passed' })],
  },
  OperationsConfigurationBad: {
    is: 'critical operations', fires: [s('candor_ops_config_ok', '1 0x20')], until: 1, at: 3,
    says: 'The operations center of n1 runs with an old configuration, or with none', calm: [s('candor_ops_config_ok', '1x20')],
  },
  PrometheusReloadFailing: {
    is: 'critical operations', fires: [s('prometheus_config_last_reload_successful', '1 0x20')], until: 5, at: 7,
    says: 'Prometheus on n1 did not take its newest configuration', calm: [s('prometheus_config_last_reload_successful', '0 1x20')],
  },
  AlertmanagerReloadFailing: {
    is: 'critical operations', fires: [s('alertmanager_config_last_reload_successful', '1 0x20')], until: 5, at: 7,
    says: 'Alertmanager on n1 did not take its newest configuration', calm: [s('alertmanager_config_last_reload_successful', '0 1x20')],
  },
  RulesFailing: {
    is: 'warning operations', fires: [s('prometheus_rule_evaluation_failures_total', '0x20 15+15x20', { rule_group: 'a' })], until: 20, at: 40,
    says: '225 evaluations of rules failed on n1 in 15 minutes', calm: [s('prometheus_rule_evaluation_failures_total', '7x40', { rule_group: 'a' })],
  },
  MailsFailing: {
    is: 'warning operations', fires: [s('alertmanager_notifications_failed_total', '0x20 1+1x40', { integration: 'email' })], until: 25, at: 45,
    says: 'Mails of alerts could not be delivered: 15 were put off in 15 minutes',
    calm: [s('alertmanager_notifications_failed_total', '0x20 1+1x40', { integration: 'webhook' })],
  },
  OperationsProgramRestarts: {
    is: 'warning operations', more: kProgram, fires: [s('candor_ops_program_restarts_total', '0x5 4x40', kProgram)], until: 5, at: 15,
    says: 'alertmanager beside n1 was started 4 times in an hour', calm: [s('candor_ops_program_restarts_total', '0x20 2x40', kProgram)],
  },
  'HostFilesystemFull warning': {
    is: 'warning node', fires: disk('50 9x40'), until: 15, at: 20, more: kDisk, says: '/data on n1 has 9.0% free', calm: disk('11x40'),
  },
  'HostFilesystemFull critical': {
    is: 'critical node', fires: disk('50 2x20'), until: 5, at: 7, more: kDisk, says: '/data on n1 has 2.0% free', calm: disk('2x20', 1),
  },
  HostFilesystemFillsIn24h: {
    is: 'warning node', fires: disk('39-0.1x160'), until: 59, at: 120, more: kDisk,
    says: '/data on n1 has 27.0% free and is full within 24 h if it goes on like that', calm: disk('39-0.001x160'),
  },
  HostInodesExhausted: {
    is: 'critical node', more: kDisk, until: 15, at: 20, says: '/data on n1 has 4.0% of its inodes free',
    fires: [s('node_filesystem_files_free', '9 4x40', kDisk), s('node_filesystem_files', '100x40', kDisk)],
    calm: [s('node_filesystem_files_free', '0x40', kDisk), s('node_filesystem_files', '0x40', kDisk)],
  },
  HostMemoryHigh: {
    is: 'warning node', until: 15, at: 20, says: 'Memory of n1 is 91% used',
    fires: [s('node_memory_MemAvailable_bytes', '50 9x40'), s('node_memory_MemTotal_bytes', '100x40')],
    calm: [s('node_memory_MemAvailable_bytes', '11x40'), s('node_memory_MemTotal_bytes', '100x40')],
  },
  HostOomKill: {
    is: 'critical node', fires: [s('node_vmstat_oom_kill', '3x20 4+1x20')], until: 20, at: 40,
    says: 'The kernel of n1 killed 10 processes for memory in 10 minutes', calm: [s('node_vmstat_oom_kill', '3x40')],
  },
  HostCpuHigh: {
    is: 'warning node', until: 30, at: 40, says: 'The processors of n1 are 95% busy',
    fires: [s('node_cpu_seconds_total', '0+57x60', { cpu: '0', mode: 'user' }), s('node_cpu_seconds_total', '0+3x60', { cpu: '0', mode: 'idle' })],
    calm: [s('node_cpu_seconds_total', '0+3x60', { cpu: '0', mode: 'user' }), s('node_cpu_seconds_total', '0+57x60', { cpu: '0', mode: 'iowait' })],
  },
  HostClockSkew: {
    is: 'warning node', until: 10, at: 15, says: 'The clock of n1 is not synchronised',
    fires: [s('node_timex_offset_seconds', '0 -0.2x40'), s('node_timex_sync_status', '1x40'), s('node_timex_maxerror_seconds', '0x40')],
    calm: [s('node_timex_offset_seconds', '0.01x40'), s('node_timex_sync_status', '0x40'), s('node_timex_maxerror_seconds', '8x40')],
  },
  HostRebooted: {
    is: 'info node', fires: [s('node_boot_time_seconds', '0x2000')], at: 10, says: 'n1 booted 10m 0s ago', calm: [s('node_boot_time_seconds', '-90000x20')],
  },
  DatabaseDown: {
    is: 'critical database', more: kService, fires: [s('mysql_up', '1 0x9', kService)], until: 1, at: 3, says: 'The database service of n1 does not answer', calm: [s('mysql_up', '1x9', kService)],
  },
  DatabaseConnectionsHigh: {
    is: 'warning database', more: kService, until: 5, at: 8, says: 'The database service of n1 uses 81% of its connections',
    fires: [s('mysql_global_status_threads_connected', '1 81x20', kService), s('mysql_global_variables_max_connections', '100x20', kService)],
    calm: [s('mysql_global_status_threads_connected', '80x20', kService), s('mysql_global_variables_max_connections', '100x20', kService)],
  },
  DatabaseSlowQueries: {
    is: 'warning database', more: kService, fires: [s('mysql_global_status_slow_queries', '0+30x40', kService)], until: 10, at: 20,
    says: 'The database service of n1 has 0.50 slow queries a second', calm: [s('mysql_global_status_slow_queries', '0+11x40', kService)],
  },
  QueueBrokerAlarm: {
    is: 'critical queue', more: kService, fires: [s('rabbitmq_alarms_free_disk_space_watermark', '0 1x9', kService)], until: 1, at: 3,
    says: 'The broker service of n1 raised an alarm and blocks who publishes',
    calm: ['memory_used_watermark', 'free_disk_space_watermark', 'file_descriptor_limit'].map((name) => s(`rabbitmq_alarms_${name}`, '0x9')),
  },
  QueueBacklog: {
    is: 'warning queue', more: kService, fires: [s('rabbitmq_queue_messages_ready', '10001+100x60', { ...kService, queue: 'q' })], until: 14, at: 40,
    says: '14001 messages wait at service of n1, and they become more', calm: [
      s('rabbitmq_queue_messages_ready', '20000-10x60', { ...kService, queue: 'q' }),
      // Of two brokers neither has too many.
      ...['a', 'b'].map((job) => s('rabbitmq_queue_messages_ready', '5001+10x60', { job, queue: 'q' })),
    ],
  },
  QueueUnroutableMessages: {
    is: 'warning queue', more: kService, fires: [s('rabbitmq_global_messages_unroutable_dropped_total', '0x10 2+2x20', { ...kService, protocol: 'amqp091' })], until: 10, at: 20,
    says: 'The broker service of n1 dropped 10 messages that no queue wanted, in 5 minutes',
    calm: [s('rabbitmq_global_messages_unroutable_dropped_total', '2x20', { ...kService, protocol: 'amqp091' })],
  },
  LoadBalancerBackendDown: {
    is: 'critical loadbalancer', more: { proxy: 'app' }, until: 2, at: 4, says: 'backend app on n1 has no live server',
    fires: [s('haproxy_backend_active_servers', '2 2 0x9', { proxy: 'app' }), s('haproxy_backend_backup_servers', '0x11', { proxy: 'app' })],
    calm: [s('haproxy_backend_active_servers', '0x11', { proxy: 'app' }), s('haproxy_backend_backup_servers', '1x11', { proxy: 'app' })],
  },
  LoadBalancerHigh5xx: {
    is: 'critical loadbalancer', more: { proxy: 'app' }, until: 5, at: 12, says: 'backend app on n1 answers 10.0% with 5xx',
    fires: [s('haproxy_backend_http_responses_total', '0+6x30', { proxy: 'app', code: '5xx' }), s('haproxy_backend_http_responses_total', '0+54x30', { proxy: 'app', code: '2xx' })],
    calm: [s('haproxy_backend_http_responses_total', '0+1x30', { proxy: 'app', code: '5xx' }), s('haproxy_backend_http_responses_total', '0+4x30', { proxy: 'app', code: '2xx' })],
  },
  LoadBalancerQueueing: {
    is: 'warning loadbalancer', more: { proxy: 'app' }, fires: [s('haproxy_backend_current_queue', '0 3x20', { proxy: 'app' })], until: 5, at: 8,
    says: '3 requests wait in front of backend app on n1', calm: [s('haproxy_backend_current_queue', '0x20', { proxy: 'app' })],
  },
  JournalAppendFailing: {
    is: 'critical collector', fires: [s('candor_journal_append_errors_total', '0x10 2+2x20')], until: 10, at: 20,
    says: 'The collector n1 cannot write its journal: 10 reports refused (503) in 5 minutes, none acknowledged', calm: [s('candor_journal_append_errors_total', '2x20')],
  },
  JournalRefusesFull: {
    is: 'critical collector', fires: [s('candor_journal_refused_full_total', '0x10 2+2x20')], until: 10, at: 20,
    says: 'The journal of n1 is full: 10 reports refused in 5 minutes', calm: [s('candor_journal_refused_full_total', '2x20')],
  },
  JournalNearlyFull: {
    is: 'warning collector', fires: [s('candor_journal_bytes', '1 81x20'), s('candor_journal_max_bytes', '100x20')], until: 5, at: 8,
    says: 'The journal of n1 is 81% full', calm: [s('candor_journal_bytes', '80x20'), s('candor_journal_max_bytes', '100x20')],
  },
  StoreLagging: {
    is: 'critical collector', fires: [s('candor_loader_oldest_unstored_seconds', '0x5 320 380 440 500 560 620 680')], until: 10, at: 12,
    says: 'Acknowledged reports wait 11m 20s for the store', calm: [s('candor_loader_oldest_unstored_seconds', '300x20')],
  },
  StoreDown: {
    is: 'critical collector', fires: [s('candor_engine_up', '1 0x20')], until: 5, at: 8, says: 'The store of n1 does not answer', calm: [s('candor_engine_up', '1x20')],
  },
  StoreTrouble: {
    is: 'critical collector', fires: [s('candor_engine_trouble', '0 1x20')], until: 1, at: 3,
    says: 'The store of n1 is damaged, or takes nothing', calm: [s('candor_engine_trouble', '0x20')],
  },
  JournalCorruption: {
    is: 'critical collector', fires: [s('candor_journal_corrupt_records_total', '0x60 1+1x60')], until: 60, at: 120,
    says: 'The journal of n1 holds 60 records with a bad checksum', calm: [s('candor_journal_corrupt_records_total', '4x120')],
  },
  CollectorDiskLow: {
    is: 'warning collector', fires: [s('candor_disk_free_bytes', '2000000000 536870912x40')], until: 15, at: 20,
    says: 'The disk of the data folder on n1 has 512MiB free', calm: [s('candor_disk_free_bytes', '1073741824x40')],
  },
  RejectedReportsHigh: {
    is: 'warning collector', more: kStone, until: 15, at: 40, says: '10.0% of what stone sends is refused or in quarantine',
    fires: records([['accepted', '0+18x60'], ['refused', '0+1x60'], ['quarantined', '0+1x60']]),
    calm: records([['accepted', '0x60'], ['refused', '0+1x60']]), // fewer than 20 in 15 minutes
  },
  CertificateExpiresSoon: {
    is: 'warning collector', fires: [s('candor_tls_certificate_not_after_seconds', `${13 * 86400}x100`)], until: 59, at: 60,
    says: 'The certificate of n1 expires in 13.0 days', calm: [s('candor_tls_certificate_not_after_seconds', `${15 * 86400}x100`)],
  },
  InstallationsStoppedReporting: {
    is: 'warning insights', more: kStone, until: 7 * kDay + 90, at: 7 * kDay + 240, interval: '30m',
    says: 'Only 69 installations of stone report, over 30% fewer than a week ago',
    fires: [s('candor_installations_reporting', '100x335 69x20', kStone)], calm: [s('candor_installations_reporting', '20x335 1x20', kStone)],
  },
  PluginFailing: {
    is: 'warning insights', more: kPlugin, fires: [s('candor_plugin_failing', '_ 1x40', kPlugin)], until: 10, at: 15,
    says: 'tap-x 1.2 fails for most who run it (meltano)', calm: [s('candor_plugin_failing', '1x5 _x40', kPlugin)],
  },
  NewCrashSpreads: {
    is: 'warning insights', more: kCrash, fires: [s('candor_new_crash_installations', '1 3x40', kCrash)], until: 10, at: 15,
    says: 'A crash of osd that is new this week was seen in 3 installations of stone', calm: [s('candor_new_crash_installations', '2x40', kCrash)],
  },
  QuarantineRises: {
    is: 'warning insights', more: kStone, until: 60, at: 100, says: '60 records of stone went into quarantine within an hour',
    fires: records([['quarantined', '5+1x200']]), calm: records([['accepted', '5+1x200'], ['quarantined', '5x200']]),
  },
  SonarScanFailing: {
    is: 'critical sonar', more: { ...kScan, step: 'login' }, until: 1, at: 5, says: 'Sonar scan journey against eu1.aws fails at step login',
    fires: [s('sonar_scan_failed_step', '_x2 1x9', { ...kScan, step: 'login' }), s('sonar_scan_last_success_timestamp_seconds', '60x9', kScan)],
    calm: [s('sonar_scan_failing', '0x9', kScan), s('sonar_consecutive_failures', '2x9', kScan)],
  },
  SonarScanStale: {
    is: 'critical sonar', more: kScan, until: 3, at: 10, says: 'Sonar scan journey against eu1.aws has not run for 10m 0s',
    fires: [s('sonar_scan_last_end_timestamp_seconds', '0x20', kScan), s('sonar_scan_interval_seconds', '60x20', kScan)],
    calm: [s('sonar_scan_last_end_timestamp_seconds', '0+60x20', kScan), s('sonar_scan_interval_seconds', '60x20', kScan)],
  },
  SonarScanSlow: {
    is: 'warning sonar', more: kScan, until: 10, at: 15, says: 'Sonar scan journey against eu1.aws needs 50s, close to its interval',
    fires: [s('sonar_scan_duration_seconds', '1 50x40', kScan), s('sonar_scan_interval_seconds', '60x40', kScan)],
    calm: [s('sonar_scan_duration_seconds', '48x40', kScan), s('sonar_scan_interval_seconds', '60x40', kScan)],
  },
  SonarTargetCertificateExpiresSoon: {
    is: 'warning sonar', more: kScan, fires: [s('sonar_tls_earliest_cert_expiry_timestamp_seconds', `${13 * 86400}x100`, kScan)], until: 59, at: 60,
    says: 'A certificate of eu1.aws expires in 13.0 days', calm: [s('sonar_tls_earliest_cert_expiry_timestamp_seconds', `${15 * 86400}x100`, kScan)],
  },
}; // prettier-ignore

/** [{alert, severity, annotations}] of a file of rules, read by its lines. */
function alertsIn(text) {
  return text.split(/^ {2}- alert: /m).slice(1).map((part) => ({
    alert: part.split('\n')[0],
    severity: /severity: (\w+)/.exec(part)?.[1],
    annotations: [...part.matchAll(/^ {6}(\w+): "/gm)].map(([, name]) => name),
  })); // prettier-ignore
}

const kFiles = readdirSync(kRules);
const kAlerts = kFiles.flatMap((file) => alertsIn(readFileSync(path.join(kRules, file), 'utf8')));

test('each alert says what, against which threshold, and what to do; and has a case here', () => {
  const cases = Object.entries(kCases).map(([name, { is }]) => `${name.split(' ')[0]} ${is.split(' ')[0]}`);
  assert.deepEqual(kAlerts.map(({ alert, severity }) => `${alert} ${severity}`).toSorted(), cases.toSorted());
  for (const { alert, annotations } of kAlerts) assert.deepEqual(annotations, ['summary', 'threshold', 'runbook'], alert);
}); // prettier-ignore

function testsOf(name, { is, fires, until, at, more = {}, says, calm, interval = '1m' }) {
  const [severity, component] = is.split(' ');
  const alertname = name.split(' ')[0];
  const where = name === 'Watchdog' ? {} : kWhere;
  const expected = { exp_labels: { ...where, ...more, severity, component }, exp_annotations: { summary: says } };
  const beside = (time) => ({ eval_time: `${time}m`, alertname, exp_alerts: [] });
  const checks = [{ eval_time: `${at}m`, alertname, exp_alerts: [expected] }];
  if (until !== undefined) checks.unshift(beside(until));
  const tests = [{ interval, input_series: fires, alert_rule_test: checks }];
  if (calm) tests.push({ interval, input_series: calm, alert_rule_test: [beside(at)] });
  assert.ok(calm || name === 'Watchdog', `${name} has no series beside its threshold`);
  return tests;
}

test('each alert fires when it should, and not beside that', { timeout: 120_000 }, async (t) => {
  const folder = new Bench(t).folder('rules');
  for (const file of kFiles) {
    // promtool compares all annotations; the long ones are the same whatever the series are.
    const text = readFileSync(path.join(kRules, file), 'utf8').replace(/^ {6}(threshold|runbook): .*\n/gm, '');
    writeFileSync(path.join(folder, file), text);
  }
  const check = async (interval, cases) => {
    const tests = cases.flatMap(([name, one]) => testsOf(name, one));
    const file = path.join(folder, `case-${interval}.test`);
    writeFileSync(file, JSON.stringify({ rule_files: kFiles, evaluation_interval: interval, tests }));
    return run('promtool', ['test', 'rules', file]);
  };
  const isLong = ([, { interval }]) => interval !== undefined;
  const cases = Object.entries(kCases);
  for (const [interval, some] of [['15s', cases.filter((one) => !isLong(one))], ['30m', cases.filter(isLong)]]) {
    const { code, out, err } = await check(interval, some);
    assert.equal(code, 0, out + err);
  }

  // It would say so if one did not.
  const wrong = { ...kCases.TargetDown, at: kCases.TargetDown.until };
  assert.equal((await check('15s', [['TargetDown', wrong]])).code, 1);
}); // prettier-ignore
