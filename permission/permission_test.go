package permission_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/permission"
)

var update = flag.Bool("update", false, "write deploy/iam-policy.json")

// What deploy/ gives the probe's role is what the program says where no file
// says otherwise.
func TestDeployedPolicy(t *testing.T) {
	const file = "../deploy/iam-policy.json"
	var want bytes.Buffer
	if err := permission.For(config.Default()).WriteJSON(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("%s is not what the program says (-want +got):\n%s", file, diff)
	}
}

// Names of actions and resources: "Actions, resources, and condition keys" of
// Amazon Bedrock AgentCore, Amazon ECR and the other services, Service
// Authorization Reference. LookupEvents knows no resources.
func TestFor(t *testing.T) {
	const (
		support = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a1b2c3d4e5"
		billing = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/billing-f6g7h8i9j0"
	)
	layer := permission.Statement{Sid: "ReadOneImageLayer", Effect: "Allow", Action: []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, Resource: []string{"arn:*:ecr:*:*:repository/*"}}
	invoke := func(actions []string, resources ...string) permission.Statement {
		return permission.Statement{Sid: "Invoke", Effect: "Allow", Action: actions, Resource: resources}
	}
	ask := func(actions ...string) permission.Statement {
		return permission.Statement{Sid: "AskServices", Effect: "Allow", Action: actions, Resource: []string{"*"}}
	}
	once, stopped := []string{"bedrock-agentcore:InvokeAgentRuntime"}, []string{"bedrock-agentcore:InvokeAgentRuntime", "bedrock-agentcore:StopRuntimeSession"}
	anywhere := "arn:*:bedrock-agentcore:*:*:runtime/*"
	control := permission.Statement{Sid: "ProveThatPoliciesComeFirst", Effect: "Deny", Action: once, Resource: []string{"arn:*:bedrock-agentcore:*:*:runtime/agentcore_probe_control-0000000000*"}}
	for name, tt := range map[string]struct {
		change func(*config.Config)
		want   []permission.Statement
	}{
		"everything is discovered": {func(*config.Config) {},
			[]permission.Statement{invoke(once, anywhere), control, layer, ask("ecr:DescribeRepositories", "logs:DescribeLogGroups")}},
		"nothing is signed": {func(c *config.Config) { c.Invoke.Level = config.LevelReach }, nil},
		"another account": {func(c *config.Config) {
			c.Invoke.Level = config.LevelReach
			c.Accounts = []config.Account{{Role: "arn:aws:iam::210987654321:role/agentcore-probe-reader"}}
		}, []permission.Statement{{Sid: "ReadOtherAccounts", Effect: "Allow", Action: []string{"sts:AssumeRole"}, Resource: []string{"arn:aws:iam::210987654321:role/agentcore-probe-reader"}}}},
		"sessions are started and stopped": {func(c *config.Config) { c.Invoke.Level = config.LevelInvoke },
			[]permission.Statement{invoke(stopped, anywhere), control, layer, ask("ecr:DescribeRepositories", "logs:DescribeLogGroups")}},
		"no agent is in a VPC": {func(c *config.Config) { c.Pattern = netpath.PatternPublic },
			[]permission.Statement{invoke(once, anywhere), control}},
		"two runtimes, one of which takes tokens": {func(c *config.Config) {
			c.Runtimes = []config.Runtime{{ARN: support}, {ARN: billing, Token: config.Token{Env: "TOKEN"}}}
		}, []permission.Statement{invoke(once, support, support+"/runtime-endpoint/*"), layer, ask("ecr:DescribeRepositories", "logs:DescribeLogGroups")}},
		"tokens only, and a pattern of its own": {func(c *config.Config) {
			c.Runtimes = []config.Runtime{{ARN: support, Pattern: netpath.PatternPublic, Token: config.Token{Env: "TOKEN"}}}
		}, nil},
		"services": {func(c *config.Config) { c.Services = []string{"sqs", "sts", "states", "logs"} },
			[]permission.Statement{invoke(once, anywhere), control, layer, ask("ecr:DescribeRepositories", "logs:DescribeLogGroups", "sqs:ListQueues")}},
	} {
		t.Run(name, func(t *testing.T) {
			c := config.Default()
			tt.change(&c)
			read := permission.Statement{Sid: "ReadConfiguration", Effect: "Allow", Action: inventory.Actions(), Resource: []string{"*"}}
			who := permission.Statement{Sid: "AskWhoChanged", Effect: "Allow", Action: []string{"cloudtrail:LookupEvents"}, Resource: []string{"*"}}
			want := permission.Policy{Version: "2012-10-17", Statement: append([]permission.Statement{read, who}, tt.want...)}
			if diff := cmp.Diff(want, permission.For(c)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
