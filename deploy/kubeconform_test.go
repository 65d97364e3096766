package deploy_test

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yannh/kubeconform/pkg/validator"
)

// schemas is where kubeconform finds a kind's schema; nothing is fetched.
const schemas = "helm/schemas/{{.ResourceKind}}{{.KindSuffix}}.json"

// conforms has kubeconform read manifests, strictly and with no kind left out,
// and returns what it counted and refused.
func conforms(t *testing.T, file string, manifests []byte) (kinds, refused []string) {
	t.Helper()
	v, err := validator.New([]string{schemas}, validator.Opts{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range v.Validate(file, io.NopCloser(bytes.NewReader(manifests))) {
		if result.Status == validator.Empty {
			continue
		}
		signature, err := result.Resource.Signature()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		kinds = append(kinds, strings.ToLower(signature.Kind))
		if result.Status != validator.Valid {
			refused = append(refused, fmt.Sprintf("%s: %v", signature.Kind, result.Err))
		}
	}
	return kinds, refused
}

func TestKubeconform(t *testing.T) {
	files, err := filepath.Glob("helm/golden/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	used := map[string]int{}
	for _, file := range files {
		kinds, refused := conforms(t, file, read(t, file))
		for _, kind := range kinds {
			used[kind]++
		}
		for _, problem := range refused {
			t.Errorf("%s: %s", file, problem)
		}
	}
	vendored, err := filepath.Glob("helm/schemas/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range vendored {
		if kind, _, _ := strings.Cut(filepath.Base(file), "-"); used[kind] == 0 {
			t.Errorf("%s: the chart renders no %s", file, kind)
		}
	}
	t.Logf("kubeconform: %v", used)
}

// TestKubeconformRefuses misspells a field of each kind.
func TestKubeconformRefuses(t *testing.T) {
	for _, wrong := range []struct{ file, is, becomes, kind string }{
		{"default", "kind: ConfigMap", "kind: ConfigMaps", "ConfigMaps: could not find schema"},
		{"default", "\ndata:", "\ndatum:", "ConfigMap: "},
		{"default", "kind: ServiceAccount", "automountToken: true\nkind: ServiceAccount", "ServiceAccount: "},
		{"default", "replicas: 2", "replicas: two", "Deployment: "},
		{"default", "readOnlyRootFilesystem", "readOnlyRootFileSystem", "Deployment: "},
		{"default", "labels:", "label:", "ServiceAccount: "},
		{"daemonset", "containerPort: 9879", "containerport: 9879", "DaemonSet: "},
		{"daemonset", "groupIds:", "groupIDs:", "SecurityGroupPolicy: "},
		{"daemonset", "ipBlock: {cidr:", "ipBlock: {cdir:", "NetworkPolicy: "},
		{"deployment", "podMetricsEndpoints:", "podMetricEndpoints:", "PodMonitor: "},
		{"deployment", "interval: 30s", "interval: half a minute", "PodMonitor: "},
		{"deployment", "- alert: AgentCorePathExposed", "- alarm: AgentCorePathExposed", "PrometheusRule: "},
	} {
		file := "helm/golden/" + wrong.file + ".yaml"
		right := read(t, file)
		manifests := bytes.Replace(right, []byte(wrong.is), []byte(wrong.becomes), 1)
		if bytes.Equal(right, manifests) {
			t.Errorf("%s has no %q", file, wrong.is)
		}
		if _, refused := conforms(t, file, manifests); len(refused) != 1 || !strings.HasPrefix(refused[0], wrong.kind) {
			t.Errorf("%q in %s: refused %q, want %q", wrong.becomes, file, refused, wrong.kind)
		}
	}
}
