package vpc_test

import "testing"

// What another account shares is told in part; what a role there reads tells the rest
// ("Share your VPC subnets with other accounts", Amazon VPC User Guide).
func TestSharer(t *testing.T) {
	const (
		caller = `{"UserId": "AROA:me", "Account": "123456789012", "Arn": "arn:aws:sts::123456789012:assumed-role/probe/me"}`
		shared = `{"Vpcs": [{"VpcId": "vpc-1", "OwnerId": "210987654321"}, {"VpcId": "vpc-2", "OwnerId": "123456789012"}], "VpcEndpoints": []}`
		ours   = `{"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "OwnerId": "123456789012"}]}`
		theirs = `{"NetworkInterfaces": [{"NetworkInterfaceId": "eni-2", "OwnerId": "210987654321"}]}`
	)
	for _, tt := range []struct {
		name      string
		documents []string
		sharer    string
	}{
		{"a participant", []string{caller, shared, ours}, "210987654321"},
		{"a role of the owner's", []string{caller, shared, ours, theirs}, ""},
		{"who asked is not known", []string{shared, ours}, ""},
	} {
		n, ignored := decode(t, tt.documents...)
		x := n.Index()
		if got := x.Sharer("vpc-1"); got != tt.sharer || x.Sharer("vpc-2") != "" || x.ListsEndpoints() != (tt.sharer == "") || len(ignored) > 0 {
			t.Errorf("%s: %q and %q, endpoints are listed: %v; ignored %v", tt.name, got, x.Sharer("vpc-2"), x.ListsEndpoints(), ignored)
		}
	}
}
