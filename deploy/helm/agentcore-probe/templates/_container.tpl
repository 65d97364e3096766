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
ports:
  - name: metrics
    containerPort: 9879
livenessProbe:
  exec:
    command: [/probe, healthz]
  periodSeconds: 30
  timeoutSeconds: 3
readinessProbe:
  httpGet:
    path: /-/ready
    port: metrics
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
{{- end }}

{{/* The volume that the container mounts. */}}
{{- define "agentcore-probe.volume" -}}
name: agentcore-probe
configMap:
  name: {{ include "agentcore-probe.name" . }}
{{- end }}
