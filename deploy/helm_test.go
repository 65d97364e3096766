package deploy_test

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// objects are the Kubernetes objects of a golden file, which 'make helm' holds to
// be what Helm makes of the chart, by kind.
func objects(t *testing.T, file string) map[string]any {
	t.Helper()
	all := map[string]any{}
	for d := yaml.NewDecoder(bytes.NewReader(read(t, file))); ; {
		var object map[string]any
		if err := d.Decode(&object); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if object != nil {
			all[object["kind"].(string)] = object
		}
	}
}

func TestHelm(t *testing.T) {
	kinds := map[string][]string{
		"default.yaml":    {"ConfigMap", "Deployment", "ServiceAccount"},
		"deployment.yaml": {"ConfigMap", "Deployment", "NetworkPolicy", "PodMonitor", "PrometheusRule", "ServiceAccount"},
		"daemonset.yaml":  {"ConfigMap", "DaemonSet", "NetworkPolicy", "SecurityGroupPolicy", "ServiceAccount"},
		"none.yaml":       {"ConfigMap", "PodMonitor", "ServiceAccount"},
		"sidecar.yaml":    {"ConfigMap", "Deployment", "NetworkPolicy", "PodMonitor", "SecurityGroupPolicy", "ServiceAccount"},
	}
	for file, want := range kinds {
		found := objects(t, filepath.Join("helm/golden", file))
		var got []string
		for kind := range found {
			got = append(got, kind)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
		for _, kind := range []string{"Deployment", "DaemonSet"} {
			if found[kind] != nil {
				pod(t, at(t, found[kind], "spec", "template", "spec"))
				selected(t, file, found, at(t, found[kind], "spec", "template"))
			}
		}
		text := at(t, found["ConfigMap"], "data", "probe.yaml").(string)
		configuration := filepath.Join(t.TempDir(), "probe.yaml")
		if err := os.WriteFile(configuration, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		output(t, program, "config", "check", configuration)
	}
}

// pod wants the probe's container, the last one, to be locked up and its commands
// to be ones of the probe.
func pod(t *testing.T, spec any) {
	t.Helper()
	containers := at(t, spec, "containers").([]any)
	container := containers[len(containers)-1].(map[string]any)
	accepts(t, words(t, container["args"])...)
	for _, probe := range []string{"livenessProbe", "readinessProbe"} {
		check := words(t, at(t, container, probe, "exec", "command"))
		if check[0] != "/probe" {
			t.Errorf("%v: the image has no shell", check)
		}
		accepts(t, check[1:]...)
	}
	var mounted, volumes []string
	for _, mount := range container["volumeMounts"].([]any) {
		mounted = append(mounted, at(t, mount, "name").(string))
	}
	for _, volume := range at(t, spec, "volumes").([]any) {
		volumes = append(volumes, at(t, volume, "name").(string))
	}
	if !slices.Equal(mounted, volumes) {
		t.Errorf("mounted are %v, the volumes are %v", mounted, volumes)
	}
	want := map[string]any{
		"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true,
		"runAsUser": 65532, "runAsGroup": 65532, "capabilities": map[string]any{"drop": []any{"ALL"}},
		"seccompProfile": map[string]any{"type": "RuntimeDefault"},
	}
	if diff := cmp.Diff(want, container["securityContext"]); diff != "" {
		t.Error(diff)
	}
}

// selected wants whatever selects pods to select the probe's, and these to be the
// service account's that is made for them.
func selected(t *testing.T, file string, found map[string]any, template any) {
	t.Helper()
	labels := at(t, template, "metadata", "labels").(map[string]any)
	for kind, steps := range map[string][]any{
		"PodMonitor": {"spec", "selector", "matchLabels"}, "NetworkPolicy": {"spec", "podSelector", "matchLabels"},
		"SecurityGroupPolicy": {"spec", "podSelector", "matchLabels"},
	} {
		if found[kind] == nil {
			continue
		}
		for name, value := range at(t, found[kind], steps...).(map[string]any) {
			if labels[name] != value {
				t.Errorf("%s: the %s selects %s: %v, the pods have %v", file, kind, name, value, labels)
			}
		}
	}
	if account := at(t, found["ServiceAccount"], "metadata", "name"); at(t, template, "spec", "serviceAccountName") != account {
		t.Errorf("%s: the pods are not those of the service account %v", file, account)
	}
}

// TestHelmSidecar wants the README to include what the chart of the test includes.
func TestHelmSidecar(t *testing.T) {
	parts := func(file string) []string {
		var all []string
		for _, m := range regexp.MustCompile(`include "(agentcore-probe\.\w+)"`).FindAllStringSubmatch(string(read(t, file)), -1) {
			all = append(all, m[1])
		}
		return all
	}
	want := []string{"agentcore-probe.checksum", "agentcore-probe.serviceAccount", "agentcore-probe.container", "agentcore-probe.volumes"}
	for _, file := range []string{"helm/README.md", "helm/testdata/caller/templates/deployment.yaml"} {
		if diff := cmp.Diff(want, parts(file)); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

// TestHelmSecrets wants each password that the configuration names to come from a
// Secret, and its CA to be a file that is mounted.
func TestHelmSecrets(t *testing.T) {
	found := objects(t, "helm/golden/deployment.yaml")
	container := at(t, found["Deployment"], "spec", "template", "spec", "containers", 0)
	from := map[string]any{}
	for _, variable := range at(t, container, "env").([]any) {
		if from[at(t, variable, "name").(string)] = "a value"; variable.(map[string]any)["valueFrom"] != nil {
			from[at(t, variable, "name").(string)] = at(t, variable, "valueFrom", "secretKeyRef", "name")
		}
	}
	prefix, secret := at(t, container, "envFrom", 0, "prefix"), at(t, container, "envFrom", 0, "secretRef", "name")
	from[prefix.(string)+"PASSWORD"] = secret // a Secret with the key PASSWORD
	want := map[string]any{"AWS_REGION": "a value", "LEDGER_PASSWORD": "ledger", "CARTS_PASSWORD": "carts"}
	if diff := cmp.Diff(want, from); diff != "" {
		t.Error(diff)
	}
	var configuration map[string]any
	if err := yaml.Unmarshal([]byte(at(t, found["ConfigMap"], "data", "probe.yaml").(string)), &configuration); err != nil {
		t.Fatal(err)
	}
	for i, variable := range []string{"", "LEDGER_PASSWORD", "CARTS_PASSWORD"} {
		if login := at(t, configuration, "databases", i).(map[string]any)["login"]; variable != "" && at(t, login, "password-env") != variable {
			t.Errorf("database %d: %v, want the password in %s", i, login, variable)
		}
	}
	mount := at(t, container, "volumeMounts", 1, "mountPath").(string)
	if ca := at(t, configuration, "tls", "ca-file").(string); filepath.Dir(ca) != mount {
		t.Errorf("%s is not mounted at %s", ca, mount)
	}
}

// TestHelmRules wants the PrometheusRule to hold the mixin's rules, all of them.
func TestHelmRules(t *testing.T) {
	var want []any
	for _, name := range []string{"rules.yaml", "alerts.yaml"} {
		if !bytes.Equal(read(t, "helm/agentcore-probe/files/"+name), read(t, "mixin/rendered/"+name)) {
			t.Errorf("the chart's %s is not the mixin's (make mixin)", name)
		}
		want = append(want, readYAML(t, "mixin/rendered/"+name)["groups"].([]any)...)
	}
	rule := objects(t, "helm/golden/deployment.yaml")["PrometheusRule"]
	if diff := cmp.Diff(any(want), at(t, rule, "spec", "groups")); diff != "" {
		t.Error(diff)
	}
}

// TestHelmNetworkPolicy wants a way to where credentials come from: the EKS Pod
// Identity agent ("EKS Pod Identity considerations", Amazon EKS User Guide) and
// the instance metadata service ("Access instance metadata", Amazon EC2 User Guide).
func TestHelmNetworkPolicy(t *testing.T) {
	policy := objects(t, "helm/golden/deployment.yaml")["NetworkPolicy"]
	opens := func(address string, port int) bool {
		for _, rule := range at(t, policy, "spec", "egress").([]any) {
			rule := rule.(map[string]any)
			to, limited := rule["to"].([]any)
			ports := slices.ContainsFunc(rule["ports"].([]any), func(p any) bool { return p.(map[string]any)["port"] == port })
			there := slices.ContainsFunc(to, func(block any) bool {
				return netip.MustParsePrefix(at(t, block, "ipBlock", "cidr").(string)).Contains(netip.MustParseAddr(address))
			})
			if ports && (there || !limited) {
				return true
			}
		}
		return false
	}
	for _, to := range []struct {
		address string
		port    int
		want    bool
	}{
		{"169.254.170.23", 80, true}, {"fd00:ec2::23", 80, true}, // Pod Identity
		{"169.254.169.254", 80, true}, {"fd00:ec2::254", 80, true}, // IMDS
		{"169.254.169.253", 53, true}, {"10.0.1.10", 443, true}, {"10.0.1.30", 5432, true},
		{"10.0.1.30", 80, false}, {"10.0.1.30", 3306, false},
	} {
		if got := opens(to.address, to.port); got != to.want {
			t.Errorf("%s port %d: %v", to.address, to.port, got)
		}
	}
	account := objects(t, "helm/golden/deployment.yaml")["ServiceAccount"]
	if role := at(t, account, "metadata", "annotations", "eks.amazonaws.com/role-arn").(string); !strings.HasPrefix(role, "arn:aws:iam::") {
		t.Errorf("IRSA's annotation is %q", role)
	}
}
