// An Alertmanager configuration: one notification for each path, symptoms silent
// while their cause is known. Receivers are the installation's own.
local config = import 'config.libsonnet';

{
  route: {
    receiver: 'default',
    group_by: config.probe + ['path'],
    group_wait: '10s',
    group_interval: '1m',
    repeat_interval: '4h',
  },
  receivers: [{ name: 'default' }],
  inhibit_rules: [
    {
      // What is broken or open is worse than what else is said of the same path.
      source_matchers: ['alertname=~"AgentCorePath(Exposed|Broken)"'],
      target_matchers: ['alertname=~"AgentCorePath(Unreliable|Degraded|Unknown)|AgentCoreCertificateExpiring"'],
      equal: config.probe + ['path'],
    },
    {
      // A path with a cause explains the paths of the same probe without one:
      // a finding stands under one path only, however many it breaks.
      source_matchers: ['alertname="AgentCorePathBroken"', 'code!=""'],
      target_matchers: ['alertname=~"AgentCorePath(Broken|Unknown)"', 'code=""'],
      equal: config.probe,
    },
    {
      // Without credentials nothing signed can be judged and nothing read.
      source_matchers: ['alertname=~"AgentCorePath(Broken|Unknown)|AgentCoreProbeHindered"', 'code=~"auth/.+"'],
      target_matchers: ['alertname=~"AgentCorePathUnknown|AgentCoreInventoryStale"', 'code!~"auth/.+"'],
      equal: config.probe,
    },
    {
      // A probe that does not answer is why its series are old.
      source_matchers: ['alertname="AgentCoreProbeDown"'],
      target_matchers: ['alertname=~"AgentCoreProbeStale|AgentCoreInventoryStale"'],
      equal: config.probe,
    },
    {
      source_matchers: ['alertname="AgentCoreProbeAbsent"'],
      target_matchers: ['alertname=~"AgentCoreProbeDown|AgentCoreVPCSilent"'],
      equal: ['job'],
    },
  ],
}
