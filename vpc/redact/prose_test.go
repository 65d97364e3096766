package redact_test

import (
	"testing"

	"github.com/agentcore-probe/probe/vpc"
	"github.com/agentcore-probe/probe/vpc/redact"
)

// What a sentence mentions is hidden, the same by the same, and the words around
// it stay; so do AWS's own names and the ids of requests.
func TestProse(t *testing.T) {
	_, names, err := redact.Network(&vpc.Network{}, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	names.Name("orders")
	names.Name("CN=Corp Inspection CA")
	names.Name("agent")
	tests := []struct{ text, want string }{
		{"", ""},
		{"no inbound rule of sg-0a1b2c3d admits tcp 5432", "no inbound rule of sg-00000000000000001 admits tcp 5432"},
		{"sg-0a1b2c3d, sg-0a1b2c3e.", "sg-00000000000000001, sg-00000000000000002."},
		{"db/orders on orders (orders-2)", "db/name-1 on name-1 (orders-2)"},
		{"the agent cannot reach it", "the agent cannot reach it"},
		{"issued by CN=Corp Inspection CA", "issued by name-2"},
		{"account 123456789012", "account 000000000001"},
		{"User: arn:aws:sts::123456789012:assumed-role/payroll/i-0abc1234 is not", "User: arn:aws:sts::000000000001:assumed-role/name-4/i-00000000000000001 is not"},
		{"123456789012.dkr.ecr.us-east-1.amazonaws.com", "000000000001.dkr.ecr.us-east-1.amazonaws.com"},
		{"bedrock-agentcore.us-east-1.amazonaws.com answers", "bedrock-agentcore.us-east-1.amazonaws.com answers"},
		{"login.corp.example.com: no such host", "name-5: no such host"},
		{"AKIAIOSFODNN7EXAMPLE", "access-key-1"},
		{"request 98752a6f-a875-8710-b63c-aa10b94cb392 at 23:50:38", "request 98752a6f-a875-8710-b63c-aa10b94cb392 at 23:50:38"},
		{"ecr.api and s3 in use1-az1", "ecr.api and s3 in use1-az1"},
		{"from 192.0.2.10, documentation", "from 192.0.2.10, documentation"},
		{`--policy '{"Statement":[{"Sid":"NobodyButPayroll","Effect":"Deny"}]}'`, `--policy '{"Statement":[{"Effect":"Deny"}]}'`},
	}
	for _, tt := range tests {
		if got := names.Prose(tt.text); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.text, got, tt.want)
		}
	}
	if got := names.Prose("10.1.2.3:443 and 10.1.2.0/24"); got == "10.1.2.3:443 and 10.1.2.0/24" {
		t.Error("addresses stay")
	}
	if got := names.Names()["name-1"]; got != "orders" {
		t.Errorf("name-1 stands for %q", got)
	}
}
