package deploy_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// TestTerraform reads the module with HashiCorp's library: formatted, parsed,
// every reference there, the container evaluated. Whether the AWS provider knows
// each argument is not tested: its schema is not here.
func TestTerraform(t *testing.T) {
	blocks := map[string]*hclsyntax.Block{}
	var all []*hclsyntax.Body
	files, err := filepath.Glob("terraform/*.tf")
	if err != nil || len(files) != 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		source := read(t, file)
		if !bytes.Equal(hclwrite.Format(source), source) {
			t.Errorf("%s is not as terraform fmt leaves it", file)
		}
		parsed, problems := hclsyntax.ParseConfig(source, file, hcl.InitialPos)
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		body := parsed.Body.(*hclsyntax.Body)
		all = append(all, body)
		for _, b := range body.Blocks {
			blocks[strings.Join(append([]string{b.Type}, b.Labels...), ".")] = b
		}
	}
	used := map[string]bool{}
	for _, body := range all {
		resolves(t, body, blocks, used)
	}
	for name := range blocks {
		if strings.HasPrefix(name, "variable.") && !used[name] {
			t.Errorf("%s is not used", name)
		}
	}
	given := example(t)
	for name := range given {
		if name != "source" && blocks["variable."+name] == nil {
			t.Errorf("the README gives %s, which is no variable", name)
		}
	}
	for name, b := range blocks {
		variable, ok := strings.CutPrefix(name, "variable.")
		if _, there := given[variable]; ok && !there && b.Body.Attributes["default"] == nil {
			t.Errorf("the README does not give %s, which has no default", variable)
		}
	}
	for _, given := range []map[string]cty.Value{
		given,
		{"configuration": cty.StringVal(""), "secrets": cty.MapValEmpty(cty.String)},
	} {
		made := container(t, blocks["locals"], given)
		contained(t, made)
		registers(t, map[string]any{"family": "agentcore-probe", "containerDefinitions": []any{made}})
	}
}

// TestTerraformConfiguration follows the README's configuration to the container,
// and its secret to the policy of who reads it. Without one nothing is set.
func TestTerraformConfiguration(t *testing.T) {
	parsed, problems := hclsyntax.ParseConfig(read(t, "terraform/main.tf"), "main.tf", hcl.InitialPos)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	blocks := map[string]*hclsyntax.Block{}
	for _, b := range parsed.Body.(*hclsyntax.Body).Blocks {
		blocks[strings.Join(append([]string{b.Type}, b.Labels...), ".")] = b
	}
	plain := container(t, blocks["locals"], map[string]cty.Value{"configuration": cty.StringVal(""), "secrets": cty.MapValEmpty(cty.String)})
	region := map[string]any{"name": "AWS_REGION", "value": "us-east-1"}
	if diff := cmp.Diff([]any{[]any{region}, []any{}}, []any{plain["environment"], plain["secrets"]}); diff != "" {
		t.Errorf("without a configuration: %s", diff)
	}

	given := example(t)
	full := container(t, blocks["locals"], given)
	text := given["configuration"].AsString()
	want := []any{
		[]any{map[string]any{"name": "AGENTCORE_PROBE_CONFIG", "value": text}, region},
		[]any{map[string]any{"name": "LEDGER_PASSWORD", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:ledger-AbCdEf:password::"}},
	}
	if diff := cmp.Diff(want, []any{full["environment"], full["secrets"]}); diff != "" {
		t.Error(diff)
	}
	configures(t, "AGENTCORE_PROBE_CONFIG", text)
	for name := range given["secrets"].AsValueMap() {
		if !strings.Contains(text, "password-env: "+name) {
			t.Errorf("the configuration does not ask for %s", name)
		}
	}

	given["secrets"] = cty.MapVal(map[string]cty.Value{
		"A": given["secrets"].Index(cty.StringVal("LEDGER_PASSWORD")), "B": cty.StringVal("arn:aws:ssm:us-east-1:123456789012:parameter/ledger"),
	})
	policy, problems := blocks["resource.aws_iam_role_policy.execution"].Body.Attributes["policy"].Expr.Value(evaluation(given))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	// "Pass sensitive data to an Amazon ECS container", Amazon ECS Developer Guide.
	const statement = `{"Statement":[{"Action":["secretsmanager:GetSecretValue","ssm:GetParameters"],"Effect":"Allow","Resource":[` +
		`"arn:aws:secretsmanager:us-east-1:123456789012:secret:ledger-AbCdEf","arn:aws:ssm:us-east-1:123456789012:parameter/ledger"]}],"Version":"2012-10-17"}`
	if diff := cmp.Diff(statement, policy.AsString()); diff != "" {
		t.Error(diff)
	}
}

// example is what the README's module is given.
func example(t *testing.T) map[string]cty.Value {
	t.Helper()
	module := regexp.MustCompile(`(?ms)^    module .*?^    }$`).Find(read(t, "terraform/README.md"))
	source := append(regexp.MustCompile(`(?m)^    `).ReplaceAll(module, nil), '\n')
	if !bytes.Equal(hclwrite.Format(source), source) {
		t.Errorf("the README's module is not as terraform fmt leaves it:\n%s", hclwrite.Format(source))
	}
	parsed, problems := hclsyntax.ParseConfig(source, "README.md", hcl.InitialPos)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	given := map[string]cty.Value{}
	for name, attribute := range parsed.Body.(*hclsyntax.Body).Blocks[0].Body.Attributes {
		v, problems := attribute.Expr.Value(nil)
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		given[name] = v
	}
	secrets, err := convert.Convert(given["secrets"], cty.Map(cty.String))
	if err != nil {
		t.Fatal(err)
	}
	given["secrets"] = secrets
	return given
}

// evaluation knows the variables that have no default, and Terraform's functions
// that the module uses.
func evaluation(given map[string]cty.Value) *hcl.EvalContext {
	variables := map[string]cty.Value{"name": cty.StringVal("agentcore-probe"), "image": cty.StringVal("ghcr.io/agentcore-probe/probe:0.1.0"), "region": cty.StringVal("us-east-1")}
	maps.Copy(variables, given)
	return &hcl.EvalContext{
		Variables: map[string]cty.Value{"var": cty.ObjectVal(variables)},
		Functions: map[string]function.Function{
			"join": stdlib.JoinFunc, "jsonencode": stdlib.JSONEncodeFunc, "length": stdlib.LengthFunc, "min": stdlib.MinFunc,
			"slice": stdlib.SliceFunc, "split": stdlib.SplitFunc, "values": stdlib.ValuesFunc,
		},
	}
}

// resolves wants each reference of a body to name a block of the module.
func resolves(t *testing.T, body *hclsyntax.Body, blocks map[string]*hclsyntax.Block, used map[string]bool) {
	t.Helper()
	for _, attribute := range body.Attributes {
		for _, reference := range attribute.Expr.Variables() {
			var path []string
			for _, step := range reference {
				switch step := step.(type) {
				case hcl.TraverseRoot:
					path = append(path, step.Name)
				case hcl.TraverseAttr:
					path = append(path, step.Name)
				}
			}
			name := "resource." + strings.Join(path[:2], ".")
			switch path[0] {
			case "path":
				continue
			case "string", "number", "list":
				continue
			case "var":
				name = "variable." + path[1]
			case "local":
				name = "locals"
				if blocks[name].Body.Attributes[path[1]] == nil {
					t.Errorf("local.%s does not exist", path[1])
				}
			}
			used[name] = true
			if blocks[name] == nil {
				t.Errorf("%s: %s does not exist", attribute.SrcRange, name)
			}
		}
	}
	for _, b := range body.Blocks {
		if b.Type != "variable" { // its type is a keyword
			resolves(t, b.Body, blocks, used)
		}
	}
}

// container evaluates the local value that becomes the container's definition.
func container(t *testing.T, locals *hclsyntax.Block, given map[string]cty.Value) map[string]any {
	t.Helper()
	known := evaluation(given)
	environment, problems := locals.Body.Attributes["environment"].Expr.Value(known)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	known.Variables["local"] = cty.ObjectVal(map[string]cty.Value{"environment": environment})
	v, problems := locals.Body.Attributes["container"].Expr.Value(known)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	data, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		t.Fatal(err)
	}
	var definition map[string]any
	if err := json.Unmarshal(data, &definition); err != nil {
		t.Fatal(err)
	}
	return definition
}
