package vpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// Role is an entry of RoleDetailList, of iam GetAccountAuthorizationDetails.
type Role struct {
	RoleName                string
	ARN                     string `json:"Arn"`
	RolePolicyList          []InlinePolicy
	AttachedManagedPolicies []AttachedPolicy
	PermissionsBoundary     *struct {
		PermissionsBoundaryARN string `json:"PermissionsBoundaryArn"`
	}
}

// InlinePolicy is a policy that stands in its role.
type InlinePolicy struct {
	PolicyName     string
	PolicyDocument PolicyText
}

// AttachedPolicy refers to a ManagedPolicy.
type AttachedPolicy struct {
	PolicyName string
	PolicyARN  string `json:"PolicyArn"`
}

// ManagedPolicy is an entry of Policies, of the same answer: AWS's own are among
// them where they are attached.
type ManagedPolicy struct {
	ARN               string `json:"Arn"` // "" of other services' policies, whose lists are called so, too
	PolicyName        string
	PolicyVersionList []PolicyVersion
}

// PolicyVersion is a version of a managed policy; the default one counts.
type PolicyVersion struct {
	IsDefaultVersion bool
	Document         PolicyText
}

// PolicyText is the JSON text of a policy. The AWS CLI prints it as an object, the
// API sends it encoded for URLs (RFC 3986).
type PolicyText string

// UnmarshalJSON reads both forms.
func (t *PolicyText) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if decoded, err := url.PathUnescape(text); err == nil && strings.HasPrefix(text, "%7B") {
			text = decoded
		}
		*t = PolicyText(text)
		return nil
	}
	if !bytes.HasPrefix(raw, []byte("{")) {
		return errors.New("want a policy")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return err
	}
	*t = PolicyText(compact.String())
	return nil
}

// Role finds a role by account and name: role names are unique in an account,
// whatever their path ("IAM identifiers", IAM User Guide).
func (x *Index) Role(account, name string) *Role {
	for i := range x.Roles {
		r := &x.Roles[i]
		if fields := strings.SplitN(r.ARN, ":", 6); name != "" && len(fields) == 6 && fields[4] == account && r.RoleName == name {
			return r
		}
	}
	return nil
}

// ManagedPolicy finds the text of a managed policy that counts; false where it was
// not read.
func (x *Index) ManagedPolicy(arn string) (string, bool) {
	for _, p := range x.ManagedPolicies {
		for _, v := range p.PolicyVersionList {
			if p.ARN == arn && v.IsDefaultVersion {
				return string(v.Document), true
			}
		}
	}
	return "", false
}
