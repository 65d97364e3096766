package deploy_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// A call is one of CloudFormation's intrinsic functions ("Intrinsic function
// reference", AWS CloudFormation Template Reference).
type call struct {
	Function string
	Argument any
}

// functions are those that the template uses; any other is a mistake.
var functions = []string{"!Ref", "!GetAtt", "!Sub", "!Split", "!Join"}

func TestCloudFormation(t *testing.T) {
	var document yaml.Node
	if err := yaml.Unmarshal(read(t, "cloudformation/template.yaml"), &document); err != nil {
		t.Fatal(err)
	}
	template := value(t, document.Content[0]).(map[string]any)
	for key := range template {
		if !slices.Contains([]string{"AWSTemplateFormatVersion", "Description", "Parameters", "Resources", "Outputs"}, key) {
			t.Errorf("%s is no section of a template", key)
		}
	}
	references(t, template, nil, template["Resources"], template["Outputs"])
	for name := range template["Parameters"].(map[string]any) {
		if !strings.Contains(string(read(t, "cloudformation/template.yaml")), "!Ref "+name) && !strings.Contains(string(read(t, "cloudformation/template.yaml")), "${"+name+"}") {
			t.Errorf("the parameter %s is not used", name)
		}
	}
	policy := at(t, template, "Resources", "TaskRole", "Properties", "Policies", 0, "PolicyDocument")
	if diff := cmp.Diff(any(readJSON(t, "iam-policy.json")), policy); diff != "" {
		t.Errorf("not the policy of iam-policy.json:\n%s", diff)
	}
	definition := api(at(t, template, "Resources", "TaskDefinition", "Properties")).(map[string]any)
	registers(t, definition)
	contained(t, at(t, definition, "containerDefinitions", 0).(map[string]any))
}

// value is a node as encoding/json would have it, with calls for tags.
func value(t *testing.T, n *yaml.Node) any {
	t.Helper()
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		if !slices.Contains(functions, n.Tag) {
			t.Errorf("line %d: %s is no function known here", n.Line, n.Tag)
		}
		plain := *n
		plain.Tag = ""
		return call{n.Tag, value(t, &plain)}
	}
	switch n.Kind {
	case yaml.MappingNode:
		all := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := all[key]; twice {
				t.Errorf("line %d: %s stands twice", n.Content[i].Line, key)
			}
			all[key] = value(t, n.Content[i+1])
		}
		return all
	case yaml.SequenceNode:
		all := []any{}
		for _, each := range n.Content {
			all = append(all, value(t, each))
		}
		return all
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

var variable = regexp.MustCompile(`\$\{([\w:.]+)\}`)

// references wants each name that is referred to to be a parameter, a resource,
// a pseudo parameter or one of local, those of a Sub.
func references(t *testing.T, template map[string]any, local map[string]any, all ...any) {
	t.Helper()
	exists := func(name string) {
		for _, among := range []any{template["Parameters"], template["Resources"], local} {
			if among, _ := among.(map[string]any); among[name] != nil {
				return
			}
		}
		if !slices.Contains([]string{"AWS::AccountId", "AWS::Region", "AWS::Partition"}, name) {
			t.Errorf("%s does not exist", name)
		}
	}
	for _, v := range all {
		switch v := v.(type) {
		case map[string]any:
			for _, each := range v {
				references(t, template, local, each)
			}
		case []any:
			references(t, template, local, v...)
		case call:
			text, _ := v.Argument.(string)
			switch v.Function {
			case "!Ref":
				exists(text)
			case "!GetAtt":
				name, _, _ := strings.Cut(text, ".")
				exists(name)
			case "!Sub":
				own := map[string]any{}
				if list, ok := v.Argument.([]any); ok {
					text, own = list[0].(string), list[1].(map[string]any)
					references(t, template, nil, own)
				}
				for _, m := range variable.FindAllStringSubmatch(text, -1) {
					references(t, template, own, call{"!GetAtt", m[1]})
				}
			default:
				references(t, template, local, v.Argument)
			}
		}
	}
}

// api turns properties into what ECS's API takes: names begin with a small
// letter, and what is only known when it is deployed is a word.
func api(v any) any {
	switch v := v.(type) {
	case map[string]any:
		all := map[string]any{}
		for name, each := range v {
			first := []rune(name)
			first[0] = unicode.ToLower(first[0])
			all[string(first)] = api(each)
		}
		return all
	case []any:
		all := []any{}
		for _, each := range v {
			all = append(all, api(each))
		}
		return all
	case call:
		text, _ := json.Marshal(v.Argument)
		return strings.Trim(string(text), `"`)
	}
	return v
}
