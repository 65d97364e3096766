package world_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/world"
)

func healthy(t *testing.T) *world.World {
	t.Helper()
	w, err := world.Healthy("private")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestEveryPatternIsAWorld(t *testing.T) {
	for _, pattern := range world.Patterns() {
		w, err := world.Healthy(pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
		} else if w.Lab().Pattern != pattern {
			t.Errorf("%s says it is %q", pattern, w.Lab().Pattern)
		}
	}
}

func TestUnknownPatternNamesThoseThatExist(t *testing.T) {
	_, err := world.Healthy("mesh")
	if err == nil || !strings.Contains(err.Error(), "private") || !strings.Contains(err.Error(), `"mesh"`) {
		t.Errorf("error is %v", err)
	}
}

func TestNothingIsLostBetweenParseAndPrint(t *testing.T) {
	data, err := os.ReadFile("patterns/private.json")
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	printed, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := errors.Join(json.Unmarshal(data, &want), json.Unmarshal(printed, &got)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestPatch(t *testing.T) {
	w := healthy(t)
	stopped, err := w.Patch(json.RawMessage(`[{"op":"replace","path":"/DBInstances/0/DBInstanceStatus","value":"stopped"}]`))
	if err != nil {
		t.Fatal(err)
	}
	if got := stopped.Network().DBInstances[0].DBInstanceStatus; got != "stopped" {
		t.Errorf("status is %q", got)
	}
	if got := w.Network().DBInstances[0].DBInstanceStatus; got != "available" {
		t.Errorf("the original's status is %q", got)
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	for _, c := range []struct{ patch, pointer string }{
		{`{"op":"replace","path":"/Subnets/2/CidrBlock","value":"10.0"}`, "/Subnets/2"},
		{`{"op":"replace","path":"/Subnets/2/CidrBlock","value":"192.168.0.0/24"}`, "/Subnets/2/CidrBlock"},
		{`{"op":"replace","path":"/NetworkInterfaces/1/Groups/0/GroupId","value":"sg-none"}`, "/NetworkInterfaces/1/Groups/0/GroupId"},
		{`{"op":"replace","path":"/RouteTables/1/Routes/1/DestinationCidrBlock","value":"all"}`, "/RouteTables/1/Routes/1/DestinationCidrBlock"},
		{`{"op":"add","path":"/RouteTables/1/Routes/1","value":{"DestinationCidrBlock":"10.9.0.0/16","CarrierGatewayId":"cagw-1","State":"active"}}`, "/RouteTables/1/Routes/1"},
		{`{"op":"add","path":"/RouteTables/1/Routes/1","value":{"DestinationPrefixListId":"pl-1","GatewayId":"vpce-1","State":"active"}}`, "/RouteTables/1/Routes/1/DestinationPrefixListId"},
		{`{"op":"add","path":"/SecurityGroups/1/IpPermissionsEgress/0/PrefixListIds","value":[{"PrefixListId":"pl-1"}]}`, "/SecurityGroups/1/IpPermissionsEgress/0/PrefixListIds/0/PrefixListId"},
		{`{"op":"add","path":"/PrefixLists","value":[{"PrefixListId":"pl-1","Cidrs":["198.51.100.64"]}]}`, "/PrefixLists/0/Cidrs/0"},
		{`{"op":"replace","path":"/SecurityGroups/1/IpPermissionsEgress/0/IpProtocol","value":"tpc"}`, "/SecurityGroups/1/IpPermissionsEgress/0/IpProtocol"},
		{`{"op":"replace","path":"/SecurityGroups/1/IpPermissionsEgress/0/FromPort","value":"443"}`, "/SecurityGroups/1/IpPermissionsEgress/FromPort"},
		{`{"op":"add","path":"/Lab/Hosts/3/Clock","value":1}`, "/Lab/Hosts/3"},
		{`{"op":"replace","path":"/Lab/Hosts/0/Name","value":"orders"}`, "/Lab/Hosts/5/Name"},
		{`{"op":"add","path":"/Lab/Hosts/3/Firewall","value":[{"Action":"block","Protocol":"tcp"}]}`, "/Lab/Hosts/3/Firewall/0/Action"},
		{`{"op":"replace","path":"/Lab/Hosts/8/Addresses/0","value":"203.0.113.1"}`, "/Lab/Hosts/11/Addresses/0"},
		{`{"op":"add","path":"/Lab/Hosts/14/Services/0/Says","value":"hello"}`, "/Lab/Hosts/14/Services/0/Says"},
		{`{"op":"remove","path":"/Lab/Principals/0/AccessKeyId"}`, "/Lab/Principals/0/AccessKeyId"},
		{`{"op":"add","path":"/Lab/Zones","value":[{"Name":"kms.us-east-1.amazonaws.com","VpcEndpointId":"vpce-none","VpcIds":[]}]}`, "/Lab/Zones/0/VpcEndpointId"},
		{`{"op":"add","path":"/Lab/Zones","value":[{"Name":"kms.us-east-1.amazonaws.com","VpcEndpointId":"vpce-044b39e7d093b8f26","VpcIds":["vpc-none"]}]}`, "/Lab/Zones/0/VpcIds/0"},
		{`{"op":"replace","path":"/Lab","value":7}`, "/Lab"},
		{`{"op":"replace","path":"/Vpcs","value":{}}`, "/Vpcs"},
	} {
		_, err := healthy(t).Patch(json.RawMessage("[" + c.patch + "]"))
		var e *world.Error
		if !errors.As(err, &e) || e.Pointer != c.pointer {
			t.Errorf("%s: error is %v, want one at %s", c.patch, err, c.pointer)
		}
	}
}

func TestLiveTellsAfterTheChange(t *testing.T) {
	live := world.NewLive(healthy(t))
	var told []string
	live.Subscribe(func(w *world.World) error {
		told = append(told, w.Network().DBInstances[0].DBInstanceStatus)
		return nil
	})
	set := func(status any) error {
		return live.Mutate(func(w *world.World) error {
			w.Document()["DBInstances"].([]any)[0].(map[string]any)["DBInstanceStatus"] = status
			return nil
		})
	}
	if err := set("stopped"); err != nil {
		t.Fatal(err)
	}
	if err := set(json.Number("7")); err == nil {
		t.Error("a change that breaks the document was accepted")
	}
	if err := live.Mutate(func(*world.World) error { return os.ErrInvalid }); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("error is %v", err)
	}
	if d := cmp.Diff([]string{"stopped"}, told); d != "" {
		t.Error(d)
	}
	if got := live.World().Network().DBInstances[0].DBInstanceStatus; got != "stopped" {
		t.Errorf("status is %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"Lab":{"Pattern":"private","Region":"r","Account":"1","Principals":[],"Hosts":[{"Name":"a","Addresses":["192.0.2.1"]}]}}`))
	f.Add([]byte(`{"Vpcs":[{"VpcId":"vpc-1","CidrBlock":"10.0.0.0/16"}],"Lab":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := world.Parse(data)
		if err != nil {
			return
		}
		printed, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := world.Parse(printed); err != nil {
			t.Errorf("the printed world is refused: %v", err)
		}
	})
}
