package inventory_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/vpc"
)

// beside is what the account sees beside the agents' VPC, by id.
type beside map[string]string // range of a VPC

const (
	agents  = "vpc-0a1b2c3d4e5f60001" // of testdata/wire, 10.0.0.0/16
	theHub  = "vpc-0a1b2c3d4e5f60003"
	overlap = "vpc-0a1b2c3d4e5f60004"
)

// joinedBy lets a transit gateway join the agents' VPC with others, of which the
// account sees some.
func joinedBy(f *fakeAWS, others []string, seen beside) {
	asked := func(r *http.Request) []string {
		var ids []string
		for key, values := range formOf(r) {
			if strings.HasPrefix(key, "Filter.1.Value.") {
				ids = append(ids, values...)
			}
		}
		slices.Sort(ids)
		return ids
	}
	f.overrides["DescribeRouteTables"] = routesTo
	f.overrides["DescribeTransitGatewayVpcAttachments"] = func(w http.ResponseWriter, _ *http.Request) {
		var items strings.Builder
		for _, id := range append([]string{agents}, others...) {
			fmt.Fprintf(&items, "<item><transitGatewayAttachmentId>tgw-attach-%s</transitGatewayAttachmentId><transitGatewayId>tgw-0a1b2c3d4e5f60001</transitGatewayId><vpcId>%s</vpcId><state>available</state></item>", id[4:], id)
		}
		fmt.Fprintf(w, "<R><transitGatewayVpcAttachments>%s</transitGatewayVpcAttachments></R>", &items)
	}
	canned := canned("DescribeVpcs", "")
	f.overrides["DescribeVpcs"] = func(w http.ResponseWriter, r *http.Request) {
		ids := asked(r)
		if slices.Contains(ids, agents) {
			canned(w, r)
			return
		}
		var items strings.Builder
		for _, id := range ids {
			if block, ok := seen[id]; ok {
				fmt.Fprintf(&items, "<item><vpcId>%s</vpcId><cidrBlock>%s</cidrBlock></item>", id, block)
			}
		}
		fmt.Fprintf(w, "<R><vpcSet>%s</vpcSet></R>", &items)
	}
}

func vpcsOf(n *vpc.Network) []string {
	var ids []string
	for i := range n.VPCs {
		ids = append(ids, n.VPCs[i].VpcID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// A hub is read with what is in it; a VPC of another account, which is not seen,
// and one with the agents' own addresses, which cannot be reached from them, are
// not.
func TestCollectReadsTheVPCsThatAreJoined(t *testing.T) {
	f := newFakeAWS(t)
	joinedBy(f, []string{theHub, overlap, "vpc-0a1b2c3d4e5f60009"}, beside{theHub: "10.8.0.0/16", overlap: "10.0.128.0/17"})
	f.overrides["DescribeSubnets"] = func(w http.ResponseWriter, r *http.Request) {
		if formOf(r).Get("Filter.1.Value.1") != theHub {
			canned("DescribeSubnets", "")(w, r)
			return
		}
		fmt.Fprintf(w, "<R><subnetSet><item><subnetId>subnet-0a1b2c3d4e5f6b001</subnetId><vpcId>%s</vpcId><cidrBlock>10.8.1.0/24</cidrBlock></item></subnetSet></R>", theHub)
	}
	s := f.collect(t, nil)
	if len(s.Unread) != 0 {
		t.Errorf("unread %v", s.Unread)
	}
	if diff := cmp.Diff([]string{agents, theHub}, vpcsOf(s.Network)); diff != "" {
		t.Errorf("VPCs (-want +got):\n%s", diff)
	}
	x := s.Network.Index()
	if hub := x.Subnet("subnet-0a1b2c3d4e5f6b001"); hub == nil || hub.VpcID != theHub {
		t.Errorf("the hub's subnet: %v", hub)
	}
	if got := f.called("DescribeVpcAttribute"); got != 2 {
		t.Errorf("DescribeVpcAttribute was called %d times, want 2: of the agents' VPC alone", got)
	}
}

// Of many VPCs those with interface endpoints are read, and ten at most.
func TestCollectReadsTheNearestVPCs(t *testing.T) {
	f := newFakeAWS(t)
	var all []string
	seen := beside{}
	for i := range 30 {
		id := fmt.Sprintf("vpc-0a1b2c3d4e5f6%04d", 100+i)
		all, seen[id] = append(all, id), fmt.Sprintf("10.%d.0.0/16", 100+i)
	}
	joinedBy(f, all, seen)
	last := all[len(all)-1]
	f.overrides["DescribeVpcEndpoints"] = func(w http.ResponseWriter, r *http.Request) {
		if formOf(r).Get("Filter.1.Value.1") == agents {
			canned("DescribeVpcEndpoints", "")(w, r)
			return
		}
		fmt.Fprintf(w, "<R><vpcEndpointSet><item><vpcEndpointId>vpce-0a1b2c3d4e5f60009</vpcEndpointId><vpcEndpointType>Interface</vpcEndpointType><vpcId>%s</vpcId></item></vpcEndpointSet></R>", last)
	}
	got := vpcsOf(f.collect(t, nil).Network)
	if len(got) != 11 || !slices.Contains(got, last) {
		t.Errorf("%d VPCs: %v; want the agents' own, %s, and nine more", len(got), got, last)
	}
}
