package redact

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// mentions are what a sentence can say about a network: a request's id, which
// stays, then ARNs, access keys, host names, ids, addresses and ranges, accounts,
// and words, which may be names.
var mentions = regexp.MustCompile(`\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b` +
	`|\barn:[a-z-]+:[^\s"',;()<>\[\]{}]*[^\s"',;()<>\[\]{}.:]` +
	`|\bA[KS]IA[A-Z0-9]{8,}\b` +
	`|\b(?:[A-Za-z0-9_-]+\.){2,}[a-z]{2,}\b` +
	`|\b[a-z]+(?:-[a-z]+)*-[0-9a-f]{6,}\b` +
	`|\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?\b` +
	`|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:/\d{1,3})?` +
	`|\b\d{12}\b` +
	`|[A-Za-z0-9_][A-Za-z0-9_-]*`)

// statementID is the name of a policy's statement.
var statementID = regexp.MustCompile(`"Sid"\s*:\s*"[^"]*"\s*,?\s*`)

// plain are words of reports that somebody's resource may be called, too: there
// they stay.
var plain = set("a", "agent", "agents", "answer", "any", "as", "at", "by", "caller", "check", "database", "db", "default", "endpoint", "for", "from", "group",
	"in", "internet", "is", "no", "of", "on", "private", "probe", "public", "route", "runtime", "service", "sidecar", "subnet", "the", "to", "vpc")

// Prose maps what a sentence mentions: whatever has a shape of its own, and the
// names that were mapped before.
func (r *Redactor) Prose(s string) string {
	s = statementID.ReplaceAllString(s, "")
	for _, name := range r.phrases() {
		s = strings.ReplaceAll(s, name, r.tokens[name])
	}
	return mentions.ReplaceAllStringFunc(s, r.mention)
}

// phrases are the names of several words that were mapped, longer ones first.
func (r *Redactor) phrases() []string {
	var all []string
	for name := range r.tokens {
		if strings.ContainsAny(name, " =") {
			all = append(all, name)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// Name maps a text that is a name, whatever it looks like; words of AWS's own
// stay.
func (r *Redactor) Name(s string) string {
	if mapped := r.Prose(s); mapped != s || s == "" || own[s] || numberShape.MatchString(s) || strings.HasSuffix(s, ".amazonaws.com") {
		return mapped
	}
	return r.token(s, "name", "name-%d")
}

func (r *Redactor) mention(s string) string {
	if t, ok := r.tokens[s]; ok && !plain[s] {
		return t
	}
	switch {
	case strings.HasPrefix(s, "arn:"):
		return r.arn(s)
	case strings.HasPrefix(s, "AKIA"), strings.HasPrefix(s, "ASIA"):
		return r.token(s, "key", "access-key-%d")
	case accountShape.MatchString(s), isID(s):
		return r.Text(s)
	case strings.Count(s, ".") >= 2 && strings.HasSuffix(s, ".amazonaws.com"):
		return r.host(s)
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return r.blind.address(a).String()
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return r.blind.prefix(p).String()
	}
	if hostName(s) {
		return r.token(s, "name", "name-%d")
	}
	return s
}

// isID reports whether a text is the id of a resource.
func isID(s string) bool {
	return ids.MatchString(s) && slices.ContainsFunc(idPrefixes, func(prefix string) bool { return strings.HasPrefix(s, prefix+"-") })
}

// hostName reports whether a text is a host's name: of three labels and more,
// and none of AWS's.
func hostName(s string) bool {
	labels := strings.Split(s, ".")
	return len(labels) > 2 && !regionShape.MatchString(labels[1]) && !serviceShape.MatchString(s) && !principal.MatchString(s)
}
