package aws

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/agentcore"
	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/tree"
)

var accountInARN = regexp.MustCompile(`^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):`)

// parsed reads policies; an empty text is skipped.
func parsed(kind iam.Kind, texts ...string) ([]iam.Document, error) {
	documents := []iam.Document{}
	for _, text := range texts {
		if text == "" {
			continue
		}
		d, err := iam.Parse(text, kind)
		if err != nil {
			return nil, err
		}
		documents = append(documents, d)
	}
	return documents, nil
}

// capped reads a policy that caps: nil where there is none.
func capped(kind iam.Kind, text string) ([]iam.Document, error) {
	if text == "" {
		return nil, nil
	}
	return parsed(kind, text)
}

// policies collects what a caller's requests are judged by; the resource's own
// policy is added by each request.
func (p principal) policies(doc tree.Object, a Arrival, turn int64) (iam.Policies, error) {
	var out iam.Policies
	var err error
	if out.Identity, err = parsed(iam.KindIdentity, p.identity...); err != nil {
		return out, fmt.Errorf("identity policy of %s: %w", p.ARN, err)
	}
	if out.Boundary, err = capped(iam.KindIdentity, p.boundary); err != nil {
		return out, fmt.Errorf("permissions boundary of %s: %w", p.ARN, err)
	}
	if out.Session, err = capped(iam.KindIdentity, p.session); err != nil {
		return out, fmt.Errorf("session policy of %s: %w", p.ARN, err)
	}
	if out.ServiceControl, err = p.organization(doc); err != nil {
		return out, err
	}
	if a.Endpoint == "" {
		return out, nil
	}
	if out.Endpoint, err = capped(iam.KindResource, endpointPolicy(doc, a.Endpoint, turn)); err != nil {
		return out, fmt.Errorf("policy of %s: %w", a.Endpoint, err)
	}
	return out, nil
}

// organization is what caps the principals of the world's account ("Service
// control policies", AWS Organizations): nobody with a token, and nobody of
// another account.
func (p principal) organization(doc tree.Object) ([]iam.Document, error) {
	texts := tree.Strings(tree.Child(tree.Child(doc, "Lab"), "Organization"), "ServiceControlPolicies")
	if len(texts) == 0 || p.Anonymous || p.Account != tree.Account(doc) {
		return nil, nil
	}
	all, err := parsed(iam.KindIdentity, texts...)
	if err != nil {
		return nil, fmt.Errorf("service control policy: %w", err)
	}
	return all, nil
}

// resourceControl are the resource control policies that hold for a resource
// of an account ("Resource control policies", AWS Organizations).
func resourceControl(doc tree.Object, owner string) ([]iam.Document, error) {
	texts := tree.Strings(tree.Child(tree.Child(doc, "Lab"), "Organization"), "ResourceControlPolicies")
	if owner != tree.Account(doc) {
		return nil, nil
	}
	all, err := parsed(iam.KindResource, texts...)
	if err != nil {
		return nil, fmt.Errorf("resource control policy: %w", err)
	}
	return all, nil
}

// endpointPolicy is the text that judges the request with this number: while
// an edit settles, some are judged by the policy before.
func endpointPolicy(doc tree.Object, id string, turn int64) string {
	for _, u := range tree.Objects(tree.Child(doc, "Lab"), "Unsettled") {
		every, err := strconv.ParseInt(tree.Text(u, "Every"), 10, 64)
		if tree.Text(u, "VpcEndpointId") == id && err == nil && every > 0 && turn%every == 0 {
			return tree.Text(u, "Before")
		}
	}
	endpoint, _ := tree.Find(doc, "VpcEndpoints", "VpcEndpointId", id)
	return tree.Text(endpoint, "PolicyDocument")
}

// authorizer judges the actions of one request.
func authorizer(x *exchange, p principal) (agentcore.Authorize, error) {
	base, err := p.policies(x.doc, x.arrival, x.turn)
	if err != nil {
		return nil, err
	}
	context, err := x.context(p)
	if err != nil {
		return nil, err
	}
	return func(action, resource, resourcePolicy string) error {
		x.call.Actions = append(x.call.Actions, action)
		x.resource = cmp.Or(x.resource, resource)
		owner, err := accountOf(resource)
		if err != nil {
			owner = p.Account
		}
		if base.ResourceControl, err = resourceControl(x.doc, owner); err != nil {
			return err
		}
		request := iam.Request{Principal: p.Principal, Action: action, Resource: resource, Account: owner, Context: context, Admitted: p.admitted}
		denial, err := judge(request, base, resourcePolicy)
		if denial != nil {
			return denied(x.protocol, denial)
		}
		return err
	}, nil
}

// judge evaluates a request with the policy of its resource.
func judge(r iam.Request, policies iam.Policies, resourcePolicy string) (*iam.Denial, error) {
	var err error
	if policies.Resource, err = parsed(iam.KindResource, resourcePolicy); err != nil {
		return nil, fmt.Errorf("policy of %s: %w", r.Resource, err)
	}
	r.Context["aws:ResourceAccount"] = []string{r.Account}
	return iam.Evaluate(r, policies), nil
}

// context holds the condition keys of a request ("AWS global condition context
// keys", IAM User Guide): through an endpoint its VPC, its id and the private
// address; otherwise the public address.
func (x *exchange) context(p principal) (map[string][]string, error) {
	source, err := netip.ParseAddrPort(x.r.RemoteAddr)
	if err != nil {
		return nil, fmt.Errorf("source address: %w", err)
	}
	kind := "User"
	if p.Role != "" {
		kind = "AssumedRole"
	} else if p.Anonymous {
		kind = "Anonymous"
	}
	out := map[string][]string{
		"aws:SecureTransport":       {strconv.FormatBool(x.r.TLS != nil)},
		"aws:CurrentTime":           {x.call.At.UTC().Format(time.RFC3339)},
		"aws:RequestedRegion":       {tree.Region(x.doc)},
		"aws:PrincipalType":         {kind},
		"aws:userid":                {p.userID},
		"aws:PrincipalIsAWSService": {"false"},
		"aws:ViaAWSService":         {"false"},
	}
	address := []string{source.Addr().Unmap().String()}
	a := x.arrival
	if a.Endpoint == "" {
		out["aws:SourceIp"] = address
		return out, nil
	}
	out["aws:SourceVpce"], out["aws:SourceVpc"], out["aws:VpcSourceIp"] = []string{a.Endpoint}, []string{a.VPC}, address
	return out, nil
}
