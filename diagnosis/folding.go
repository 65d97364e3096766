package diagnosis

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
)

// causes says of symptoms what explains them: another finding, there or on another
// path.
type causes map[place]place

// place is a finding on one of its paths.
type place struct{ path, code string }

// of is the code that stands at the end of what explains a code on a path: the
// code itself where nothing does.
func (c causes) of(path, code string) string {
	at := place{path, code}
	for range c {
		cause, explained := c[at]
		if !explained {
			break
		}
		at = cause
	}
	return at.code
}

// causes finds what explains each finding on each of its paths. What a cause
// explains somewhere it breaks there, too.
func (b *ledger) causes(paths []Path) causes {
	found := causes{}
	deaf := noneResolves(paths)
	for _, symptom := range b.findings {
		for i, cause := range b.findings {
			everywhere := lacking(cause, symptom, paths) || deaf && cause.Code == "dns/resolver-unreachable" && timedOut(symptom)
			for _, id := range symptom.on {
				if !everywhere && !explains(cause, symptom, id) {
					continue
				}
				from := place{id, cause.Code}
				if !slices.Contains(cause.on, id) {
					from.path = cause.Path
				}
				found[place{id, symptom.Code}] = from
				b.findings[i].felt = append(b.findings[i].felt, id)
			}
		}
	}
	return found
}

// explains reports whether a finding, on one of its paths, is only a symptom of
// another one. That a part of the configuration could not be read is a symptom of a
// failing resolver, or of a Region that has no such names, if names are what it
// failed at.
func explains(cause, symptom noted, path string) bool {
	if cause.Code == symptom.Code {
		return false
	}
	if symptom.Code == cannotReadCode {
		return unresolved(symptom) && (cause.Hop == netpath.HopResolver || cause.Code == "auth/wrong-region")
	}
	entry, _ := catalogue.Find(cause.Code)
	return entry.Covers(symptom.Code) && reaches(cause, symptom, path)
}

// reaches reports whether a cause is felt on a path that shows a symptom: a
// resolver's by whoever asks that resolver; what is wrong with a runtime, or with
// what a principal may do there, by whoever calls that runtime; any other on the
// paths that show it themselves.
func reaches(cause, symptom noted, path string) bool {
	same := func(fact string) bool { return cause.Evidence[fact] == symptom.Evidence[fact] }
	switch cause.Hop {
	case netpath.HopResolver:
		return same("server")
	case netpath.HopRuntime, netpath.HopIdentityPolicy:
		return same("runtime")
	}
	return slices.Contains(cause.on, path)
}

// lacking reports whether one finding breaks a path that another one's subject
// cannot do without: where it does, the other follows from it.
func lacking(cause, symptom noted, paths []Path) bool {
	entry, _ := catalogue.Find(symptom.Code)
	if len(entry.Needs) == 0 || cause.Severity != netpath.SeverityCritical || cause.Code == symptom.Code {
		return false
	}
	broken := func(p Path) bool {
		stopped := p.Verdict == netpath.VerdictBroken || p.Verdict == netpath.VerdictDegraded
		return stopped && slices.Contains(entry.Needs, cmp.Or(p.Target.Service, string(p.Kind))) && slices.Contains(cause.on, p.ID)
	}
	return slices.ContainsFunc(paths, broken)
}

// unresolved reports whether a finding says that reading failed at a name.
func unresolved(f noted) bool {
	return f.Code == cannotReadCode && strings.HasPrefix(f.Evidence["failure"], "dns_")
}

// noneResolves reports whether no name at all could be resolved.
func noneResolves(paths []Path) bool {
	named := false
	for _, p := range paths {
		for _, l := range p.Ladders {
			if h, ok := l.hop(netpath.HopResolver); ok {
				named = true
				if !h.fails() {
					return false
				}
			}
		}
	}
	return named
}

// timedOut reports whether a finding says that reading took too long, as it does
// where the SDK's time limit ends before the resolver's.
func timedOut(f noted) bool {
	return f.Code == cannotReadCode && f.Evidence["failure"] == string(netpath.FailureTimeout)
}
