// Package helm_test renders the chart with Helm itself and reads what comes out
// with Kubernetes' own types. Building Helm takes minutes: 'make helm' runs this.
package helm_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the golden files")

const chart = "agentcore-probe"

// helm runs the helm of this module.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"tool", "helm"}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("helm %s: %w\n%s%s", strings.Join(args, " "), err, out, errs.String())
	}
	return string(out), err
}

func TestLint(t *testing.T) {
	files, err := filepath.Glob("values/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if _, err := helm(t, "lint", "--strict", chart, "--values", file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestSchema wants values that cannot work to be refused.
func TestSchema(t *testing.T) {
	for _, wrong := range []string{
		"kind=StatefulSet", "region=Frankfurt", "serviceAccount.roleArn=agentcore-probe", "extraArgs={serve}", "replica=2", "securityGroupIds={default}",
		"env[0].value=secret", "envFrom[0].secret=ledger", "envFrom[0].secretRef.key=ledger", "extraVolumes[0].secret.secretName=ca",
		"extraVolumeMounts[0].name=ca", "extraVolumeMounts[0].name=ca,extraVolumeMounts[0].mountPath=/etc/agentcore-probe/ca",
		"sidecar.labels.app=caller", "sidecar.podLabels.app.kubernetes=caller", "podMonitor.endpoint.scheme=tls", "podMonitor.endpoint.port=9879",
	} {
		if _, err := helm(t, "template", chart, "--kube-version", "1.33.0", "--set", wrong); err == nil {
			t.Errorf("%s was accepted", wrong)
		}
	}
}

// TestSelection wants objects that would select no pod to be refused, and the
// refusal to say what is missing.
func TestSelection(t *testing.T) {
	const missing = "give their labels as sidecar.podLabels"
	for values, want := range map[string]string{
		"kind=None,podMonitor.enabled=true":           missing,
		"kind=None,networkPolicy.enabled=true":        missing,
		"kind=None,securityGroupIds={sg-0a1b2c3d}":    missing,
		"kind=DaemonSet,sidecar.podLabels.app=caller": "sidecar.podLabels is for kind None: the pods of a DaemonSet have the chart's labels",
		"kind=None":                              "",
		"kind=None,prometheusRule.enabled=true":  "",
		"kind=None,sidecar.podLabels.app=caller": "",
	} {
		_, err := helm(t, "template", chart, "--kube-version", "1.33.0", "--set", values)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", values, err, want)
		}
	}
}

func TestTemplate(t *testing.T) {
	files, err := filepath.Glob("values/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		rendered(t, filepath.Base(file), chart, "--values", file)
	}
	// A chart that includes the container, laid out as 'helm dependency update' does.
	caller := filepath.Join(t.TempDir(), "caller")
	for from, to := range map[string]string{"testdata/caller": caller, chart: filepath.Join(caller, "charts", chart)} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	rendered(t, "sidecar.yaml", caller)
}

// TestPackage makes the package that a release pushes.
func TestPackage(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "../../tools/chart.sh", "v1.2.3").CombinedOutput(); err != nil {
		t.Fatalf("tools/chart.sh: %v\n%s", err, out)
	}
	out, err := helm(t, "show", "chart", "../../dist/agentcore-probe-1.2.3.tgz")
	if err != nil {
		t.Fatal(err)
	}
	var is struct{ Name, Version, AppVersion string }
	if err := yaml.Unmarshal([]byte(out), &is); err != nil {
		t.Fatal(err)
	}
	if is.Name != chart || is.Version != "1.2.3" || is.AppVersion != "1.2.3" {
		t.Errorf("the package is %+v", is)
	}
}

// rendered compares what a chart becomes with the golden file, whose content the
// tests of deploy/ read without Helm.
func rendered(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := helm(t, append([]string{"template", "agents", "--namespace", "agents", "--kube-version", "1.33.0"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("golden", name)
	if *update {
		if err := os.WriteFile(golden, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if out != string(want) {
		t.Errorf("%s is not what the chart makes (make helm UPDATE=-update)", golden)
	}
	for document := range strings.SplitSeq(out, "\n---\n") {
		known(t, name, document)
	}
}

// known wants Kubernetes' types to know every field of a document.
func known(t *testing.T, name, document string) {
	t.Helper()
	var kind struct{ Kind string }
	if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	types := map[string]any{
		"Deployment": &apps.Deployment{}, "DaemonSet": &apps.DaemonSet{},
		"ConfigMap": &core.ConfigMap{}, "ServiceAccount": &core.ServiceAccount{},
		"NetworkPolicy": &networking.NetworkPolicy{},
	}
	into, ok := types[kind.Kind]
	if !ok {
		return // a custom resource, whose fields no type of Kubernetes has
	}
	if err := yaml.UnmarshalStrict([]byte(document), into); err != nil {
		t.Errorf("%s: %s: %v", name, kind.Kind, err)
	}
}
