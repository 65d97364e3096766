// The usual shape of a Prometheus mixin (monitoring.mixins.dev).
{
  prometheusRules: import 'rules.libsonnet',
  prometheusAlerts: import 'alerts.libsonnet',
  grafanaDashboards: import 'dashboards.libsonnet',
  alertmanager: import 'alertmanager.libsonnet',
}
