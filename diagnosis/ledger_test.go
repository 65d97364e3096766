package diagnosis_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
)

// An ACL that stops what comes from two subnets is one finding, mended by two
// entries with numbers of their own; the same entry for another path is the same.
func TestEntriesOfAnACLHaveNumbersOfTheirOwn(t *testing.T) {
	denied := func(cidr, port string) evidence {
		return networkPasses.but(netpath.HopDestNACL, config("nacl/ingress-denied", "acl-db", "acl", "acl-db", "subnet", "subnet-db", "region", "us-east-1", "direction", "ingress",
			"protocol", "tcp", "port", port, "from_port", port, "to_port", port, "cidr", cidr, "rule_number", "112", "free_rule_number", "110"))
	}
	both := at(database(), found, timesOut, denied("10.0.1.0/24", "5432"), one)
	both.Config = append(both.Config, diagnosis.Config{Source: "eni-2", Address: one, Hops: denied("10.0.2.0/24", "5432")})
	again, more := at(database(), found, timesOut, denied("10.0.2.0/24", "5432"), one), at(database(), found, timesOut, denied("10.0.3.0/24", "5432"), one)
	again.Path.ID, more.Path.ID = "db/again", "db/more"
	var got [][]string
	for _, f := range diagnosis.Judge(diagnosis.Input{Cases: []diagnosis.Case{both, again, more}}).Findings {
		got = append(got, append([]string{f.Path}, f.Fix...))
	}
	create := func(number, cidr string) string {
		return "aws ec2 create-network-acl-entry --region us-east-1 --network-acl-id acl-db --rule-number " + number + " --protocol tcp --rule-action allow --cidr-block " + cidr + " --port-range From=5432,To=5432 --ingress"
	}
	want := [][]string{{"db/more"}, {"db/orders", create("110", "10.0.1.0/24"), create("111", "10.0.2.0/24")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A group that lacks a rule for each of two sources is one finding, which names
// both and mends both; it says which other paths it breaks.
func TestAGroupThatAdmitsNeitherSource(t *testing.T) {
	missing := func(source string) evidence {
		return networkPasses.but(netpath.HopDestSG, config("sg/ingress-missing", "sg-tools", "group", "sg-tools", "region", "us-east-1", "protocol", "tcp", "port", "443",
			"destination", one.String(), "source", source, "source_cidr", source+"/32"))
	}
	both := at(database(), found, timesOut, missing("10.0.1.10"), one)
	both.Config = append(both.Config, diagnosis.Config{Source: "eni-2", Address: one, Hops: missing("10.0.2.10")})
	again := at(database(), found, timesOut, missing("10.0.1.10"), one)
	again.Path.ID = "db/again"
	got := diagnosis.Judge(diagnosis.Input{Cases: []diagnosis.Case{both, again}}).Findings
	admit := func(cidr string) string {
		return "aws ec2 authorize-security-group-ingress --region us-east-1 --group-id sg-tools --protocol tcp --port 443 --cidr " + cidr
	}
	if len(got) != 1 {
		t.Fatalf("%+v, want one finding", got)
	}
	if diff := cmp.Diff([]string{admit("10.0.1.10/32"), admit("10.0.2.10/32")}, got[0].Fix); diff != "" {
		t.Errorf("fix (-want +got):\n%s", diff)
	}
	if want := "from 10.0.1.10 and 10.0.2.10 "; !strings.Contains(got[0].Summary, want) {
		t.Errorf("%q, want %q in it", got[0].Summary, want)
	}
	if diff := cmp.Diff([]string{"db/again"}, got[0].Also); diff != "" {
		t.Errorf("other paths (-want +got):\n%s", diff)
	}
}

// What no command mends is looked for once, whatever the address.
func TestOneFindingForBothAddresses(t *testing.T) {
	blackHole := func(address string) evidence {
		e := live(netpath.FailureMTU, "address", address)
		return evidence{netpath.HopTCP: e}
	}
	c := at(privateInvoke(), found, blackHole("10.0.11.10"), configPasses, one, two)
	c.Live.Addresses[1].Hops = blackHole("10.0.12.10")
	got := diagnosis.Judge(diagnosis.Input{Cases: []diagnosis.Case{c}}).Findings
	if len(got) != 1 || got[0].Code != "tcp/mtu" || len(got[0].Fix) != 2 {
		t.Errorf("%+v, want tcp/mtu once", got)
	}
}

// Losses explain a handshake that fails on the same path, and none elsewhere.
func TestACauseExplainsWhatItsOwnPathsShow(t *testing.T) {
	lossy, plain := flawed(netpath.FailureLoss, "loses", "packets"), live(netpath.FailureTLSNotTLS)
	passes := pass(netpath.HopTCP)[netpath.HopTCP]
	codes := func(invoke, db netpath.Evidence) (paths [][]string, all []string) {
		result := diagnosis.Judge(diagnosis.Input{Cases: []diagnosis.Case{
			at(privateInvoke(), found, evidence{netpath.HopTCP: invoke, netpath.HopTLS: plain}, configPasses, one),
			at(database(), found, dbPasses.but(netpath.HopTCP, db), networkPasses, two),
		}})
		for _, p := range result.Paths {
			paths = append(paths, p.Findings)
		}
		for _, f := range result.Findings {
			all = append(all, f.Code)
		}
		return paths, all
	}
	paths, all := codes(passes, lossy)
	if diff := cmp.Diff([][]string{{"tls/not-tls"}, {"tcp/loss"}}, paths); diff != "" || len(all) != 2 {
		t.Errorf("apart: findings %v, by path (-want +got):\n%s", all, diff)
	}
	paths, all = codes(lossy, passes)
	if diff := cmp.Diff([][]string{{"tcp/loss"}, nil}, paths); diff != "" || len(all) != 1 {
		t.Errorf("together: findings %v, by path (-want +got):\n%s", all, diff)
	}
}

func TestOneCauseIsOneFindingOverAllPaths(t *testing.T) {
	bad := pass(netpath.HopTCP, netpath.HopTLS).but(netpath.HopSignature, live(netpath.FailureSignature))
	got := judged([]diagnosis.Case{
		at(privateInvoke(), found, bad, nil, one),
		at(publicInvoke(), found, bad, nil, two),
		at(database(), found, dbPasses, nil, one),
	}, diagnosis.Unread{Action: "sts:GetCallerIdentity", Failure: netpath.FailureSignature})
	want := wanted{
		Verdicts: map[string]netpath.Verdict{"invoke/support/private": netpath.VerdictBroken, "invoke/support/public": netpath.VerdictUnknown, "db/orders": netpath.VerdictOK},
		Basis:    map[string]netpath.Basis{"invoke/support/private": netpath.BasisLive, "invoke/support/public": netpath.BasisNone, "db/orders": netpath.BasisLive},
		Findings: []string{"auth/bad-signature ASIAEXAMPLE"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("judgement (-want +got):\n%s", diff)
	}
}
