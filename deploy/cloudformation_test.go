package deploy_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/awslabs/goformation/v7/intrinsics"
	"github.com/awslabs/goformation/v7/schema"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestCloudFormation reads the template with goformation, AWS's own library,
// resolves it with the parameters that the README gives, and validates every
// resource by the schema that goformation makes of AWS's resource specification.
func TestCloudFormation(t *testing.T) {
	source := read(t, "cloudformation/template.yaml")
	// goformation takes a function that it does not know for a text.
	for _, m := range regexp.MustCompile(`[\s\[](![A-Za-z]\w*)`).FindAllSubmatch(source, -1) {
		if name := string(m[1]); !slices.Contains([]string{"!Ref", "!GetAtt", "!Sub", "!Split", "!Join", "!If", "!Not", "!Equals"}, name) {
			t.Errorf("%s is no function known here", name)
		}
	}
	stack := resolve(t, source, given(t))
	for name, resource := range at(t, stack, "Resources").(map[string]any) {
		if err := resourceSchema(t, at(t, resource, "Type").(string)).Validate(resource); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	policy := at(t, stack, "Resources", "TaskRole", "Properties", "Policies", 0, "PolicyDocument")
	if diff := cmp.Diff(any(readJSON(t, "iam-policy.json")), policy); diff != "" {
		t.Errorf("not the policy of iam-policy.json:\n%s", diff)
	}
	definition := api(at(t, stack, "Resources", "TaskDefinition", "Properties")).(map[string]any)
	registers(t, definition)
	contained(t, at(t, definition, "containerDefinitions", 0).(map[string]any))
	groups := at(t, stack, "Resources", "Service", "Properties", "NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups")
	if diff := cmp.Diff([]any{"sg-0a1b2c3d", "sg-1a2b3c4d"}, groups); diff != "" {
		t.Errorf("the service is in the agent's groups and the one for metrics:\n%s", diff)
	}
}

// TestCloudFormationConfiguration wants the README's configuration in the container,
// where the probe takes it, and nothing where none is given.
func TestCloudFormationConfiguration(t *testing.T) {
	source := read(t, "cloudformation/template.yaml")
	environment := func(parameters map[string]any) any {
		return at(t, resolve(t, source, parameters), "Resources", "TaskDefinition", "Properties", "ContainerDefinitions", 0, "Environment")
	}
	region := map[string]any{"Name": "AWS_REGION", "Value": "us-east-1"}
	parameters := given(t)
	text := parameters["Configuration"].(string)
	if diff := cmp.Diff([]any{region, map[string]any{"Name": "AGENTCORE_PROBE_CONFIG", "Value": text}}, environment(parameters)); diff != "" {
		t.Error(diff)
	}
	configures(t, "AGENTCORE_PROBE_CONFIG", text)
	if len(text) > 4096 { // "AWS CloudFormation quotas", AWS CloudFormation User Guide
		t.Errorf("%d bytes are more than CloudFormation takes", len(text))
	}
	delete(parameters, "Configuration")
	if diff := cmp.Diff([]any{region}, environment(parameters)); diff != "" {
		t.Errorf("without a configuration: %s", diff)
	}
}

// TestCloudFormationCommand gives the README's command to the AWS CLI, which reads
// the template and the parameters before it connects.
func TestCloudFormationCommand(t *testing.T) {
	output(t, "aws", "--version")
	said := output(t, "sh", "-c", `cd cloudformation && export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_MAX_ATTEMPTS=1
		`+command(t)+` --endpoint-url http://127.0.0.1:1 2>&1 || true`)
	if !strings.Contains(said, "Could not connect to the endpoint URL") {
		t.Error(said)
	}
}

// command is the README's, in a line.
func command(t *testing.T) string {
	t.Helper()
	readme := strings.ReplaceAll(string(read(t, "cloudformation/README.md")), "\\\n", " ")
	return regexp.MustCompile(`(?m)^    (aws .+)$`).FindStringSubmatch(readme)[1]
}

// TestCloudFormationRefuses misspells what AWS would refuse.
func TestCloudFormationRefuses(t *testing.T) {
	for kind, properties := range map[string]map[string]any{
		"AWS::Logs::LogGroup":      {"RetentionDays": 30},
		"AWS::IAM::Role":           {"ManagedPolicyArns": []any{}}, // no trust policy
		"AWS::ECS::TaskDefinition": {"ContainerDefinitions": []any{map[string]any{"Name": "probe", "Image": "probe", "ReadOnlyRootFilesystem": true}}},
	} {
		if resourceSchema(t, kind).Validate(map[string]any{"Type": kind, "Properties": properties}) == nil {
			t.Errorf("%s was accepted with %v", kind, properties)
		}
	}
}

// given are the parameters of the README's command, as a shell hands them over; a
// list has commas.
func given(t *testing.T) map[string]any {
	t.Helper()
	_, overrides, _ := strings.Cut(command(t), "--parameter-overrides ")
	values := map[string]any{}
	for argument := range strings.SplitSeq(output(t, "sh", "-c", `cd cloudformation && printf '%s\0' `+overrides), "\x00") {
		if name, value, ok := strings.Cut(argument, "="); ok {
			values[name] = value
		}
	}
	if len(values) == 0 {
		t.Fatal("the README gives no parameters")
	}
	return values
}

// resolve is the template as CloudFormation would have it with these parameters:
// each must exist and be used, and so must each name that is referred to.
func resolve(t *testing.T, source []byte, parameters map[string]any) map[string]any {
	t.Helper()
	plain, err := intrinsics.ProcessYAML(source, &intrinsics.ProcessorOptions{NoProcess: true})
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]any
	if err := json.Unmarshal(plain, &template); err != nil {
		t.Fatal(err)
	}
	for key := range template {
		if !slices.Contains([]string{"AWSTemplateFormatVersion", "Description", "Parameters", "Conditions", "Resources", "Outputs"}, key) {
			t.Errorf("%s is no section of a template", key)
		}
	}
	// Pseudo parameters ("Pseudo parameters reference", AWS CloudFormation Template Reference).
	values := map[string]any{"AWS::AccountId": "123456789012", "AWS::Region": "us-east-1", "AWS::Partition": "aws", noValue: noValue}
	for name, parameter := range template["Parameters"].(map[string]any) {
		value := parameter.(map[string]any)["Default"]
		if v, ok := parameters[name]; ok {
			value = v
		}
		if text, ok := value.(string); ok && strings.HasPrefix(at(t, parameter, "Type").(string), "List<") {
			list := []any{}
			for each := range strings.SplitSeq(text, ",") {
				list = append(list, each)
			}
			value = list
		}
		if value == nil {
			t.Errorf("the parameter %s has no value", name)
		}
		values[name] = value
		if !regexp.MustCompile(`!Ref ` + name + `\b|\$\{` + name + `\}`).Match(source) {
			t.Errorf("the parameter %s is not used", name)
		}
	}
	for name := range parameters {
		if values[name] == nil {
			t.Errorf("there is no parameter %s", name)
		}
	}
	for name := range template["Resources"].(map[string]any) {
		values[name] = name
	}
	made, err := intrinsics.ProcessYAML(source, &intrinsics.ProcessorOptions{IntrinsicHandlerOverrides: handlers(t, values), EvaluateConditions: true})
	if err != nil {
		t.Fatal(err)
	}
	var stack map[string]any
	if err := json.Unmarshal(made, &stack); err != nil {
		t.Fatal(err)
	}
	return without(stack).(map[string]any)
}

// noValue stands for AWS::NoValue until what refers to it is left out.
const noValue = "AWS::NoValue"

// without leaves out what is AWS::NoValue.
func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, each any) bool { return each == noValue })
		for name, each := range v {
			v[name] = without(each)
		}
	case []any:
		all := []any{}
		for _, each := range v {
			if each != noValue {
				all = append(all, without(each))
			}
		}
		return all
	}
	return v
}

// handlers are the functions that look names up among values, which goformation
// itself does for parameters with a default only.
func handlers(t *testing.T, values map[string]any) map[string]intrinsics.IntrinsicHandler {
	look := func(name string, local map[string]any) any {
		name, attribute, _ := strings.Cut(name, ".")
		for _, among := range []map[string]any{local, values} {
			if v := among[name]; v != nil && attribute != "" {
				return name + "-" + attribute
			} else if v != nil {
				return v
			}
		}
		t.Errorf("%s does not exist", name)
		return nil
	}
	reference := func(_ string, input, _ any) any { return look(input.(string), nil) }
	return map[string]intrinsics.IntrinsicHandler{
		"Ref": reference, "Fn::GetAtt": reference,
		"Fn::Sub": func(_ string, input, _ any) any {
			text, _ := input.(string)
			var local map[string]any
			if list, ok := input.([]any); ok {
				text, local = list[0].(string), list[1].(map[string]any)
			}
			return regexp.MustCompile(`\$\{[\w:.]+\}`).ReplaceAllStringFunc(text, func(variable string) string {
				v, _ := look(variable[2:len(variable)-1], local).(string)
				return v
			})
		},
	}
}

// specification is goformation's schema of a template, by definition: a type of
// resource, or "TYPE.PART".
var specification = sync.OnceValues(func() (map[string]any, error) {
	var template struct{ Definitions map[string]any }
	err := json.Unmarshal([]byte(schema.CloudformationSchema), &template)
	return template.Definitions, err
})

// resourceSchema is what AWS says of a type of resource. To compile all thousand
// takes seconds.
func resourceSchema(t *testing.T, kind string) *jsonschema.Schema {
	t.Helper()
	all, err := specification()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]any{}
	for name, definition := range all {
		if name == kind || strings.HasPrefix(name, kind+".") || !strings.Contains(name, "::") {
			used[name] = definition
		}
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	if err := c.AddResource("cloudformation.json", map[string]any{"definitions": used}); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("cloudformation.json#/definitions/" + kind)
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return compiled
}

// api turns properties into what ECS's API takes: names begin with a small letter.
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
	}
	return v
}
