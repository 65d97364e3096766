// Dashboards for Grafana. A panel says what it shows and in which unit; each query
// has been answered by a real Prometheus (acceptance/dashboards_test.go).
local config = import 'config.libsonnet';

// sel selects a probe's series by the dashboard's variables.
local sel(more='') = '{job=~"$job",instance=~"$instance"%s}' % more;

local panel(type, title, description, unit, w, h, targets, extra={}) = {
  type: type,
  title: title,
  description: description,
  gridPos: { w: w, h: h },
  datasource: { type: 'prometheus', uid: '${datasource}' },
  targets: [
    {
      refId: std.char(65 + i),
      expr: targets[i].expr,
      legendFormat: std.get(targets[i], 'legend', ''),
      exemplar: std.get(targets[i], 'exemplar', false),
      instant: std.member(['table', 'stat'], type),
      range: !self.instant,
      format: if type == 'table' then 'table' else 'time_series',
    }
    for i in std.range(0, std.length(targets) - 1)
  ],
  fieldConfig: { defaults: { unit: unit } + std.get(extra, 'defaults', {}), overrides: std.get(extra, 'overrides', []) },
  options: std.get(extra, 'options', {}),
  transformations: std.get(extra, 'transformations', []),
};

local query(expr, legend='', exemplar=false) = { expr: expr, legend: legend, exemplar: exemplar };

// place puts panels beside each other, and below where there is no room.
local place(panels) =
  local step(at, p) =
    local wraps = at.x + p.gridPos.w > 24;
    local x = if wraps then 0 else at.x;
    local y = if wraps then at.bottom else at.y;
    at {
      x: x + p.gridPos.w,
      y: y,
      bottom: std.max(at.bottom, y + p.gridPos.h),
      done+: [p { id: std.length(at.done) + 1, gridPos+: { x: x, y: y } }],
    };
  std.foldl(step, panels, { x: 0, y: 0, bottom: 0, done: [] }).done;

local colours = {
  mappings: [
    { type: 'value', options: { '1': { text: 'ok', color: 'green' }, '0': { text: 'not ok', color: 'red' } } },
  ],
};

// links leads from a row to the finding's page and to the probe's own.
local links = {
  defaults: {
    links: [
      { title: 'what it means', url: config.docs + 'findings/${__data.fields.code}.md', targetBlank: true },
      { title: 'the probe that found it', url: 'http://${__data.fields.instance}/', targetBlank: true },
    ],
  },
  transformations: [{ id: 'organize', options: { excludeByName: { Time: true, Value: true, __name__: true, job: true } } }],
};

local variable(name, label, query, multi=true) = {
  name: name,
  label: label,
  type: 'query',
  datasource: { type: 'prometheus', uid: '${datasource}' },
  query: { query: query, refId: name },
  refresh: 2,
  multi: multi,
  includeAll: multi,
  current: if multi then { text: 'All', value: '$__all' } else {},
  sort: 1,
};

local variables = [
  { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
  variable('job', 'Job', 'label_values(agentcore_probe_build_info, job)'),
  variable('instance', 'Probe', 'label_values(agentcore_probe_build_info{job=~"$job"}, instance)'),
];

local dashboard(uid, title, description, panels, more=[]) = {
  uid: uid,
  title: 'AgentCore / ' + title,
  description: description,
  tags: ['agentcore-probe'],
  schemaVersion: 39,
  editable: false,
  refresh: '30s',
  time: { from: 'now-3h', to: 'now' },
  timezone: 'utc',
  links: [{ type: 'dashboards', tags: ['agentcore-probe'], title: 'AgentCore', asDropdown: true, includeVars: true, keepTime: true }],
  templating: { list: variables + more },
  panels: place(panels),
};

{
  'on-call.json': dashboard('agentcore-on-call', 'On call', 'What is wrong now, since when, and which component is to be changed.', [
    panel('stat', 'Paths', 'Paths by verdict now. Exposed: what must be shut is open.', 'short', 10, 5, [
      query('sum by (verdict) (agentcore_probe_paths%s)' % sel(), '{{verdict}}'),
    ], { defaults: { thresholds: { mode: 'absolute', steps: [{ color: 'text', value: null }] } } }),
    panel('stat', 'Age of the AWS configuration', 'Causes are named by what was read then.', 's', 7, 5, [
      query('max(agentcore_probe_inventory_age_seconds%s)' % sel(), 'oldest'),
    ]),
    panel('stat', 'Probes that answer', 'Of those that Prometheus scrapes.', 'percentunit', 7, 5, [
      query('avg(up%s)' % sel(), 'up'),
    ]),
    panel('table', 'Findings', 'The causes, each once: code, hop, and the component that is to be changed. The row leads to the page of the code and to the probe.', 'short', 24, 8, [
      query('agentcore_probe_finding%s' % sel(',severity!="info"')),
    ], links),
    panel('table', 'Alerts', 'What is pending or firing. Alertmanager holds back the symptoms of a known cause.', 'short', 24, 7, [
      query('ALERTS{alertname=~"AgentCore.+"}'),
    ], links),
    panel('state-timeline', 'Verdicts', 'Each path: as it should be, or not.', 'short', 24, 10, [
      query('agentcore_probe_path_verdict%s' % sel(',verdict="ok"'), '{{path}} {{instance}}'),
    ], { defaults: colours }),
    panel('timeseries', 'Error budget burning', 'How many times faster than the objective allows, over an hour. At 14.4 the alert fires.', 'short', 12, 8, [
      query('path:agentcore_probe_broken:ratio1h%s / %g' % [sel(), 1 - config.objective], '{{path}} {{instance}}'),
    ]),
    panel('timeseries', 'Time since the verdict changed', 'The shortest line changed last.', 's', 12, 8, [
      query('time() - (agentcore_probe_path_verdict_change_timestamp_seconds%s > 0)' % sel(), '{{path}} {{instance}}'),
    ]),
  ]),

  'fleet.json': dashboard('agentcore-fleet', 'Fleet', 'All probes on one page, by recording rules: it asks for a few series, however many probes there are.', [
    panel('timeseries', 'Paths by verdict', 'Over all probes of the job.', 'short', 12, 8, [
      query('sum by (verdict) (vpc:agentcore_probe_paths:sum{job=~"$job"})', '{{verdict}}'),
    ]),
    panel('timeseries', 'Probes that answer', 'The part of the targets that could be scraped.', 'percentunit', 6, 8, [
      query('avg(up{job=~"$job"})', 'up'),
    ]),
    panel('stat', 'Probes by version', 'Programs in use.', 'short', 6, 8, [
      query('count by (version, goversion) (agentcore_probe_build_info{job=~"$job"})', '{{version}} {{goversion}}'),
    ]),
    panel('table', 'Findings by code', 'How many probes report each cause.', 'short', 12, 9, [
      query('sort_desc(sum by (code, severity) (vpc_code:agentcore_probe_finding:count{job=~"$job"}))'),
    ]),
    panel('table', 'VPCs with broken or exposed paths', 'The twenty with most of them. Without external labels all is one VPC.', 'short', 12, 9, [
      query('topk(20, sum by (%s) (vpc:agentcore_probe_paths:sum{job=~"$job",verdict=~"broken|exposed"}) > 0)' % std.join(', ', config.vpc)),
    ]),
    panel('table', 'Probes with broken or exposed paths', 'The twenty with most of them.', 'short', 12, 8, [
      query('topk(20, sum by (%s) (agentcore_probe_paths{job=~"$job",verdict=~"broken|exposed"}) > 0)' % std.join(', ', config.probe)),
    ], links),
    panel('timeseries', 'Duration of runs', 'Of the last runs of all paths 95 in 100 took less, by kind of path.', 's', 12, 8, [
      query('max by (kind) (vpc_kind:agentcore_probe_path_last_run_duration_seconds:p95{job=~"$job"})', '{{kind}}'),
    ]),
    panel('timeseries', 'AWS actions that could not be read', 'Over all probes: what they would have shown is unknown.', 'short', 6, 8, [
      query('sum(agentcore_probe_inventory_unread_actions{job=~"$job"})', 'unread'),
    ]),
    panel('timeseries', 'Samples a scrape', 'Over all probes: what the fleet costs Prometheus.', 'short', 6, 8, [
      query('sum(scrape_samples_scraped{job=~"$job"})', 'samples'),
    ]),
  ]),

  'path.json': dashboard('agentcore-path', 'Path', 'One path: how it stands, how it was, and how long its runs take.', [
    panel('stat', 'Verdict', 'The verdict that holds.', 'short', 8, 5, [
      query('agentcore_probe_path_verdict%s == 1' % sel(',path=~"$path"'), '{{verdict}}'),
    ], { options: { textMode: 'name' } }),
    panel('stat', 'For', 'Since the verdict changed.', 's', 8, 5, [
      query('time() - (agentcore_probe_path_verdict_change_timestamp_seconds%s > 0)' % sel(',path=~"$path"'), '{{instance}}'),
    ]),
    panel('stat', 'Last run', 'How long ago it started.', 's', 8, 5, [
      query('time() - (agentcore_probe_path_last_run_timestamp_seconds%s > 0)' % sel(',path=~"$path"'), '{{instance}}'),
    ]),
    panel('table', 'Findings', 'What stands under this path. A cause that breaks several stands under one of them only.', 'short', 24, 6, [
      query('agentcore_probe_finding%s' % sel(',path=~"$path"')),
    ], links),
    panel('state-timeline', 'Verdict over time', 'One row for each verdict: 1 while it holds.', 'short', 24, 8, [
      query('agentcore_probe_path_verdict%s' % sel(',path=~"$path"'), '{{verdict}} {{instance}}'),
    ], { defaults: { mappings: [{ type: 'value', options: { '0': { text: '', color: 'transparent' }, '1': { text: 'holds', color: 'blue' } } }] } }),
    panel('timeseries', 'Duration of runs', 'The last run of this path, and what 95 of 100 runs of its kind stay below.', 's', 12, 8, [
      query('agentcore_probe_path_last_run_duration_seconds%s' % sel(',path=~"$path"'), '{{path}} {{instance}}'),
      query('histogram_quantile(0.95, sum by (kind, le) (rate(agentcore_probe_run_duration_seconds_bucket%s[$__rate_interval]))) >= 0' % sel(), 'p95 of {{kind}}'),
    ]),
    panel('timeseries', 'Part of the time that it was broken', 'Over five minutes, an hour and a day.', 'percentunit', 12, 8, [
      query('path:agentcore_probe_broken:ratio%s%s' % [w, sel(',path=~"$path"')], w + ' {{instance}}')
      for w in ['5m', '1h', '1d']
    ]),
    panel('timeseries', 'Runs', 'Finished runs a second.', 'ops', 12, 8, [
      query('rate(agentcore_probe_path_runs_total%s[$__rate_interval])' % sel(',path=~"$path"'), '{{path}} {{instance}}'),
    ]),
    panel('timeseries', 'Steps that did not succeed', 'By kind of path and reason, whether that was expected or not. The dots are AWS\'s ids of the requests.', 'ops', 12, 8, [
      query('sum by (kind, reason) (rate(agentcore_probe_failures_total%s[$__rate_interval])) > 0' % sel(), '{{kind}} {{reason}}', exemplar=true),
    ]),
  ], [variable('path', 'Path', 'label_values(agentcore_probe_path_info{job=~"$job",instance=~"$instance"}, path)')]),
}
