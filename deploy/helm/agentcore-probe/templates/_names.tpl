{{- define "agentcore-probe.name" -}}
{{- if contains "agentcore-probe" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-agentcore-probe" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "agentcore-probe.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "agentcore-probe.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "agentcore-probe.selector" -}}
app.kubernetes.io/name: agentcore-probe
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The labels of the pods with the container: another chart's, of a sidecar. */}}
{{- define "agentcore-probe.pods" -}}
{{- if ne .Values.kind "None" -}}
{{ include "agentcore-probe.selector" . }}
{{- else if .Values.sidecar.podLabels -}}
{{ toYaml .Values.sidecar.podLabels }}
{{- else -}}
{{ fail "kind None: podMonitor, networkPolicy and securityGroupIds are for pods that this chart does not make: give their labels as sidecar.podLabels" }}
{{- end }}
{{- end }}

{{- define "agentcore-probe.labels" -}}
{{ include "agentcore-probe.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
