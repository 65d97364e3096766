package iam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Request is what is asked for.
type Request struct {
	Principal Principal
	Action    string              // such as ec2:DescribeVpcs
	Resource  string              // ARN, or "*" for actions without one
	Account   string              // that owns the resource
	Context   map[string][]string // condition keys, any case; aws:PrincipalArn and aws:PrincipalAccount are added
	// Admitted is an anonymous caller that something other than IAM lets in,
	// such as a bearer token, unless a resource policy stands in the way.
	Admitted bool
}

// Policies are the policies that a request is judged by. A nil list of a cap
// (every layer but Identity and Resource) caps nothing; an empty one allows
// nothing.
type Policies struct {
	ServiceControl  []Document
	ResourceControl []Document // explicit denials only count
	Endpoint        []Document // of the VPC endpoint that the request came through
	Resource        []Document
	Identity        []Document
	Boundary        []Document
	Session         []Document
}

// Layer is a kind of policy as AWS's denials name it.
type Layer string

// The layers ("Troubleshoot access denied error messages", IAM User Guide).
const (
	LayerServiceControl  Layer = "service control policy"
	LayerResourceControl Layer = "resource control policy"
	LayerEndpoint        Layer = "VPC endpoint policy"
	LayerResource        Layer = "resource-based policy"
	LayerIdentity        Layer = "identity-based policy"
	LayerBoundary        Layer = "permissions boundary"
	LayerSession         Layer = "session policy"
)

// Denial says which layer denied a request, and how.
type Denial struct {
	Layer     Layer
	Explicit  bool
	PolicyARN string // of the policy with the explicit deny; "" where it has none
	Principal string
	Action    string
	Resource  string
}

// Evaluate returns nil for an allowed request.
//
// An explicit deny in any layer wins; then each cap must allow; then, within
// one account, an identity or a resource-based policy must allow, and across
// accounts both ("Policy evaluation logic", IAM User Guide). Which of several
// denying layers is reported is not documented: the order here is a belief.
func Evaluate(r Request, p Policies) *Denial {
	r.Context = lowered(r)
	layers := []struct {
		layer     Layer
		documents []Document
	}{
		{LayerServiceControl, p.ServiceControl}, {LayerResourceControl, p.ResourceControl}, {LayerEndpoint, p.Endpoint},
		{LayerResource, p.Resource}, {LayerIdentity, p.Identity}, {LayerBoundary, p.Boundary}, {LayerSession, p.Session},
	}
	for _, l := range layers {
		if d, denied := explicitDeny(l.documents, r); denied {
			return r.denial(l.layer, true, d.ARN)
		}
	}
	for _, l := range []struct {
		layer     Layer
		documents []Document
	}{{LayerServiceControl, p.ServiceControl}, {LayerEndpoint, p.Endpoint}} {
		if l.documents != nil && allowed(l.documents, r) == reachNone {
			return r.denial(l.layer, false, "")
		}
	}
	return grant(r, p)
}

// grant judges the layers that can grant, and the caps on what identity
// policies grant.
func grant(r Request, p Policies) *Denial {
	byIdentity := allowed(p.Identity, r) != reachNone
	byResource := allowed(p.Resource, r)
	sameAccount := r.Account == "" || r.Account == r.Principal.Account
	if r.Principal.Anonymous {
		if byResource == reachNone && (!r.Admitted || len(p.Resource) > 0) {
			return r.denial(LayerResource, false, "")
		}
		return nil
	}
	switch {
	case !sameAccount && byResource == reachNone:
		return r.denial(LayerResource, false, "")
	case !byIdentity && (!sameAccount || byResource <= reachAccount):
		return r.denial(LayerIdentity, false, "")
	}
	direct := sameAccount && byResource == reachSelf
	for _, c := range []struct {
		layer     Layer
		documents []Document
	}{{LayerBoundary, p.Boundary}, {LayerSession, p.Session}} {
		if c.documents != nil && !direct && allowed(c.documents, r) == reachNone {
			return r.denial(c.layer, false, "")
		}
	}
	return nil
}

func (r Request) denial(layer Layer, explicit bool, arn string) *Denial {
	who := r.Principal.ARN
	if r.Principal.Anonymous {
		who = "anonymous"
	}
	return &Denial{Layer: layer, Explicit: explicit, PolicyARN: arn, Principal: who, Action: r.Action, Resource: r.Resource}
}

func lowered(r Request) map[string][]string {
	out := map[string][]string{
		"aws:principalarn":     {r.Principal.policyARN()},
		"aws:principalaccount": {r.Principal.Account},
	}
	if r.Principal.Anonymous {
		clear(out)
	}
	for key, values := range maps.All(r.Context) {
		out[strings.ToLower(key)] = values
	}
	return out
}

func explicitDeny(documents []Document, r Request) (Document, bool) {
	for _, d := range documents {
		for _, s := range d.Statements {
			if s.deny && s.applies(r) != reachNone {
				return d, true
			}
		}
	}
	return Document{}, false
}

// allowed returns the closest reach of a statement that allows.
func allowed(documents []Document, r Request) reach {
	best := reachNone
	for _, d := range documents {
		for _, s := range d.Statements {
			if !s.deny {
				best = max(best, s.applies(r))
			}
		}
	}
	return best
}

func (s statement) applies(r Request) reach {
	who := reachSelf
	if s.principals != nil {
		who = reachOf(s.principals, r.Principal)
	}
	matchAction := func(pattern string) bool { return wild(strings.ToLower(pattern), strings.ToLower(r.Action)) }
	matchResource := func(pattern string) bool { return wild(pattern, r.Resource) }
	if who == reachNone || !matches(s.actions, s.notActions, matchAction) || !matches(s.resources, s.notResources, matchResource) {
		return reachNone
	}
	for _, c := range s.conditions {
		if !c.holds(r.Context[c.key]) {
			return reachNone
		}
	}
	return who
}

func matches(in, notIn []string, match func(string) bool) bool {
	if len(in) > 0 {
		return slices.ContainsFunc(in, match)
	}
	return !slices.ContainsFunc(notIn, match)
}

// Because is the part of AWS's sentence that names the layer.
func (d *Denial) Because() string {
	if !d.Explicit {
		return fmt.Sprintf("no %s allows the %s action", d.Layer, d.Action)
	}
	layer, article := string(d.Layer), "a"
	switch d.Layer {
	case LayerIdentity:
		article = "an"
	case LayerSession:
		layer = "sessions policy"
	}
	text := fmt.Sprintf("with an explicit deny in %s %s", article, layer)
	if d.PolicyARN != "" {
		text += ": " + d.PolicyARN
	}
	return text
}

// Error is AWS's sentence. Actions without a resource leave it out.
func (d *Denial) Error() string {
	resource := ""
	if d.Resource != "" && d.Resource != "*" {
		resource = " on resource: " + d.Resource
	}
	if d.Layer == LayerTrust {
		return "User: " + d.Principal + " is not authorized to perform: " + d.Action + resource
	}
	joint := " because "
	if d.Explicit {
		joint = " "
	}
	return "User: " + d.Principal + " is not authorized to perform: " + d.Action + resource + joint + d.Because()
}
