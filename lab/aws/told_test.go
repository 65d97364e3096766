package aws_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/world"
)

// Each account is told of its own VPCs and of those that are shared with it ("Share
// your VPC subnets with other accounts", Amazon VPC User Guide), and of its own
// transit gateways' route tables ("Work with shared transit gateways").
func TestWhatAnAccountIsTold(t *testing.T) {
	w, err := world.Healthy("hub")
	if err != nil {
		t.Fatal(err)
	}
	const agents, hub, tables = "vpc-0d657100cb5d40f02", "vpc-0b7e6d15c92a4f038", "tgw-rtb-0e5c8b2f7d1a96430"
	w, err = w.Patch(json.RawMessage(`[{"op":"replace","path":"/TransitGateways/0/OwnerId","value":"210987654321"},
		{"op":"add","path":"/Lab/Accounts","value":[{"Id":"210987654321","VpcIds":["` + hub + `"]},{"Id":"333344445555","VpcIds":[]}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	for account, want := range map[string][]string{"123456789012": {agents}, "210987654321": {agents, hub, tables}, "333344445555": nil} {
		changed, err := w.Patch(json.RawMessage(`[{"op":"replace","path":"/Lab/Principals/1/Arn","value":"arn:aws:iam::` + account + `:user/operator"}]`))
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, action := range []string{"DescribeVpcs", "DescribeTransitGatewayRouteTables"} {
			body := "Action=" + action + "&Version=2016-11-15"
			r := httptest.NewRequest(http.MethodPost, "https://ec2.us-east-1.amazonaws.com/", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			p, _ := changed.Lab().Principal("operator")
			sum := sha256.Sum256([]byte(body))
			if err := v4.NewSigner().SignHTTP(t.Context(), sdk.Credentials{AccessKeyID: p.AccessKeyId, SecretAccessKey: p.SecretAccessKey}, r, hex.EncodeToString(sum[:]), "ec2", "us-east-1", noon); err != nil {
				t.Fatal(err)
			}
			said += ask(serving(changed), aws.ServiceEC2, aws.Arrival{}, r).Body.String()
		}
		got := slices.DeleteFunc([]string{agents, hub, tables}, func(id string) bool { return !strings.Contains(said, id) })
		if diff := cmp.Diff(want, got, cmp.Transformer("none", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
			t.Errorf("%s is told (-want +got):\n%s", account, diff)
		}
	}
}
