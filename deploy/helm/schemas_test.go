package helm_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// A source is the Go module of a project whose files describe kinds, by the
// version and the checksum that go.sum would hold. Nothing of it is compiled.
type source struct{ module, version, sum, file string }

var (
	// The oldest Kubernetes that the chart takes (kubeVersion): what it does not
	// know is refused.
	kubernetes = source{"k8s.io/kubernetes", "v1.29.6", "h1:jn8kA/oVOAWZOeoorx6xZ4d+KgGp+Evgi90x9bEI/DE=", "api/openapi-spec/swagger.json"}
	podMonitor = source{"github.com/prometheus-operator/prometheus-operator", "v0.85.0", "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=", "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"}
	rule       = source{podMonitor.module, podMonitor.version, podMonitor.sum, "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml"}
	groups     = source{"github.com/aws/amazon-vpc-resource-controller-k8s", "v1.8.2", "h1:S6fvZf7+Xjho4LLo2AdxT3x9yaOJ37Ly/eGQd+ASWi4=", "config/crd/bases/vpcresources.k8s.aws_securitygrouppolicies.yaml"}
)

const metadata = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

// TestSchemas makes the schemas of the kinds that the chart renders, named as
// kubeconform asks for them, and compares them with those in schemas/.
func TestSchemas(t *testing.T) {
	var api struct{ Definitions map[string]any }
	if err := json.Unmarshal(kubernetes.read(t), &api); err != nil {
		t.Fatal(err)
	}
	made := map[string][]byte{}
	for file, definition := range map[string]string{
		"configmap-v1":                "io.k8s.api.core.v1.ConfigMap",
		"daemonset-apps-v1":           "io.k8s.api.apps.v1.DaemonSet",
		"deployment-apps-v1":          "io.k8s.api.apps.v1.Deployment",
		"networkpolicy-networking-v1": "io.k8s.api.networking.v1.NetworkPolicy",
		"serviceaccount-v1":           "io.k8s.api.core.v1.ServiceAccount",
	} {
		made[file] = kubernetes.schema(t, api.Definitions[definition], api.Definitions)
	}
	for file, from := range map[string]source{
		"podmonitor-monitoring-v1":                 podMonitor,
		"prometheusrule-monitoring-v1":             rule,
		"securitygrouppolicy-vpcresources-v1beta1": groups,
	} {
		var resource struct {
			Spec struct {
				Versions []struct {
					Name   string
					Schema struct{ OpenAPIV3Schema map[string]any }
				}
			}
		}
		if err := yaml.Unmarshal(from.read(t), &resource); err != nil {
			t.Fatal(err)
		}
		for _, version := range resource.Spec.Versions {
			if !strings.HasSuffix(file, "-"+version.Name) {
				continue
			}
			object := version.Schema.OpenAPIV3Schema
			object["properties"].(map[string]any)["metadata"] = map[string]any{"$ref": "#/definitions/" + metadata}
			made[file] = from.schema(t, object, api.Definitions)
		}
	}
	for file, schema := range made {
		name := filepath.Join("schemas", file+".json")
		if *update {
			if err := os.WriteFile(name, schema, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if vendored, err := os.ReadFile(name); err != nil || !bytes.Equal(vendored, schema) {
			t.Errorf("%s is not what its source makes (make helm UPDATE=-update): %v", name, err)
		}
	}
	if files, err := filepath.Glob("schemas/*.json"); err != nil || len(files) != len(made) {
		t.Errorf("%d schemas are wanted, there are %v: %v", len(made), files, err)
	}
}

// read is the source's file, by way of the module cache.
func (s source) read(t *testing.T) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", s.module+"@"+s.version)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go mod download %s: %v\n%s%s", s.module, err, out, errs.String())
	}
	var module struct{ Dir, Sum string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	if module.Sum != s.sum {
		t.Fatalf("%s %s has the checksum %s, want %s", s.module, s.version, module.Sum, s.sum)
	}
	data, err := os.ReadFile(filepath.Join(module.Dir, s.file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// schema is the strict JSON schema (draft 4) of an object, with the definitions
// that it refers to.
func (s source) schema(t *testing.T, object any, definitions map[string]any) []byte {
	t.Helper()
	root := strict(object).(map[string]any)
	all := map[string]any{}
	for missing := refers(root); len(missing) > 0; {
		name := missing[0]
		missing = missing[1:]
		if all[name] == nil {
			all[name] = defined(name, definitions[name])
			missing = append(missing, refers(all[name])...)
		}
	}
	root["definitions"] = all
	root["description"] = s.file + " of " + s.module + " " + s.version + " (Apache-2.0), by TestSchemas"
	data, err := json.MarshalIndent(root, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// defined is a definition of Kubernetes' API. Two are not of the type that it
// says ("IntOrString", "Quantity", Kubernetes API reference).
func defined(name string, definition any) any {
	number := "integer"
	switch {
	case strings.HasSuffix(name, ".resource.Quantity"):
		number = "number"
	case !strings.HasSuffix(name, ".intstr.IntOrString"):
		return strict(definition)
	}
	return map[string]any{"type": []any{"string", number}}
}

// strict is a schema that is validated by: no texts, no extensions, and no field
// but those that it names.
func strict(v any) any {
	schema, ok := v.(map[string]any)
	if !ok {
		return v // additionalProperties: true
	}
	made := map[string]any{}
	for key, value := range schema {
		switch key {
		case "properties":
			fields := map[string]any{}
			for name, field := range value.(map[string]any) {
				fields[name] = strict(field)
			}
			made[key] = fields
		case "items", "additionalProperties":
			made[key] = strict(value)
		case "anyOf", "oneOf", "allOf":
			var all []any
			for _, each := range value.([]any) {
				all = append(all, strict(each))
			}
			made[key] = all
		case "description", "default":
		default:
			if !strings.HasPrefix(key, "x-kubernetes-") {
				made[key] = value
			}
		}
	}
	open := schema["additionalProperties"] != nil || schema["x-kubernetes-preserve-unknown-fields"] != nil
	if schema["properties"] != nil && !open {
		made["additionalProperties"] = false
	}
	return made
}

// refers are the names of the definitions that a schema refers to, in order.
func refers(v any) []string {
	var names []string
	switch v := v.(type) {
	case map[string]any:
		if to, ok := v["$ref"].(string); ok {
			return []string{strings.TrimPrefix(to, "#/definitions/")}
		}
		for _, each := range v {
			names = append(names, refers(each)...)
		}
	case []any:
		for _, each := range v {
			names = append(names, refers(each)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
