// Recording rules. Those of a path keep all labels of the target, those of the fleet
// the labels of the VPC: they hold for one VPC and for many alike.
local config = import 'config.libsonnet';

local vpc = std.join(', ', config.vpc);
local windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];
local ratio(window) = 'path:agentcore_probe_broken:ratio' + window;

// held is what has been broken for the whole of the last minute. An alert with "for"
// would begin anew whenever the finding changes that is joined to it.
local held = '(min_over_time(path:agentcore_probe_broken:current[1m]) == 1 and path:agentcore_probe_broken:current offset 1m == 1)';

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
          expr: '%s and (%s or %s)' % [held, burns('5m', '1h', 14.4), burns('30m', '6h', 6)],
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
        { record: 'vpc:agentcore_probe_paths:sum', expr: 'sum by (%s, job, verdict) (agentcore_probe_paths)' % vpc },
        { record: 'vpc:agentcore_probe_up:ratio', expr: 'avg by (%s, job) (up{job="%s"})' % [vpc, config.job] },
        { record: 'vpc_code:agentcore_probe_finding:count', expr: 'count by (%s, job, code, severity) (agentcore_probe_finding)' % vpc },
        // Of the last runs, not of the histograms: those have 75 series a sidecar.
        { record: 'vpc_kind:agentcore_probe_path_last_run_duration_seconds:p95', expr: 'quantile by (%s, job, kind) (0.95, agentcore_probe_path_last_run_duration_seconds * ignoring (kind, route, expect) group_right () agentcore_probe_path_info)' % vpc },
      ],
    },
  ],
}
