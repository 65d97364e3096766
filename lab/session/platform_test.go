package session_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Debian's AWS CLI finds its credentials by itself on every platform: an
// implementation that is not ours.
func TestEveryPlatformGivesCredentials(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("SKIPPED: the AWS CLI is not installed: the platforms are not checked against an independent client")
	}
	const role = "arn:aws:sts::123456789012:assumed-role/agentcore-probe/"
	for source, want := range map[string]string{
		"imds": role + "i-0f3c9a7b5d1e24680", "ecs": role + "7f1c2e9a4b8d4d0f9a6e3c5b1d2f8e70",
		"pod-identity": role + "eks-agents-agentcore-probe-3d2a7c41-9b0e-4f57-8c1d-6e5f4a3b2c10",
		"web-identity": role + "pod-1", "profile": role + "sidecar", "assume-role": role + "sidecar",
	} {
		t.Run(source, func(t *testing.T) {
			script := "AWS_DEFAULT_REGION=us-east-1 AWS_ROLE_SESSION_NAME=pod-1 aws sts get-caller-identity --query Arn --output text"
			out, status := run(t, script, credentialsFrom+"="+source)
			if d := cmp.Diff(want+"\n", out); d != "" || status != 0 {
				t.Errorf("status %d: %s", status, d)
			}
		})
	}
}

// The answer to the PUT does not get as far as a container behind a bridge
// where the hop limit is 1, and the answer to a GET without a token does
// ("Use the Instance Metadata Service to access instance metadata"). curl asks.
func TestHopLimit(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("SKIPPED: curl is not installed")
	}
	const script = `curl -s -o /dev/null -m 1 -w '%{http_code} ' -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token
curl -s -o /dev/null -m 5 -w '%{http_code}' http://169.254.169.254/latest/meta-data/`
	for patch, want := range map[string]string{
		`[]`: "200 401",
		`[{"op": "add", "path": "/Lab/Credentials/Hops", "value": 1}]`:                                                                 "000 401",
		`[{"op": "add", "path": "/Lab/Credentials/Hops", "value": 1}, {"op": "add", "path": "/Lab/Credentials/HopLimit", "value": 2}]`: "200 401",
	} {
		if out, _ := run(t, script, credentialsFrom+"=imds", patches+"="+patch); strings.TrimSpace(out) != want {
			t.Errorf("%s: %q, want %q", patch, out, want)
		}
	}
}
