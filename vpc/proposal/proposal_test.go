package proposal_test

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/vpc"
	"github.com/agentcore-probe/probe/vpc/proposal"
)

// The examples of RFC 6902, appendix A, by section; "" is an error.
func TestAppendixA(t *testing.T) {
	tests := []struct{ section, document, operations, want string }{
		{"A.1", `{"foo":"bar"}`, `[{"op":"add","path":"/baz","value":"qux"}]`, `{"baz":"qux","foo":"bar"}`},
		{"A.2", `{"foo":["bar","baz"]}`, `[{"op":"add","path":"/foo/1","value":"qux"}]`, `{"foo":["bar","qux","baz"]}`},
		{"A.3", `{"baz":"qux","foo":"bar"}`, `[{"op":"remove","path":"/baz"}]`, `{"foo":"bar"}`},
		{"A.4", `{"foo":["bar","qux","baz"]}`, `[{"op":"remove","path":"/foo/1"}]`, `{"foo":["bar","baz"]}`},
		{"A.5", `{"baz":"qux","foo":"bar"}`, `[{"op":"replace","path":"/baz","value":"boo"}]`, `{"baz":"boo","foo":"bar"}`},
		{"A.6", `{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}`, `[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]`, `{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}`},
		{"A.7", `{"foo":["all","grass","cows","eat"]}`, `[{"op":"move","from":"/foo/1","path":"/foo/3"}]`, `{"foo":["all","cows","eat","grass"]}`},
		{"A.8", `{"baz":"qux","foo":["a",2,"c"]}`, `[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]`, `{"baz":"qux","foo":["a",2,"c"]}`},
		{"A.9", `{"baz":"qux"}`, `[{"op":"test","path":"/baz","value":"bar"}]`, ""},
		{"A.10", `{"foo":"bar"}`, `[{"op":"add","path":"/child","value":{"grandchild":{}}}]`, `{"child":{"grandchild":{}},"foo":"bar"}`},
		{"A.11", `{"foo":"bar"}`, `[{"op":"add","path":"/baz","value":"qux","xyz":123}]`, `{"baz":"qux","foo":"bar"}`},
		{"A.12", `{"foo":"bar"}`, `[{"op":"add","path":"/baz/bat","value":"qux"}]`, ""},
		{"A.13", `{"foo":"bar"}`, `[{"op":"add","path":"/baz","value":"qux","op":"remove"}]`, ""},
		{"A.14", `{"/":9,"~1":10}`, `[{"op":"test","path":"/~01","value":10}]`, `{"/":9,"~1":10}`},
		{"A.15", `{"/":9,"~1":10}`, `[{"op":"test","path":"/~01","value":"10"}]`, ""},
		{"A.16", `{"foo":["bar"]}`, `[{"op":"add","path":"/foo/-","value":["abc","def"]}]`, `{"foo":["bar",["abc","def"]]}`},
	}
	for _, tt := range tests {
		t.Run(tt.section, func(t *testing.T) {
			got, err := proposal.Edit(tt.document, tt.operations)
			if got != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("%s, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// What the appendix leaves out: sections 4 and 6 of RFC 6901, 4.3 to 4.6 of
// RFC 6902.
func TestOperations(t *testing.T) {
	tests := []struct{ name, document, operations, want string }{
		{"the whole document", `{"a":1}`, `[{"op":"replace","path":"","value":{"b":2}}]`, `{"b":2}`},
		{"the empty name", `{"":{"":1}}`, `[{"op":"replace","path":"//","value":2}]`, `{"":{"":2}}`},
		{"null is a value", `{"a":1}`, `[{"op":"add","path":"/a","value":null},{"op":"test","path":"/a","value":null}]`, `{"a":null}`},
		{"a copy is another", `{"a":{"b":[1]}}`, `[{"op":"copy","from":"/a","path":"/c"},{"op":"add","path":"/c/b/-","value":2}]`, `{"a":{"b":[1]},"c":{"b":[1,2]}}`},
		{"numbers by value", `{"a":[1.0,{"x":1,"y":2}]}`, `[{"op":"test","path":"/a","value":[1,{"y":2.0,"x":1e0}]}]`, `{"a":[1.0,{"x":1,"y":2}]}`},
		{"onto itself", `{"a":[1,2]}`, `[{"op":"move","from":"/a/0","path":"/a/0"}]`, `{"a":[1,2]}`},
		{"by id", `{"Groups":[{"GroupId":"sg-a"},{"GroupId":"sg-b","Rules":[1]}]}`, `[{"op":"add","path":"/Groups/sg-b/Rules/-","value":2}]`, `{"Groups":[{"GroupId":"sg-a"},{"GroupId":"sg-b","Rules":[1,2]}]}`},
		{"a route by its destination", `{"Routes":[{"DestinationCidrBlock":"10.0.0.0/8"},{"DestinationCidrBlock":"0.0.0.0/0"}]}`, `[{"op":"remove","path":"/Routes/0.0.0.0~10"}]`, `{"Routes":[{"DestinationCidrBlock":"10.0.0.0/8"}]}`},
		{"an id after its list has moved", `{"G":[{"Id":"a"},{"Id":"b","l":[]}]}`, `[{"op":"move","from":"/G/a","path":"/G/b/l/0"}]`, `{"G":[{"Id":"b","l":[{"Id":"a"}]}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := proposal.Edit(tt.document, tt.operations)
			if got != tt.want || err != nil {
				t.Errorf("%s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

// A bad patch is named by its file, its line, its field.
func TestBadOperations(t *testing.T) {
	const groups = `{"Groups":[{"GroupId":"sg-a","VpcId":"vpc-1"},{"GroupId":"sg-b","VpcId":"vpc-1"}]}`
	tests := []struct{ name, operations, want string }{
		{"no list", `"add"`, "patch.json:1: want a list of RFC 6902 operations, or a policy document"},
		{"nothing", ``, "patch.json:1: want a list of RFC 6902 operations, or a policy document"},
		{"no JSON", "[\n {\"op\": add}]", "patch.json:2: not JSON: invalid character 'a' looking for beginning of value"},
		{"half", "[\n {\"op\": \"add\"", "patch.json:2: not complete: the JSON ends within a value"},
		{"no end", "[\n {\"op\": \"remove\", \"path\": \"/Groups\"}\n", "patch.json:3: not complete: the JSON ends within the list"},
		{"more", "[]\n[]", "patch.json:2: there is more after the list"},
		{"no operation", `[1]`, "patch.json:1: [0]: want an object, found a number"},
		{"another type", `[{"op": "add", "path": 7}]`, "patch.json:1: [0].path: want a string, found a number"},
		{"no op", "[\n\n{}]", "patch.json:3: [0].op: is missing"},
		{"another op", `[{"op": "set", "path": "/Groups"}]`, `patch.json:1: [0].op: "set" is none of: add, remove, replace, move, copy, test`},
		{"no path", `[{"op": "remove"}]`, "patch.json:1: [0].path: is missing"},
		{"no from", `[{"op": "move", "path": "/Groups"}]`, "patch.json:1: [0].from: is missing"},
		{"no value", `[{"op": "add", "path": "/Groups"}]`, "patch.json:1: [0].value: is missing"},
		{"the second", "[{\"op\": \"test\", \"path\": \"/Groups/0/GroupId\", \"value\": \"sg-a\"},\n{\"op\": \"remove\", \"path\": \"/Groups/2\"}]", "patch.json:2: [1].path: index 2 is past the end of the list, which has 2"},
		{"no slash", `[{"op": "remove", "path": "Groups"}]`, `patch.json:1: [0].path: "Groups" does not begin with a slash`},
		{"no such key", `[{"op": "remove", "path": "/Group"}]`, "patch.json:1: [0].path: there is no Group"},
		{"no such id", `[{"op": "remove", "path": "/Groups/sg-c"}]`, "patch.json:1: [0].path: sg-c is no index, and no element has it as its id"},
		{"two of an id", `[{"op": "remove", "path": "/Groups/vpc-1"}]`, "patch.json:1: [0].path: vpc-1 is an id of several elements: name one by its index"},
		{"a leading zero", `[{"op": "remove", "path": "/Groups/01"}]`, "patch.json:1: [0].path: 01 is no index"},
		{"past the end", `[{"op": "replace", "path": "/Groups/-", "value": 1}]`, "patch.json:1: [0].path: - is past the end of the list"},
		{"into a string", `[{"op": "add", "path": "/Groups/0/GroupId/x", "value": 1}]`, "patch.json:1: [0].path: x leads into what is neither an object nor a list"},
		{"from nowhere", `[{"op": "copy", "from": "/Nets", "path": "/Groups"}]`, "patch.json:1: [0].from: there is no Nets"},
		{"into itself", `[{"op": "move", "from": "/Groups", "path": "/Groups/0"}]`, "patch.json:1: [0].path: is within what is moved"},
		{"another value", `[{"op": "test", "path": "/Groups/sg-a/VpcId", "value": "vpc-2"}]`, "patch.json:1: [0].value: differs from what is at /Groups/sg-a/VpcId"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := proposal.Edit(groups, tt.operations); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// same compares networks as values.
var same = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty()}

// private is the lab's private pattern.
func private(t *testing.T) *vpc.Network {
	t.Helper()
	file, err := os.Open("../testdata/private.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var d vpc.Decoder
	if err := d.Decode(file.Name(), file); err != nil {
		t.Fatal(err)
	}
	return d.Network()
}

func apply(t *testing.T, n *vpc.Network, operations string) (proposal.Result, error) {
	t.Helper()
	c, err := proposal.Read("patch.json", []byte(operations))
	if err != nil {
		t.Fatal(err)
	}
	return c.Apply(n)
}

func TestANetworkAfterAChange(t *testing.T) {
	n := private(t)
	i := slices.IndexFunc(n.SecurityGroups, func(g vpc.SecurityGroup) bool { return len(g.IPPermissions) > 0 })
	group := n.SecurityGroups[i].GroupID
	got, err := apply(t, n, `[{"op": "replace", "path": "/SecurityGroups/`+group+`/IpPermissions", "value": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}]}]`)
	if err != nil {
		t.Fatal(err)
	}
	var want []vpc.Change
	for _, c := range vpc.Diff(private(t), got.Network) {
		want = append(want, c)
		if c.Component != group || c.Field != "IpPermissions" {
			t.Errorf("%+v, want changes of the inbound rules of %s alone", c, group)
		}
	}
	if len(want) == 0 || !slices.ContainsFunc(want, func(c vpc.Change) bool { return c.To == "tcp 22 192.0.2.0/24" }) {
		t.Errorf("%+v, want the new rule", want)
	}
	if diff := cmp.Diff(private(t), n, same); diff != "" {
		t.Errorf("the network itself has changed (-want +got):\n%s", diff)
	}
}

// Nothing is lost on the way: what was read, and what was read in part.
func TestAnEmptyChange(t *testing.T) {
	n := private(t)
	delete(n.Read, "VpcEndpoints") // one page of several
	got, err := apply(t, n, `[]`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(n, got.Network, same); diff != "" || got.Ignored != nil {
		t.Errorf("ignored %v (-want +got):\n%s", got.Ignored, diff)
	}
}

// What nobody understands has no effect, and is said.
func TestIgnoredFields(t *testing.T) {
	got, err := apply(t, private(t), `[
		{"op": "add", "path": "/SecurityGroups/0/IpPermissions/-", "value": {"IpProtcol": "tcp", "fromport": 1, "ToPort": 2, "Note": null}},
		{"op": "add", "path": "/SecurityGroupz", "value": [{"GroupId": "sg-1"}]}]`)
	want := []string{"/SecurityGroups/IpPermissions/IpProtcol", "/SecurityGroupz", "/SecurityGroupz/GroupId"}
	if diff := cmp.Diff(want, got.Ignored); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAValueOfAnotherType(t *testing.T) {
	_, err := apply(t, private(t), "[{\"op\": \"test\", \"path\": \"/SecurityGroups/0/GroupId\", \"value\": \""+private(t).SecurityGroups[0].GroupID+"\"},\n"+
		`{"op": "add", "path": "/SecurityGroups/0/IpPermissions/0", "value": {"FromPort": "https"}}]`)
	if err == nil || !strings.HasPrefix(err.Error(), "patch.json:2: [1].value: SecurityGroups[0].IpPermissions") {
		t.Errorf("%v", err)
	}
}

func TestAPolicyInThePlaceOfAnother(t *testing.T) {
	n := private(t)
	runtime, endpoint := n.ResourcePolicies[0].ResourceARN, n.Endpoints[0].VpcEndpointID
	policy := func(resource string) string {
		return `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "` + resource + `"}}`
	}
	tests := []struct{ name, resource, policy, want string }{
		{"an endpoint's", endpoint, policy("*"), endpoint + " PolicyDocument"},
		{"a runtime's", runtime, policy("*"), runtime + " policy.Statement"},
		{"a runtime's by its statement", "", policy(runtime), runtime + " policy.Statement"},
		{"nobody's", "", policy("*"), "policy.json: Statement: whose policy is it? its statements name none of the runtimes"},
		{"an unknown resource's", "vpce-0dead", policy("*"), "policy.json: vpce-0dead is no VPC endpoint, runtime or runtime endpoint in the inventory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := proposal.ReadPolicy("policy.json", tt.resource, []byte(tt.policy))
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Apply(n)
			if err != nil {
				if err.Error() != tt.want {
					t.Errorf("got  %v\nwant %s", err, tt.want)
				}
				return
			}
			for _, change := range vpc.Diff(private(t), got.Network) {
				if text := change.Component + " " + change.Field; !strings.HasPrefix(text, tt.want) {
					t.Errorf("%s, want %s alone", text, tt.want)
				}
			}
		})
	}
	if _, err := proposal.ReadPolicy("policy.json", "", []byte("{\n\"Version\": }")); err == nil || !strings.HasPrefix(err.Error(), "policy.json:2: not JSON") {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(private(t), n, same); diff != "" {
		t.Errorf("the network itself has changed (-want +got):\n%s", diff)
	}
}
