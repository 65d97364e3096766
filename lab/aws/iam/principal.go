package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Principal is who makes a request.
type Principal struct {
	ARN     string // of the IAM user, or of the assumed-role session
	Role    string // ARN of the role of an assumed-role session; "" for a user
	Account string
	// Anonymous is a caller that IAM does not know: nobody signed, or a bearer
	// token speaks for it. Only "*" names it, and no identity policy does.
	Anonymous bool
}

// policyARN is aws:PrincipalArn: for a session it is the role's ARN ("AWS
// global condition context keys", IAM User Guide).
func (p Principal) policyARN() string {
	if p.Role != "" {
		return p.Role
	}
	return p.ARN
}

// reach says how a resource-based policy's principal element names a caller.
// It decides which caps an Allow overcomes ("Determining whether a request is
// allowed or denied within an account", IAM User Guide).
type reach int

const (
	reachNone    reach = iota
	reachAccount       // the account is named: an Allow delegates to its identity policies
	reachRole          // the role is named
	reachAnyone        // "*"
	reachSelf          // the user or the session itself is named
)

type principalPattern struct {
	reach        reach
	arn, account string
}

var (
	accountID  = regexp.MustCompile(`^\d{12}$`)
	rootARN    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):root$`)
	roleARN    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$`)
	userARN    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:user/[\w+=,.@/-]+$`)
	sessionARN = regexp.MustCompile(`^arn:aws[a-z-]*:sts::\d{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+$`)
)

func parsePrincipals(fields map[string]json.RawMessage, kind Kind) ([]principalPattern, error) {
	if _, ok := fields["NotPrincipal"]; ok {
		return nil, fmt.Errorf("NotPrincipal: %w", ErrUnsupported)
	}
	raw, ok := fields["Principal"]
	if kind == KindIdentity {
		if ok {
			return nil, errors.New("an identity policy names no principal")
		}
		return nil, nil
	}
	if !ok {
		return nil, errors.New("a resource-based policy needs a principal")
	}
	if string(raw) == `"*"` {
		return []principalPattern{{reach: reachAnyone}}, nil
	}
	forms, err := object(raw, "AWS", "Service", "Federated")
	if err != nil {
		return nil, fmt.Errorf("principal: %w", err)
	}
	names, err := texts(forms["AWS"])
	if err != nil {
		return nil, fmt.Errorf("principal: %w", err)
	}
	patterns := []principalPattern{} // services never sign in the lab: they match nobody
	providers, err := texts(forms["Federated"])
	if err != nil {
		return nil, fmt.Errorf("principal: %w", err)
	}
	for _, provider := range providers {
		patterns = append(patterns, principalPattern{reach: reachSelf, arn: provider})
	}
	for _, name := range names {
		p, err := parsePrincipal(name)
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

func parsePrincipal(name string) (principalPattern, error) {
	switch root := rootARN.FindStringSubmatch(name); {
	case name == "*":
		return principalPattern{reach: reachAnyone}, nil
	case accountID.MatchString(name):
		return principalPattern{reach: reachAccount, account: name}, nil
	case root != nil:
		return principalPattern{reach: reachAccount, account: root[1]}, nil
	case roleARN.MatchString(name):
		return principalPattern{reach: reachRole, arn: name}, nil
	case userARN.MatchString(name), sessionARN.MatchString(name):
		return principalPattern{reach: reachSelf, arn: name}, nil
	}
	return principalPattern{}, fmt.Errorf("principal %q: %w", name, ErrUnsupported)
}

// reachOf returns the closest way in which the patterns name p.
func reachOf(patterns []principalPattern, p Principal) reach {
	best := reachNone
	for _, pattern := range patterns {
		matches := pattern.reach == reachAnyone ||
			pattern.reach == reachAccount && pattern.account == p.Account ||
			pattern.reach == reachRole && p.Role != "" && pattern.arn == p.Role ||
			pattern.reach == reachSelf && pattern.arn == p.ARN
		if matches {
			best = max(best, pattern.reach)
		}
	}
	return best
}

// wild reports whether s matches pattern, in which * stands for any text and ?
// for one character.
func wild(pattern, s string) bool {
	p, r := []rune(pattern), []rune(s)
	star, mark, i, j := -1, 0, 0, 0
	for j < len(r) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == r[j]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(string(p[i:]), "*") == ""
}

// wildARN compares the six elements of two ARNs each on its own.
func wildARN(pattern, s string) bool {
	p, r := strings.SplitN(pattern, ":", 6), strings.SplitN(s, ":", 6)
	if len(p) != 6 || len(r) != 6 {
		return false
	}
	for i := range p {
		if !wild(p[i], r[i]) {
			return false
		}
	}
	return true
}
