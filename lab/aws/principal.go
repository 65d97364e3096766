package aws

import (
	"encoding/json"
	"errors"
	"fmt"
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
}

// principals reads the callers that a world knows.
func principals(doc tree.Object) ([]principal, error) {
	var out []principal
	for i, o := range tree.Objects(tree.Child(doc, "Lab"), "Principals") {
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
		Principal: iam.Principal{ARN: tree.Text(o, "Arn"), Role: tree.Text(o, "RoleArn")},
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
	list, _ := o["Policies"].([]any)
	for _, policy := range list {
		text, err := policyText(policy)
		if err != nil {
			return p, err
		}
		p.identity = append(p.identity, text)
	}
	if p.boundary, err = policyText(o["PermissionsBoundary"]); err != nil {
		return p, err
	}
	p.session, err = policyText(o["SessionPolicy"])
	return p, err
}

// policyText accepts a policy as JSON text or as the object itself.
func policyText(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	}
	text, err := json.Marshal(v)
	return string(text), err
}

func accountOf(arn string) (string, error) {
	m := accountInARN.FindStringSubmatch(arn)
	if m == nil {
		return "", errors.New("no account in ARN " + arn)
	}
	return m[1], nil
}
