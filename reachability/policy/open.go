package policy

import (
	"fmt"
	"slices"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// Opening is a VPC endpoint by whose policy data can leave a VPC that has no
// other way out, with the path that leads to it.
type Opening struct {
	Path   netpath.Path
	Config netpath.Evidence
}

// Openings lists the endpoints for Amazon S3 on some paths by which an agent
// could write into anybody's bucket, where the paths say that nothing else leads
// out ("Control access to VPC endpoints using endpoint policies", AWS PrivateLink
// Guide: the default policy allows full access).
func Openings(x *vpc.Index, paths []netpath.Path) []Opening {
	isolated := slices.ContainsFunc(paths, func(p netpath.Path) bool {
		return p.Kind == netpath.KindEgress && p.Expect == netpath.ExpectUnreachable
	})
	if !isolated {
		return nil
	}
	var all []Opening
	for _, p := range paths {
		if e := x.Endpoint(p.Target.Endpoint); p.Target.Service == "s3" && e != nil && open(x, p, e) {
			all = append(all, Opening{p, opened(x, e)})
		}
	}
	return all
}

// open reports whether an endpoint's policy certainly lets an agent's role write
// into a bucket of another account and another organization.
func open(x *vpc.Index, p netpath.Path, e *vpc.Endpoint) bool {
	if e.PolicyDocument == "" {
		return true
	}
	d, err := Parse(e.PolicyDocument)
	if err != nil {
		return false
	}
	k := serviceCall{network: x, path: p, endpoint: e}
	for _, k.role = range rolesOf(x, p.Source.ENIs) {
		r := k.request("s3:PutObject", "arn:aws:s3:::a-bucket-of-somebody-else/data")
		r.Context["aws:ResourceAccount"], r.Context["aws:ResourceOrgID"] = []string{"of somebody else"}, []string{"of somebody else"}
		if o := d.outcome(r); o.deny == kleene.No && o.allow == kleene.Yes {
			return true
		}
	}
	return false
}

func opened(x *vpc.Index, e *vpc.Endpoint) netpath.Evidence {
	facts := netpath.Facts{"region": x.Region, "endpoint": e.VpcEndpointID, "vpc": e.VpcID, "action": "s3:PutObject"}
	if e.PolicyDocument != "" {
		facts["policy"] = e.PolicyDocument
	}
	if e.OwnerID != "" {
		facts["account"], facts["fixed_policy"] = e.OwnerID, ownBuckets(x.Region, e.OwnerID)
	}
	return netpath.Evidence{
		Status: netpath.StatusFail, Cause: "endpoint/policy-open", Component: e.VpcEndpointID, Facts: facts,
		Detail: "its policy lets the agent write into the bucket of any account",
	}
}

// ownBuckets is a policy that leaves an account's buckets and those that AgentCore
// and Amazon ECR keep images, code and sessions in ("Configure Amazon Bedrock
// AgentCore Runtime and tools for VPC"; "Amazon ECR interface VPC endpoints").
func ownBuckets(region, account string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"LayersAndCode","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":["arn:aws:s3:::prod-%[1]s-starport-layer-bucket/*","arn:aws:s3:::acr-code-*-%[1]s-an/*"]},`+
		`{"Sid":"SessionStorage","Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject","s3:ListBucket"],"Resource":["arn:aws:s3:::acr-storage-*-%[1]s-an","arn:aws:s3:::acr-storage-*-%[1]s-an/*"]},`+
		`{"Sid":"OurBuckets","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"%[2]s"}}}]}`, region, account)
}
