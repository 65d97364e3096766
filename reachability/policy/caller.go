package policy

import (
	"net/netip"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// Caller is who invokes a runtime, and from where. Empty fields are not known.
type Caller struct {
	Principal   string     // IAM ARN that signs, as sts GetCallerIdentity answers it
	Account     string     // the principal's; taken from its ARN when empty
	Endpoint    string     // VPC endpoint the call goes through; the path's when empty
	VPC         string     // where the caller itself sits; the path's source decides where the inventory has it
	SourceIP    netip.Addr // public path: the address that AWS sees (the NAT gateway's)
	VpcSourceIP netip.Addr // private path: the caller's own address
	Action      string     // InvokeAction when empty
}

// InvokeAction is the IAM action of an invocation.
const InvokeAction = "bedrock-agentcore:InvokeAgentRuntime"

// call is one invocation as policies see it.
type call struct {
	network *vpc.Index
	path    netpath.Path
	caller  Caller

	endpoint *vpc.Endpoint // nil on the public path, or when it isn't in the inventory
	runtime  *vpc.Runtime  // nil when it isn't in the inventory
	oauth    bool          // the runtime takes bearer tokens: IAM does not know the caller
	account  string        // the runtime's
	region   string        // ditto
}

func newCall(x *vpc.Index, p netpath.Path, c Caller) call {
	k := call{network: x, path: p, caller: c, runtime: x.Runtime(p.Target.RuntimeARN)}
	if k.caller.Action == "" {
		k.caller.Action = InvokeAction
	}
	if k.caller.Account == "" {
		k.caller.Account = parseIdentity(c.Principal).account
	}
	if fields := strings.SplitN(p.Target.RuntimeARN, ":", 6); len(fields) == 6 {
		k.region, k.account = fields[3], fields[4]
	}
	if k.runtime != nil {
		auth := k.runtime.AuthorizerConfiguration
		k.oauth = auth != nil && auth.CustomJWTAuthorizer != nil
	}
	if len(p.Source.ENIs) > 0 {
		if eni := x.Interface(p.Source.ENIs[0]); eni != nil {
			k.caller.VPC = eni.VpcID
		}
	}
	if p.Route != netpath.RoutePrivate {
		k.caller.Endpoint = ""
		return k
	}
	if k.caller.Endpoint == "" {
		k.caller.Endpoint = p.Target.Endpoint
	}
	k.endpoint = x.Endpoint(k.caller.Endpoint)
	return k
}

// resources are the ARNs whose policies are evaluated for a call: the runtime
// and its endpoint ("Resource-based policies for Amazon Bedrock AgentCore").
func (k call) resources() []string {
	return []string{k.path.Target.RuntimeARN, k.runtimeEndpointARN()}
}

func (k call) runtimeEndpointARN() string {
	if e := k.runtimeEndpoint(); e != nil && e.ARN != "" {
		return e.ARN
	}
	return k.path.Target.RuntimeARN + "/runtime-endpoint/" + k.qualifier()
}

func (k call) qualifier() string {
	if k.path.Target.Qualifier == "" {
		return vpc.DefaultEndpoint
	}
	return k.path.Target.Qualifier
}

func (k call) runtimeEndpoint() *vpc.RuntimeEndpoint {
	for _, e := range k.network.RuntimeEndpointsOf(k.path.Target.RuntimeARN) {
		if e.Name == k.qualifier() {
			return e
		}
	}
	return nil
}

// request is the call as the policies of resource see it. Through an endpoint
// aws:SourceVpce, aws:SourceVpc (the endpoint's VPC, not the caller's) and
// aws:VpcSourceIp are there and aws:SourceIp is not; on the public path it is
// the other way round ("AWS global condition context keys").
func (k call) request(resource string) Request {
	ctx := map[string][]string{
		"aws:SecureTransport":       {"true"},
		"aws:ViaAWSService":         {"false"},
		"aws:PrincipalIsAWSService": {"false"},
		"aws:PrincipalServiceName":  nil, // this and the next three go with calls that a service makes
		"aws:SourceArn":             nil,
		"aws:SourceAccount":         nil,
		"aws:CalledVia":             nil,
	}
	set(ctx, "aws:RequestedRegion", k.region)
	set(ctx, "aws:ResourceAccount", k.account)
	if k.path.Route == netpath.RoutePrivate {
		ctx["aws:SourceIp"] = nil
		set(ctx, "aws:SourceVpce", k.caller.Endpoint)
		set(ctx, "aws:VpcSourceIp", address(k.caller.VpcSourceIP))
		if k.endpoint != nil {
			set(ctx, "aws:SourceVpc", k.endpoint.VpcID)
		}
	} else {
		ctx["aws:SourceVpce"], ctx["aws:SourceVpc"], ctx["aws:VpcSourceIp"] = nil, nil, nil
		set(ctx, "aws:SourceIp", address(k.caller.SourceIP))
	}
	principal := k.caller.Principal
	if k.oauth {
		principal = ""
	} else if principal != "" {
		set(ctx, "aws:PrincipalAccount", k.caller.Account)
	}
	return Request{Principal: principal, Action: k.caller.Action, Resource: resource, Context: ctx}
}

// set states a key whose value is known.
func set(ctx map[string][]string, key, value string) {
	if value != "" {
		ctx[key] = []string{value}
	}
}

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// facts are what every judgement of this call says about it.
func (k call) facts() netpath.Facts {
	f := netpath.Facts{
		"region":      k.region,
		"runtime":     k.path.Target.RuntimeARN,
		"runtime_arn": k.path.Target.RuntimeARN,
		"action":      k.caller.Action,
		"principal":   k.caller.Principal,
		"endpoint":    k.caller.Endpoint,
		"source_ip":   address(k.caller.SourceIP),
	}
	if k.path.Route == netpath.RoutePrivate {
		f["source_ip"] = address(k.caller.VpcSourceIP)
	}
	if k.oauth {
		f["principal"] = "*"
	}
	for name, value := range f {
		if value == "" {
			delete(f, name)
		}
	}
	return f
}
