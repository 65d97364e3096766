package policy

import (
	"strings"

	"github.com/agentcore-probe/probe/reachability/kleene"
)

// identity is a principal's ARN taken apart.
type identity struct {
	arn       string
	partition string
	account   string
	role      string // name of the role behind an assumed-role session or a role ARN
	session   bool   // arn:aws:sts::…:assumed-role/NAME/SESSION
}

// parseIdentity reads the ARN that sts GetCallerIdentity answers. An empty ARN
// is nobody in particular: a caller that IAM doesn't know, such as the bearer
// of an OAuth token.
func parseIdentity(arn string) identity {
	id := identity{arn: arn}
	fields := strings.SplitN(arn, ":", 6)
	if len(fields) != 6 {
		return id
	}
	id.partition, id.account = fields[1], fields[4]
	kind, name, _ := strings.Cut(fields[5], "/")
	switch {
	case fields[2] == "sts" && kind == "assumed-role":
		id.role, _, _ = strings.Cut(name, "/")
		id.session = true
	case fields[2] == "iam" && kind == "role":
		id.role = name[strings.LastIndexByte(name, '/')+1:]
	}
	return id
}

// rootARN is how a policy names a whole account.
func (id identity) rootARN() string {
	return "arn:" + id.partition + ":iam::" + id.account + ":root"
}

// is says whether a value of a policy's AWS principals means this identity
// itself. A session does not carry its role's path, and role names are unique
// in an account whatever their path: account and name decide. Unique ids
// (AROA…, which IAM puts in place of deleted principals) say nothing to us.
func (id identity) is(value string) kleene.Truth {
	switch {
	case value == id.arn && value != "":
		return kleene.Yes
	case !strings.HasPrefix(value, "arn:"):
		return truthOfUniqueID(value)
	case strings.Contains(value, "*"):
		return kleene.Maybe
	}
	other := parseIdentity(value)
	sameRole := id.role != "" && other.role == id.role && other.account == id.account
	return kleene.Of(sameRole && !other.session)
}

func truthOfUniqueID(value string) kleene.Truth {
	if value == "*" || isAccount(value) {
		return kleene.No
	}
	return kleene.Maybe
}

// inAccount says whether a value names the identity's whole account.
func (id identity) inAccount(value string) bool {
	return id.account != "" && (value == id.account || value == id.rootARN())
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// matchPrincipal says whether a statement is about this identity, itself or as
// one of its account ("AWS JSON policy elements: Principal").
func (s *statement) matchPrincipal(id identity) kleene.Truth {
	if s.anyPrincipal {
		return kleene.Yes
	}
	if s.notPrincipal {
		return s.matchNotPrincipal(id)
	}
	match := kleene.No
	for _, p := range s.principals {
		match = kleene.Either(match, id.matches(p))
	}
	return match
}

func (id identity) matches(p principal) kleene.Truth {
	switch {
	case p.kind == "*" || p.kind == "AWS" && p.value == "*":
		return kleene.Yes
	case p.kind != "AWS" || id.arn == "":
		return kleene.No
	case id.inAccount(p.value):
		return kleene.Yes
	}
	return id.is(p.value)
}

// matchNotPrincipal: "AWS JSON policy elements: NotPrincipal" demands that the
// account, and for a session its role and itself, are all listed before it is
// left out. Where only some of them are, it is not said what happens.
func (s *statement) matchNotPrincipal(id identity) kleene.Truth {
	if id.arn == "" {
		return kleene.Yes
	}
	var account, self, role, unsure bool
	for _, p := range s.principals {
		switch m := id.matches(p); {
		case m == kleene.Yes && p.value == "*":
			return kleene.No
		case m == kleene.Yes && id.inAccount(p.value):
			account = true
		case m == kleene.Yes && p.value == id.arn:
			self = true
		case m == kleene.Yes:
			role = true
		case m == kleene.Maybe:
			unsure = true
		}
	}
	listed := self && (role || !id.session)
	switch {
	case listed && account:
		return kleene.No
	case account || self || role || unsure:
		return kleene.Maybe
	}
	return kleene.Yes
}

// everyone says whether the statement is about all callers.
func (s *statement) everyone() bool {
	for _, p := range s.principals {
		if !s.notPrincipal && p.value == "*" {
			return true
		}
	}
	return s.anyPrincipal
}
