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

{{- define "agentcore-probe.labels" -}}
{{ include "agentcore-probe.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
