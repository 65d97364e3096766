package vpc_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/vpc"
)

// TestDecodeWorlds: the lab's worlds are inventory documents too. The lab is a
// module of its own, so that they are missing where only this one is present.
func TestDecodeWorlds(t *testing.T) {
	files, err := filepath.Glob("../lab/world/patterns/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("the lab is not here")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { decodeWorld(t, file) })
	}
}

func decodeWorld(t *testing.T, file string) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var d vpc.Decoder
	if err := d.Decode(file, f); err != nil {
		t.Fatal(err)
	}
	// The rest is no configuration of a network: what ECR and CloudWatch Logs hold.
	if diff := cmp.Diff([]string{"Lab", "images", "logGroups", "repositories"}, d.Ignored()); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
	n := d.Network()
	if n.Region == "" || n.Account == "" || len(n.Runtimes) == 0 {
		t.Fatalf("region %q, account %q, %d runtimes", n.Region, n.Account, len(n.Runtimes))
	}
	x := n.Index()
	pattern := strings.TrimSuffix(filepath.Base(file), ".json")
	for _, r := range n.Runtimes {
		if c := r.NetworkConfiguration.NetworkModeConfig; c != nil {
			checkPlace(t, x, c.Subnets, c.SecurityGroups)
		}
		if len(x.RuntimeEndpointsOf(r.ARN)) == 0 {
			t.Errorf("%s: no endpoint", r.ARN)
		}
		if shut := pattern == "private" || pattern == "isolated" || pattern == "hub"; shut != (x.Policy(r.ARN) != nil) {
			t.Errorf("%s: a policy shuts the front of private, isolated and hub, and of no other pattern", r.ARN)
		}
	}
	for _, i := range n.NetworkInterfaces {
		checkPlace(t, x, []string{i.SubnetID}, i.GroupIDs())
	}
	for _, e := range n.Endpoints {
		if _, whole := x.EndpointAddresses(e.VpcEndpointID); !whole {
			t.Errorf("%s: an interface is not in the world", e.VpcEndpointID)
		}
	}
}

// checkPlace wants subnets with table and ACL, and groups, that exist.
func checkPlace(t *testing.T, x *vpc.Index, subnets, groups []string) {
	t.Helper()
	for _, id := range subnets {
		if x.Subnet(id) == nil || x.RouteTable(id) == nil || x.NetworkACL(id) == nil {
			t.Errorf("subnet %s: not known, or without table or ACL", id)
		}
	}
	for _, id := range groups {
		if x.SecurityGroup(id) == nil {
			t.Errorf("group %s is not known", id)
		}
	}
}
