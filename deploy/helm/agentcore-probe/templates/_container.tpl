{{/* The container; a chart with the agent's callers includes it as a sidecar. */}}
{{- define "agentcore-probe.container" -}}
name: agentcore-probe
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - serve
  - --web.listen-address=:9879
  - --config=/etc/agentcore-probe/probe.yaml
  {{- range .Values.extraArgs }}
  - {{ . | quote }}
  {{- end }}
env:
  - name: AWS_REGION
    value: {{ .Values.region }}
  {{- with .Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: metrics
    containerPort: 9879
livenessProbe:
  exec:
    command: [/probe, healthz]
  periodSeconds: 30
  timeoutSeconds: 3
readinessProbe:
  exec:
    command: [/probe, healthz, --ready]
  timeoutSeconds: 3
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - name: agentcore-probe
    mountPath: /etc/agentcore-probe
    readOnly: true
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* The volumes that the container mounts, a list. */}}
{{- define "agentcore-probe.volumes" -}}
- name: agentcore-probe
  configMap:
    name: {{ include "agentcore-probe.name" . }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* An annotation's value: pods are replaced when the configuration changes. */}}
{{- define "agentcore-probe.checksum" -}}
{{ toYaml .Values.config | sha256sum }}
{{- end }}
