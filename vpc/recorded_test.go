package vpc_test

import (
	"testing"

	"github.com/agentcore-probe/probe/vpc"
)

// ARNs are those of "Amazon Resource Names (ARNs) in Amazon RDS" (Amazon RDS
// User Guide) and of "Resource types defined by Amazon Bedrock AgentCore"
// (Service Authorization Reference).
func TestRecordedName(t *testing.T) {
	const runtime = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a7Kq2XvT9d"
	for component, want := range map[string]string{
		"sg-0db": "sg-0db",
		"arn:aws:rds:us-east-1:123456789012:db:orders": "orders",
		runtime: runtime,
		"":      "",
	} {
		if got := vpc.RecordedName(component); got != want {
			t.Errorf("%q: %q, want %q", component, got, want)
		}
	}
}
