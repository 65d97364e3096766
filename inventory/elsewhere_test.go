package inventory_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/credentials"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
)

const (
	theReader = "arn:aws:iam::210987654321:role/agentcore-probe-reader"
	thePeer   = "vpc-0a1b2c3d4e5f60002"
)

// peered is a fake whose VPC has a peer in another account. What that account is
// asked for is the peer alone: its answers are in testdata/wire or say nothing.
func peered(t *testing.T) *fakeAWS {
	f := newFakeAWS(t)
	f.overrides["DescribeRouteTables"] = routesTo
	f.overrides["DescribeVpcPeeringConnections"] = text(200, `<DescribeVpcPeeringConnectionsResponse><vpcPeeringConnectionSet><item><vpcPeeringConnectionId>pcx-0a1b2c3d4e5f60001</vpcPeeringConnectionId><status><code>active</code></status>
		<requesterVpcInfo><ownerId>123456789012</ownerId><vpcId>vpc-0a1b2c3d4e5f60001</vpcId></requesterVpcInfo><accepterVpcInfo><ownerId>210987654321</ownerId><vpcId>`+thePeer+`</vpcId></accepterVpcInfo></item></vpcPeeringConnectionSet></DescribeVpcPeeringConnectionsResponse>`)
	own := canned("DescribeVpcs", "")
	f.overrides["DescribeVpcs"] = func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "Credential=ASIAREADEREXAMPLE/") {
			own(w, r)
			return
		}
		text(200, `<DescribeVpcsResponse><vpcSet><item><vpcId>`+thePeer+`</vpcId><ownerId>210987654321</ownerId><cidrBlock>10.1.0.0/16</cidrBlock></item></vpcSet></DescribeVpcsResponse>`)(w, r)
	}
	return f
}

func (f *fakeAWS) withReader(a *inventory.AWS) {
	sdk := a.Config.Copy()
	sdk.HTTPClient = a.HTTPClient
	a.Accounts = []inventory.Account{{Role: theReader, Credentials: credentials.Assume(sdk, theReader, "agents-network")}}
}

// "AssumeRole" (AWS STS API Reference): the parameters, and the shape of the
// answer.
func TestCollectInAnotherAccount(t *testing.T) {
	f := peered(t)
	assume := canned("AssumeRole", "")
	f.overrides["AssumeRole"] = func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		want := []string{theReader, "agents-network", "agentcore-probe"}
		if diff := cmp.Diff(want, []string{r.Form.Get("RoleArn"), r.Form.Get("ExternalId"), r.Form.Get("RoleSessionName")}); diff != "" {
			t.Errorf("asked for (-want +got):\n%s", diff)
		}
		assume(w, r)
	}
	s := f.collect(t, f.withReader)
	if len(s.Unread) != 0 || s.Account != "123456789012" || f.called("AssumeRole") != 1 {
		t.Errorf("unread %v, own account %s, %d sessions", s.Unread, s.Account, f.called("AssumeRole"))
	}
	if peer := s.Network.Index().VPC(thePeer); peer == nil || peer.OwnerID != "210987654321" || !s.Network.Has("Vpcs") {
		t.Errorf("the peer's VPC: %v", peer)
	}
	dir := t.TempDir()
	if err := s.Write(dir); err != nil {
		t.Fatal(err)
	}
	saved, err := inventory.ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	comparable := cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})
	if diff := cmp.Diff(s.Network, saved.Network, comparable); diff != "" {
		t.Errorf("read back from a folder (-want +got):\n%s", diff)
	}
}

func TestARoleElsewhereThatIsDenied(t *testing.T) {
	f := peered(t)
	const denial = "User: arn:aws:sts::123456789012:assumed-role/probe/sidecar is not authorized to perform: sts:AssumeRole on resource: " + theReader
	f.overrides["AssumeRole"] = text(403, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>`+denial+`</Message></Error><RequestId>q</RequestId></ErrorResponse>`)
	s := f.collect(t, f.withReader)
	if len(s.Unread) != 1 || s.Network.Index().VPC(thePeer) != nil {
		t.Fatalf("unread %v", s.Unread)
	}
	u := s.Unread[0]
	want := []any{"sts:AssumeRole", "AccessDenied: " + denial, netpath.FailureDenied, theReader}
	if diff := cmp.Diff(want, []any{u.Action, u.Reason, u.Failure, u.Facts["account_role"]}); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
}

// What the own account does not tell stays unread, whatever another one tells of
// its part.
func TestAnotherAccountDoesNotSpeakForOurs(t *testing.T) {
	f := peered(t)
	whole := f.overrides["DescribeVpcs"]
	f.overrides["DescribeVpcs"] = func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "Credential="+theKey+"/") {
			ec2Error(403, "UnauthorizedOperation", "You are not authorized to perform this operation.")(w, r)
			return
		}
		whole(w, r)
	}
	s := f.collect(t, f.withReader)
	if s.Network.Index().VPC(thePeer) == nil || s.Network.Has("Vpcs") {
		t.Errorf("the peer is there: %v, the list is whole: %v", s.Network.Index().VPC(thePeer) != nil, s.Network.Has("Vpcs"))
	}
}
