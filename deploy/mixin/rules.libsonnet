// Recording rules. All labels of the target stay, so that they hold for one VPC
// and for a fleet alike.
local config = import 'config.libsonnet';

local windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];
local ratio(window) = 'path:agentcore_probe_broken:ratio' + window;

// Two windows burn when both exceed the rate: the long one says that it matters,
// the short one that it goes on ("Alerting on SLOs", The Site Reliability
// Workbook, chapter 5, has the rates and windows).
local burns(short, long, rate) =
  local budget = std.format('%.6g', rate * (1 - config.objective));
  '(%s > %s and %s > %s)' % [ratio(short), budget, ratio(long), budget];

{
  groups: [
    {
      name: 'agentcore-probe-paths',
      rules: [
        {
          record: 'path:agentcore_probe_broken:current',
          expr: 'max without (verdict) (agentcore_probe_path_verdict{verdict="broken"})',
        },
      ] + [
        { record: ratio(w), expr: 'avg_over_time(path:agentcore_probe_broken:current[%s])' % w }
        for w in windows
      ] + [
        {
          record: 'path:agentcore_probe_broken:fast_burn',
          expr: '(path:agentcore_probe_broken:current == 1) and (%s or %s)' % [burns('5m', '1h', 14.4), burns('30m', '6h', 6)],
        },
        {
          record: 'path:agentcore_probe_broken:slow_burn',
          expr: '%s or %s' % [burns('2h', '1d', 3), burns('6h', '3d', 1)],
        },
      ],
    },
    {
      // A page of a fleet asks these and not the series of a thousand sidecars.
      name: 'agentcore-probe-fleet',
      rules: [
        { record: 'job:agentcore_probe_paths:sum', expr: 'sum by (job, verdict) (agentcore_probe_paths)' },
        { record: 'job:agentcore_probe_up:ratio', expr: 'avg by (job) (up{job="%s"})' % config.job },
        { record: 'job_code:agentcore_probe_finding:count', expr: 'count by (job, code, severity) (agentcore_probe_finding)' },
        // Of the last runs, not of the histograms: those have 75 series a sidecar.
        { record: 'job_kind:agentcore_probe_path_last_run_duration_seconds:p95', expr: 'quantile by (job, kind) (0.95, agentcore_probe_path_last_run_duration_seconds * ignoring (kind, route, expect) group_right () agentcore_probe_path_info)' },
      ],
    },
  ],
}
