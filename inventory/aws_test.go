package inventory_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
)

const theRuntime = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-Ab3dEf6hIj"

func TestCollect(t *testing.T) {
	s := newFakeAWS(t).collect(t, nil)
	if len(s.Unread) != 0 || len(s.Ignored) != 0 {
		t.Errorf("unread %v, ignored %v", s.Unread, s.Ignored)
	}
	var names []string
	for _, d := range s.Documents {
		names = append(names, d.Name)
	}
	want := strings.Fields(`describe-db-cluster-endpoints.json describe-db-clusters.json describe-db-instances.json describe-db-proxies.json
		describe-db-proxy-endpoints.json describe-db-proxy-targets.json describe-db-subnet-groups.json describe-dhcp-options.json describe-internet-gateways.json
		describe-managed-prefix-lists.json describe-nat-gateways.json describe-network-acls.json describe-network-interfaces.json describe-prefix-lists.json describe-route-tables.json
		describe-security-group-rules.json describe-security-group-vpc-associations.json describe-security-groups.json describe-subnets.json
		describe-vpc-attribute-vpc-0a1b2c3d4e5f60001-enableDnsHostnames.json describe-vpc-attribute-vpc-0a1b2c3d4e5f60001-enableDnsSupport.json
		describe-vpc-block-public-access-exclusions.json describe-vpc-block-public-access-options.json
		describe-vpc-endpoint-services.json describe-vpc-endpoints.json describe-vpcs.json get-agent-runtime-endpoint-support-Ab3dEf6hIj-DEFAULT.json get-agent-runtime-support-Ab3dEf6hIj.json
		get-caller-identity.json get-managed-prefix-list-entries.json get-resource-policy.json list-agent-runtime-endpoints.json list-agent-runtimes.json`)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	x := s.Network.Index()
	ranges, _ := x.PrefixListRanges("pl-0a1b2c3d4e5f60001")
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"source", s.Source, "AWS us-east-1"},
		{"principal", s.Principal, "arn:aws:sts::123456789012:assumed-role/probe/sidecar"},
		{"account", s.Account, "123456789012"},
		{"region", s.Network.Region, "us-east-1"},
		{"vpc", x.VPC("vpc-0a1b2c3d4e5f60001").CidrBlock.String(), "10.0.0.0/16"},
		{"dns support", x.Attributes("vpc-0a1b2c3d4e5f60001").EnableDNSSupport.Value, true},
		{"dns host names", x.Attributes("vpc-0a1b2c3d4e5f60001").EnableDNSHostnames.Value, false},
		{"free addresses", *x.Subnet("subnet-0a1b2c3d4e5f6a001").AvailableIPAddressCount, 240},
		{"egress port", *x.SecurityGroup("sg-0a1b2c3d4e5f6a001").IPPermissionsEgress[0].FromPort, 5432},
		{"egress group", x.SecurityGroup("sg-0a1b2c3d4e5f6a001").IPPermissionsEgress[0].UserIDGroupPairs[0].GroupID, "sg-0a1b2c3d4e5f6d001"},
		{"all ports", x.SecurityGroup("sg-0a1b2c3d4e5f6a001").IPPermissionsEgress[1].FromPort == nil, true},
		{"prefix list", ranges, []string{"192.0.2.0/24"}},
		{"type outside of the SDK's enumeration", x.Interface("eni-0a1b2c3d4e5f6a001").InterfaceType, "agentic_ai"},
		{"endpoint policy", strings.HasPrefix(x.Endpoint("vpce-0a1b2c3d4e5f60001").PolicyDocument, `{"Statement"`), true},
		{"database", x.DBInstance("orders").Endpoint.Port, 5432},
		{"runtime's groups", x.Runtime("support").NetworkConfiguration.NetworkModeConfig.SecurityGroups, []string{"sg-0a1b2c3d4e5f6a001"}},
		{"policy of the runtime", x.Policy(theRuntime) != nil, true},
		{"policy of its endpoint", x.Policy(theRuntime+"/runtime-endpoint/DEFAULT") != nil, true},
		{"no internet gateway, and read", len(s.Network.InternetGateways) == 0 && s.Network.Has("InternetGateways"), true},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A server may close a connection that it keeps whenever it likes, also when the
// next request is on its way (RFC 9112, 9.3.1): that leaves nothing unread.
func TestConnectionsThatTheServerClosed(t *testing.T) {
	f := newFakeAWS(t)
	type requests struct{}
	kept := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["X-Idempotency-Key"] != nil {
			t.Error("the mark for net/http is sent")
		}
		if r.Context().Value(requests{}).(*atomic.Int32).Add(1) > 1 {
			panic(http.ErrAbortHandler) // the connection ends without an answer
		}
		f.serve(w, r)
	}))
	kept.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, requests{}, new(atomic.Int32))
	}
	kept.Start()
	t.Cleanup(kept.Close)
	s := f.collect(t, func(a *inventory.AWS) {
		a.Config.BaseEndpoint, a.HTTPClient = aws.String(kept.URL), kept.Client()
		a.Config.Retryer = nil
	})
	if len(s.Unread) != 0 {
		t.Errorf("unread %v", s.Unread)
	}
}

func TestCollectKeepsNoSecret(t *testing.T) {
	f := newFakeAWS(t)
	f.overrides["DescribeRouteTables"] = routesTo // the VPN's keys among them
	s := f.collect(t, nil)
	for _, d := range s.Documents {
		for _, secret := range []string{theKey, theSecret, theToken, "hunter2"} {
			if bytes.Contains(d.JSON, []byte(secret)) {
				t.Errorf("%s holds %q", d.Name, secret)
			}
		}
	}
}

func TestCollectPages(t *testing.T) {
	f := newFakeAWS(t)
	f.overrides["DescribeSubnets"] = func(w http.ResponseWriter, r *http.Request) {
		n, next := 1, "<nextToken>second</nextToken>"
		if formOf(r).Get("NextToken") == "second" {
			n, next = 2, ""
		}
		fmt.Fprintf(w, `<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-%d</subnetId><vpcId>vpc-0a1b2c3d4e5f60001</vpcId></item></subnetSet>%s</DescribeSubnetsResponse>`, n, next)
	}
	f.overrides["ListAgentRuntimes"] = func(w http.ResponseWriter, r *http.Request) {
		next := `,"nextToken":"second"`
		if r.URL.Query().Get("nextToken") == "second" {
			next = ""
		}
		fmt.Fprintf(w, `{"agentRuntimes":[{"agentRuntimeArn":%q,"agentRuntimeId":"support-Ab3dEf6hIj"}]%s}`, theRuntime, next)
	}
	s := f.collect(t, nil)
	if !s.Network.Has("Subnets") || len(s.Network.Subnets) != 2 {
		t.Errorf("subnets %v", s.Network.Subnets)
	}
	if got := f.called("ListAgentRuntimes"); got != 2 || !s.Network.Has("agentRuntimes") {
		t.Errorf("%d calls of ListAgentRuntimes, read %v", got, s.Network.Read)
	}
}

func formOf(r *http.Request) url.Values {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	return form
}

func TestCollectEndsEndlessPaging(t *testing.T) {
	f := newFakeAWS(t)
	f.overrides["DescribeSubnets"] = text(200, `<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-1</subnetId></item></subnetSet><nextToken>again</nextToken></DescribeSubnetsResponse>`)
	s := f.collect(t, func(c *inventory.AWS) { c.Runtimes = []string{"none"} })
	if s.Network.Has("Subnets") || len(s.Network.Subnets) != 1 {
		t.Errorf("Has %v, %d subnets", s.Network.Has("Subnets"), len(s.Network.Subnets))
	}
	if u := find(s, "ec2:DescribeSubnets"); u.Failure != netpath.FailureMalformed || f.called("DescribeSubnets") > 4 {
		t.Errorf("unread %+v after %d calls", u, f.called("DescribeSubnets"))
	}
}

// find returns what is said of an unread action; the zero value if nothing is.
func find(s inventory.Snapshot, action string) inventory.Unread {
	for _, u := range s.Unread {
		if u.Action == action {
			return u
		}
	}
	return inventory.Unread{}
}

func TestCollectClassifiesFailures(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, "<DescribeVpcsResponse>")
	}
	huge := func(w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte(" "), 1<<20)
		for range 33 {
			w.Write(block)
		}
	}
	denied := "User: arn:aws:sts::123456789012:assumed-role/probe/sidecar is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action"
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   netpath.Failure
		reason string // a part of it
	}{
		{"denied", ec2Error(403, "UnauthorizedOperation", denied), netpath.FailureDenied, "no identity-based policy allows"},
		{"throttled", ec2Error(503, "RequestLimitExceeded", "Request limit exceeded."), netpath.FailureThrottled, "RequestLimitExceeded"},
		{"broken", text(500, "oops"), netpath.FailureServer, ""},
		{"hangs", hang, netpath.FailureTimeout, "no answer within 200ms"},
		{"not XML", text(200, strings.Repeat("\x00\xfe", 100)), netpath.FailureMalformed, ""},
		{"a proxy's page", text(403, "<html><body>Forbidden by proxy</body></html>"), netpath.FailureMalformed, ""},
		{"cut off", cut, netpath.FailureClosed, "closed"},
		{"huge", huge, netpath.FailureResponseTooLarge, "larger than 32 MiB"},
		{"nonsense", text(200, `<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>ten</cidrBlock></item></vpcSet></DescribeVpcsResponse>`), netpath.FailureMalformed, "Vpcs[0].CidrBlock"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeAWS(t)
			f.overrides["DescribeVpcs"] = tt.answer
			s := f.collect(t, func(c *inventory.AWS) {
				if tt.want == netpath.FailureTimeout {
					c.CallTimeout = 200 * time.Millisecond
				}
			})
			u := find(s, "ec2:DescribeVpcs")
			if u.Failure != tt.want || !strings.Contains(u.Reason, tt.reason) || strings.Contains(u.Reason, "\n") {
				t.Errorf("unread %+v, want %s", u, tt.want)
			}
			if len(s.Unread) != 1 || s.Network.Has("Vpcs") || !s.Network.Has("Subnets") {
				t.Errorf("unread %v, read %v", s.Unread, s.Network.Read)
			}
		})
	}
}

func TestCollectRetriesWhenThrottled(t *testing.T) {
	f := newFakeAWS(t)
	f.overrides["DescribeVpcs"] = func(w http.ResponseWriter, r *http.Request) {
		if f.called("DescribeVpcs") == 1 {
			ec2Error(503, "RequestLimitExceeded", "Request limit exceeded.")(w, r)
			return
		}
		canned("DescribeVpcs", "")(w, r)
	}
	s := f.collect(t, func(c *inventory.AWS) { c.Config.Retryer = eager })
	if len(s.Unread) != 0 || !s.Network.Has("Vpcs") {
		t.Errorf("unread %v", s.Unread)
	}
}

func TestCollectReadsWithASkewedClock(t *testing.T) {
	f := newFakeAWS(t)
	const layout = "20060102T150405Z"
	ahead := func() time.Time { return time.Now().UTC().Add(20 * time.Minute) }
	inner := f.Config.Handler
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", ahead().Format(http.TimeFormat))
		signed, err := time.Parse(layout, r.Header.Get("X-Amz-Date"))
		if err != nil || ahead().Sub(signed).Abs() > 5*time.Minute {
			ec2Error(400, "RequestExpired", "Request has expired.")(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	})
	s := f.collect(t, nil)
	if len(s.Unread) != 0 || !s.Network.Has("SecurityGroups") {
		t.Errorf("unread %v", s.Unread)
	}
	s = f.collect(t, func(c *inventory.AWS) { c.Config.DisableClockSkewCorrection = true })
	if u := find(s, "sts:GetCallerIdentity"); u.Facts["skew_seconds"] != "-1200" && u.Facts["skew_seconds"] != "-1199" {
		t.Errorf("unread %+v", u)
	}
}

func TestCollectDoesNotHammerWhenRefused(t *testing.T) {
	f := newFakeAWS(t)
	f.every(ec2Error(403, "AuthFailure", "AWS was not able to validate the provided access credentials"))
	s := f.collect(t, nil)
	if got := f.called("any"); got > 10 {
		t.Errorf("%d calls", got)
	}
	for _, action := range []string{"sts:GetCallerIdentity", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "rds:DescribeDBInstances", "bedrock-agentcore:ListAgentRuntimes"} {
		if find(s, action).Failure == "" {
			t.Errorf("%s is not listed as unread: %v", action, s.Unread)
		}
	}
}

func TestCollectWithoutCredentials(t *testing.T) {
	f := newFakeAWS(t)
	for name, provider := range map[string]aws.CredentialsProvider{
		"none":    nil,
		"refused": aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, fmt.Errorf("no role") }),
		"empty":   aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, nil }),
		"hangs": aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
			<-ctx.Done()
			return aws.Credentials{}, ctx.Err()
		}),
	} {
		t.Run(name, func(t *testing.T) {
			s := f.collect(t, func(c *inventory.AWS) {
				c.Config.Credentials, c.CallTimeout = provider, 50*time.Millisecond
			})
			if u := find(s, "ec2:DescribeVpcs"); u.Failure != netpath.FailureNoCredentials || len(f.calls) != 0 {
				t.Errorf("unread %+v, calls %v", u, f.calls)
			}
		})
	}
}

func TestCollectWithoutAWS(t *testing.T) {
	f := newFakeAWS(t)
	f.Close()
	s := f.collect(t, nil)
	if u := find(s, "ec2:DescribeVpcs"); u.Failure != netpath.FailureRefused {
		t.Errorf("unread %+v", u)
	}
	if s.Network == nil || len(s.Documents) != 0 || !s.CollectedAt.IsZero() || s.Region != "us-east-1" {
		t.Errorf("snapshot %+v", s)
	}
}

func TestCollectWithoutRegion(t *testing.T) {
	source := newFakeAWS(t).source()
	source.Config.Region = ""
	if _, err := source.Collect(context.Background()); err == nil {
		t.Error("no error")
	}
}

func TestCollectCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s, err := newFakeAWS(t).source().Collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range s.Unread {
		if u.Failure != netpath.FailureCancelled {
			t.Errorf("unread %+v", u)
		}
	}
}

func TestCollectNoPolicy(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"empty":     text(200, `{}`),
		"not found": restError(404, "ResourceNotFoundException", "no policy"),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeAWS(t)
			f.overrides["GetResourcePolicy"] = answer
			s := f.collect(t, nil)
			p := s.Network.Index().Policy(theRuntime)
			if p == nil || p.Policy != "" || !s.Network.Has("resourcePolicies") || len(s.Unread) != 0 {
				t.Errorf("policy %+v, unread %v", p, s.Unread)
			}
		})
	}
	f := newFakeAWS(t)
	f.overrides["GetResourcePolicy"] = restError(403, "AccessDeniedException", "User: u is not authorized to perform: bedrock-agentcore:GetResourcePolicy on resource: r because no identity-based policy allows the bedrock-agentcore:GetResourcePolicy action")
	s := f.collect(t, nil)
	if u := find(s, "bedrock-agentcore:GetResourcePolicy"); u.Failure != netpath.FailureDenied || u.Facts["resource"] != theRuntime {
		t.Errorf("unread %+v", u)
	}
	if s.Network.Index().Policy(theRuntime) != nil || s.Network.Has("resourcePolicies") {
		t.Error("a policy that was not read is known")
	}
}

func TestCollectFindsTheVPCOfRuntimes(t *testing.T) {
	f := newFakeAWS(t)
	f.overrides["DescribeNetworkInterfaces"] = func(w http.ResponseWriter, r *http.Request) {
		if formOf(r).Get("Filter.1.Name") == "addresses.private-ip-address" {
			text(200, `<DescribeNetworkInterfacesResponse><networkInterfaceSet/></DescribeNetworkInterfacesResponse>`)(w, r)
			return
		}
		canned("DescribeNetworkInterfaces", "")(w, r)
	}
	s := f.collect(t, func(c *inventory.AWS) { c.Local = []netip.Addr{netip.MustParseAddr("192.0.2.77")} })
	if s.Network.Index().VPC("vpc-0a1b2c3d4e5f60001") == nil || len(s.Unread) != 0 {
		t.Errorf("VPCs %v, unread %v", s.Network.VPCs, s.Unread)
	}
}

func TestActionsAreThoseThatAreCalled(t *testing.T) {
	f := newFakeAWS(t)
	f.overrides["DescribeRouteTables"] = routesTo
	f.collect(t, nil)
	listed := map[string]bool{}
	for _, action := range inventory.Actions() {
		_, operation, _ := strings.Cut(action, ":")
		listed[operation] = true
	}
	for operation := range f.calls {
		if !listed[operation] {
			t.Errorf("%s is called and not listed", operation)
		}
	}
}
