package aws_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/world"
)

// The healthy world of the pattern private: invoked through the endpoint, denied
// on the public path, and mended while it runs.
func TestHealthyPrivateWorld(t *testing.T) {
	healthy, err := world.Healthy("private")
	if err != nil {
		t.Fatal(err)
	}
	live := world.NewLive(healthy)
	services := aws.New(live, func() time.Time { return noon }, says(200, `{"result":"ok"}`))
	if err := services.Check(); err != nil {
		t.Fatal(err)
	}
	send := func(service, who, path, body string, a aws.Arrival) *httptest.ResponseRecorder {
		t.Helper()
		p, _ := live.World().Lab().Principal(who)
		r := httptest.NewRequest(http.MethodPost, "https://"+service+".us-east-1.amazonaws.com"+path, strings.NewReader(body))
		r.RemoteAddr = "192.0.2.10:40000"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		sum := sha256.Sum256([]byte(body))
		creds := sdk.Credentials{AccessKeyID: p.AccessKeyId, SecretAccessKey: p.SecretAccessKey, SessionToken: p.SessionToken}
		if err := v4.NewSigner().SignHTTP(context.Background(), creds, r, hex.EncodeToString(sum[:]), service, "us-east-1", noon); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		services.Handler(service, a).ServeHTTP(w, r)
		return w
	}
	endpoint := live.World().Network().Endpoints[0]
	private := aws.Arrival{Endpoint: endpoint.VpcEndpointID, VPC: endpoint.VpcID}
	runtime := live.World().Network().Runtimes[0]
	invoke := "/runtimes/" + url.PathEscape(runtime.ARN) + "/invocations"
	if w := send("bedrock-agentcore", "probe", invoke, "{}", private); w.Code != 200 {
		t.Errorf("through the endpoint: %d %s", w.Code, w.Body)
	}
	if w := send("bedrock-agentcore", "probe", invoke, "{}", aws.Arrival{}); w.Code != 403 || !strings.Contains(w.Body.String(), "with an explicit deny in a resource-based policy") {
		t.Errorf("public: %d %s", w.Code, w.Body)
	}
	told := 0
	live.Subscribe(func(*world.World) error { told++; return nil })
	group := live.World().Network().SecurityGroups[0].GroupID
	rule := "&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=8443&IpPermissions.1.ToPort=8443&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0%2F16"
	for _, action := range []string{"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"} {
		if w := send("ec2", "operator", "/", "Action="+action+"&Version=2016-11-15&GroupId="+group+rule, aws.Arrival{}); w.Code != 200 {
			t.Errorf("%s: %d %s", action, w.Code, w.Body)
		}
	}
	if told != 2 {
		t.Errorf("subscribers were told %d times", told)
	}
	if _, err := live.World().MarshalJSON(); err != nil {
		t.Error(err)
	}
}
