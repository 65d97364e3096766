package diagnosis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
)

// A request that could not be signed says nothing about the path: it is unknown
// from the signature on (DESIGN: unknown is never written as broken). That has
// one cause, whatever else could not be read for it.
func TestUnsigned(t *testing.T) {
	hopLimit := netpath.Facts{"address": "169.254.169.254", "service": "instance metadata service", "reason": "the answer to the PUT does not arrive", "remedy": "raise it"}
	unsigned := netpath.Evidence{Status: netpath.StatusUnknown, Failure: netpath.FailureMetadata, Facts: hopLimit}
	seen := pass(netpath.HopTCP, netpath.HopTLS).but(netpath.HopSignature, unsigned)
	unread := []diagnosis.Unread{
		{Action: "ec2:DescribeVpcs", Failure: netpath.FailureMetadata, Facts: hopLimit},
		{Action: "sts:GetCallerIdentity", Failure: netpath.FailureMetadata, Facts: hopLimit},
	}
	const finding = "auth/metadata-unreachable 169.254.169.254"
	both := judged([]diagnosis.Case{at(privateInvoke(), found, seen, nil, one), at(publicInvoke(), found, seen, nil, one), at(database(), found, dbPasses, nil, one)}, unread...)
	want := wanted{
		Verdicts: map[string]netpath.Verdict{"invoke/support/private": netpath.VerdictUnknown, "invoke/support/public": netpath.VerdictUnknown, "db/orders": netpath.VerdictOK},
		Basis:    map[string]netpath.Basis{"invoke/support/private": netpath.BasisLive, "invoke/support/public": netpath.BasisNone, "db/orders": netpath.BasisLive},
		Findings: []string{finding},
	}
	if d := cmp.Diff(want, both); d != "" {
		t.Error(d)
	}
	alone := judged(nil, unread...)
	if d := cmp.Diff([]string{finding}, alone.Findings); d != "" {
		t.Errorf("without a path: %s", d)
	}
}
