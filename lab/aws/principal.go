package aws

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/sigv4"
	"github.com/agentcore-probe/probe/lab/aws/tree"
)

// principal is one of Lab.Principals.
type principal struct {
	iam.Principal
	userID   string
	key      sigv4.Key
	identity []string // texts of policies
	boundary string   // "" for none
	session  string   // "" for none
	admitted bool     // by a bearer token, or because nobody needs to be
}

// principals reads the callers that a world knows; one whose key is inactive
// is as unknown as one that is not there.
func principals(doc tree.Object) ([]principal, error) {
	var out []principal
	for i, o := range tree.Objects(tree.Child(doc, "Lab"), "Principals") {
		if tree.Text(o, "Disabled") == "true" {
			continue
		}
		p, err := readPrincipal(o)
		if err != nil {
			return nil, fmt.Errorf("principal %d: %w", i, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func readPrincipal(o tree.Object) (principal, error) {
	p := principal{
		Principal: iam.Principal{ARN: tree.Text(o, "Arn")},
		userID:    tree.Text(o, "UserId"),
		key:       sigv4.Key{ID: tree.Text(o, "AccessKeyId"), Secret: tree.Text(o, "SecretAccessKey"), Token: tree.Text(o, "SessionToken")},
	}
	var err error
	if p.Account, err = accountOf(p.ARN); err != nil {
		return p, err
	}
	if text := tree.Text(o, "Expiration"); text != "" {
		if p.key.Expires, err = time.Parse(time.RFC3339, text); err != nil {
			return p, fmt.Errorf("expiration: %w", err)
		}
	}
	if m := assumedRole.FindStringSubmatch(p.ARN); m != nil {
		p.Role = "arn:" + m[1] + ":iam::" + m[2] + ":role/" + m[3]
	}
	p.identity = tree.Strings(o, "IdentityPolicies")
	p.boundary, p.session = tree.Text(o, "PermissionsBoundary"), tree.Text(o, "SessionPolicy")
	return p, nil
}

// assumedRole takes a session's ARN apart. A role's path is not in it: roles
// with a path are not told from those without.
var assumedRole = regexp.MustCompile(`^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/`)

func accountOf(arn string) (string, error) {
	m := accountInARN.FindStringSubmatch(arn)
	if m == nil {
		return "", errors.New("no account in ARN " + arn)
	}
	return m[1], nil
}
