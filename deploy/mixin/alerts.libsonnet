// Alerts. Those of a path carry the finding that is its cause: code, hop and
// component, joined from agentcore_probe_finding.
local config = import 'config.libsonnet';

// causedBy gives a path's series the labels of its findings, and keeps it as it
// is where none names the path: the cause may stand under another path.
local causedBy(series, severities) =
  local finding = 'agentcore_probe_finding{severity=~"%s"}' % severities;
  local match = 'ignoring (code, severity, hop, component)';
  |||
    %(series)s * %(match)s group_right () %(finding)s
    or
    %(series)s unless %(match)s %(finding)s
  ||| % { series: series, match: match, finding: finding };

local verdict(v) = '(max without (verdict) (agentcore_probe_path_verdict{verdict="%s"}) == 1)' % v;

// lasts is a path's verdict where it has been the same for so long: "for" would begin
// anew whenever the finding changes that is joined to it.
local lasts(v, time) =
  local series = 'agentcore_probe_path_verdict{verdict="%s"}' % v;
  '(max without (verdict) (min_over_time(%s[%s])) == 1 and max without (verdict) (%s offset %s) == 1)' % [series, time, series, time];

// same asks for series of the probe that the alert is about.
local same(metric, more, tail='', also='') =
  '(printf "%s{%s,%s}%s" %s%s)' % [
    metric,
    std.join(',', [l + '=%q' for l in config.probe]),
    std.strReplace(more, '"', '\\"'),
    tail,
    std.join(' ', ['$labels.' + l for l in config.probe]),
    also,
  ];

// elsewhere lists the findings of the same probe, for a path that has none.
local elsewhere = '{{ range query %s }} {{ .Labels.code }} on {{ .Labels.path }} ({{ .Labels.component }}){{ else }} nothing{{ end }}' % same('agentcore_probe_finding', 'severity!="info"');

// besides lists the other paths of the same probe that are broken: their alerts
// may be held back.
local besides = '{{ range $i, $p := query %s }}{{ if not $i }} Broken there, too:{{ end }} {{ $p.Labels.path }}{{ end }}' % same('agentcore_probe_path_verdict', 'verdict="broken",path!=%q', ' == 1', ' $labels.path');

// hindrances lists what the probe lacks itself.
local hindrances = '{{ range $i, $f := query %s }}{{ if not $i }} Found:{{ end }} {{ $f.Labels.code }}{{ end }}' % same('agentcore_probe_finding', 'severity!="info",path=""');

// configured is the flag that names the configuration file of the same probe, if it has one.
local configured = "{{ range query %s }} --config '{{ .Labels.file }}'{{ end }}" % same('agentcore_probe_config_info', 'file!=""');

local path(name, severity, about) = {
  alert: name,
  labels: { severity: severity },
  annotations: {
    summary: '{{ $labels.path }} %s{{ with $labels.code }}: {{ . }}{{ end }}' % about,
    description: '{{ if $labels.code }}The cause is {{ $labels.code }} at the hop {{ $labels.hop }}; what is to be changed is {{ $labels.component }}.' + besides + '{{ else }}No finding names this path. Found by the same probe:' + elsewhere + '.{{ end }}',
    command: 'probe check' + configured + " --path '{{ $labels.path }}'{{ with $labels.code }}; probe explain {{ . }}{{ end }}",
    status_url: 'http://{{ $labels.instance }}/',
    finding_url: '{{ with $labels.code }}%sfindings/{{ . }}.md{{ end }}' % config.docs,
  },
};

local probe(name, severity, summary, description) = {
  alert: name,
  labels: { severity: severity },
  annotations: { summary: summary, description: description },
};

local withRunbook(a, page) = a { annotations+: { runbook_url: config.docs + page } };

{
  groups: [
    {
      name: 'agentcore-paths',
      rules: [
        // No time to wait. The probe has seen it twice already (serve.hold), unless it
        // has just started.
        withRunbook(path('AgentCorePathExposed', 'critical', 'should be shut and is open') {
          expr: causedBy(verdict('exposed'), 'critical'),
        }, 'runbooks/path-exposed.md'),
        withRunbook(path('AgentCorePathBroken', 'critical', 'is broken') {
          expr: causedBy('path:agentcore_probe_broken:fast_burn', 'critical'), // for a minute
        }, 'runbooks/path-broken.md'),
        withRunbook(path('AgentCorePathUnreliable', 'warning', 'is broken too often') {
          expr: causedBy('(path:agentcore_probe_broken:slow_burn and path:agentcore_probe_broken:slow_burn offset 15m)', 'critical|warning'),
        }, 'runbooks/path-unreliable.md'),
        withRunbook(path('AgentCorePathDegraded', 'warning', 'works in part') {
          expr: causedBy(lasts('degraded', '5m'), 'critical|warning'),
        }, 'runbooks/path-degraded.md'),
        withRunbook(path('AgentCorePathUnknown', 'warning', 'cannot be judged') {
          expr: causedBy(lasts('unknown', '15m'), 'critical|warning|info'),
        }, 'runbooks/path-unknown.md'),
        withRunbook(path('AgentCoreCertificateExpiring', 'warning', 'has a certificate that ends soon') {
          expr: 'agentcore_probe_finding{code="tls/expiring"} == 1',
          'for': '15m',
        }, 'findings/tls/expiring.md'),
      ],
    },
    {
      name: 'agentcore-probe',
      rules: [
        withRunbook(probe('AgentCoreProbeAbsent', 'critical', 'No AgentCore Probe is scraped', 'Prometheus has no target with the job %s that exposes metrics: nothing watches the agents.' % config.job) {
          expr: 'absent(agentcore_probe_build_info{job="%s"})' % config.job,
          'for': '10m',
        }, 'runbooks/probe-down.md'),
        // Whoever sends from elsewhere is missed by nobody: Prometheus does not know that
        // it ought to come. Replaced pods are no silence, so the instance does not count.
        withRunbook(probe('AgentCoreVPCSilent', 'critical', 'Nothing comes from {{ $labels.vpc }}{{ with $labels.az }} in {{ . }}{{ end }} any more', 'Its probes sent something within the last day, and nothing now: its paths are not watched.') {
          expr: 'group by (%(place)s) (max_over_time(%(info)s[1d])) unless group by (%(place)s) (%(info)s)' % {
            place: std.join(', ', [l for l in config.probe if l != 'instance']),
            info: 'agentcore_probe_build_info{job="%s",vpc!=""}' % config.job,
          },
          'for': '10m',
        }, 'runbooks/vpc-silent.md'),
        withRunbook(probe('AgentCoreProbeDown', 'warning', 'The probe at {{ $labels.instance }} is not scraped', 'Its paths are not watched.') {
          expr: 'up{job="%s"} == 0' % config.job,
          'for': '5m',
        }, 'runbooks/probe-down.md'),
        // What the probe lacks itself stands under no path, and where it knows of no path
        // nothing else fires. A probe that has just started knows of none yet.
        withRunbook(probe('AgentCoreProbeHindered', 'warning', 'The probe at {{ $labels.instance }} is hindered: {{ $labels.code }}', 'Paths that it cannot judge are unknown, paths that it cannot find are not watched.{{ with $labels.component }} What is to be changed: {{ . }}.{{ end }}') {
          expr: 'agentcore_probe_finding{severity=~"critical|warning",path=""} == 1',
          'for': '10m',
          annotations+: { command: 'probe explain {{ $labels.code }}', finding_url: config.docs + 'findings/{{ $labels.code }}.md' },
        }, 'runbooks/probe-hindered.md'),
        withRunbook(probe('AgentCoreProbeWithoutPaths', 'critical', 'The probe at {{ $labels.instance }} watches nothing', 'It runs and knows of no path.' + hindrances) {
          expr: 'group by (%(probe)s) (agentcore_probe_build_info{job="%(job)s"}) unless group by (%(probe)s) (agentcore_probe_path_info)' % {
            probe: std.join(', ', config.probe),
            job: config.job,
          },
          'for': '10m',
        }, 'runbooks/probe-without-paths.md'),
        withRunbook(probe('AgentCoreProbeStale', 'warning', '{{ $labels.path }} is not tested any more', 'Its last run started more than %d seconds ago: its verdict is old.' % config.staleRun) {
          expr: 'time() - agentcore_probe_path_last_run_timestamp_seconds > %d' % config.staleRun,
          'for': '5m',
        }, 'runbooks/probe-stale.md'),
        withRunbook(probe('AgentCoreInventoryStale', 'warning', 'The AWS configuration that {{ $labels.instance }} uses is old', 'It was read {{ $value | humanizeDuration }} ago: causes that changed since are named wrongly.') {
          expr: 'agentcore_probe_inventory_age_seconds > %d' % config.staleInventory,
          'for': '5m',
        }, 'runbooks/inventory-stale.md'),
        withRunbook(probe('AgentCoreProbeConfigRejected', 'warning', 'The configuration file of {{ $labels.instance }} is wrong', 'The older one stays in use.') {
          expr: 'agentcore_probe_config_last_reload_successful == 0',
          'for': '5m',
        }, 'runbooks/config-rejected.md'),
      ],
    },
  ],
}
