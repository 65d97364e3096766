package deploy_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
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
	contained(t, container(t, blocks["locals"]))
	registers(t, map[string]any{"family": "agentcore-probe", "containerDefinitions": []any{container(t, blocks["locals"])}})
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
func container(t *testing.T, locals *hclsyntax.Block) map[string]any {
	t.Helper()
	given := cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal("agentcore-probe"), "image": cty.StringVal("ghcr.io/agentcore-probe/probe:0.1.0"), "region": cty.StringVal("us-east-1")})
	evaluation := &hcl.EvalContext{Variables: map[string]cty.Value{"var": given}, Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc}}
	v, problems := locals.Body.Attributes["container"].Expr.Value(evaluation)
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
