package diagnosis

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
)

// ledger collects findings over all paths: one cause, one finding.
type ledger struct {
	findings []noted
	entries  entries
}

// noted is a finding with the ids of all paths that show it, and of those that it
// is felt on by another finding, which it explains.
type noted struct {
	netpath.Finding
	on, felt []string
}

// enter records the causes of a path and returns their codes.
func (b *ledger) enter(from netpath.Vantage, p Path) []string {
	var codes []string
	for _, s := range suspects(p) {
		if !slices.Contains(codes, s.code) {
			codes = append(codes, s.code)
		}
		b.record(b.render(from, p, s))
	}
	return codes
}

// record adds a finding unless the same cause is already there: the same code
// on the same component, of the same path or mended in the same way. One group may
// lack a rule for each of two sources; an ACL that stops what comes from two
// subnets is mended by two commands; what is wrong on the way to one address of an
// endpoint and to the other is looked for once.
func (b *ledger) record(f netpath.Finding) {
	same := func(o noted) bool {
		return o.Code == f.Code && o.Component == f.Component && (o.Path == f.Path || mends(o.Fix, f.Fix))
	}
	at := slices.IndexFunc(b.findings, same)
	if at < 0 {
		at = len(b.findings)
		b.findings = append(b.findings, noted{Finding: f})
	}
	o := &b.findings[at]
	o.blame(f.Evidence["source"])
	if !byHand(f.Fix) {
		o.Fix, o.Undo = unique(slices.Concat(o.Fix, f.Fix)), unique(slices.Concat(o.Undo, f.Undo))
	}
	o.on = append(o.on, f.Path)
}

// blame adds a source to those that a finding speaks of.
func (o *noted) blame(source string) {
	if known := o.Evidence["source"]; known != "" && source != "" && !slices.Contains(strings.Split(known, " and "), source) {
		entry, _ := catalogue.Find(o.Code)
		o.Evidence["source"] = known + " and " + source
		o.Summary = entry.Sentence(o.Evidence)
	}
}

// byHand reports whether no command mends.
func byHand(fix []string) bool { return !slices.ContainsFunc(fix, catalogue.IsCommand) }

// mends reports whether a fix does what another one does.
func mends(fix, other []string) bool {
	if len(other) == 0 {
		return len(fix) == 0
	}
	return !slices.ContainsFunc(other, func(line string) bool { return !slices.Contains(fix, line) })
}

// render makes a finding of a suspect.
func (b *ledger) render(from netpath.Vantage, p Path, s suspect) netpath.Finding {
	entry, _ := catalogue.Find(s.code)
	facts := factsOf(from, p, s)
	b.entries.number(facts)
	f := netpath.Finding{
		Code:      s.code,
		Severity:  entry.Severity,
		Path:      p.ID,
		Hop:       s.hop.Name,
		Component: component(entry, p, s.hop, facts),
		Summary:   entry.Sentence(facts),
		Evidence:  facts,
		Fix:       catalogue.Commands(entry.Fix, facts),
	}
	if slices.ContainsFunc(f.Fix, catalogue.IsCommand) {
		f.Undo = catalogue.Commands(entry.Undo, facts)
	}
	return f
}

// factsOf gathers what templates can refer to: the path's own facts, then the
// evidence's.
func factsOf(from netpath.Vantage, p Path, s suspect) netpath.Facts {
	h := s.hop
	facts := netpath.Facts{
		"eni": from.ENI, "access_key": from.AccessKey, "credentials": cmp.Or(from.Credentials, "a source that is not known"), "host": hostOf(from), "destination_eni": s.ladder.Destination,
		"region": from.Region, "name": p.Target.Name, "endpoint": p.Target.Endpoint, "runtime": p.Target.RuntimeARN,
		"vpc": from.VPC, "principal": from.Principal, "address": addressOf(p), "failure": string(h.Live.Failure), "engine": string(p.Target.Protocol),
	}
	maps.Copy(facts, h.Live.Facts)
	maps.Copy(facts, h.Config.Facts)
	if h.Config.Detail != "" && h.Disagree {
		facts["cause"] = h.Config.Detail
	}
	facts["setting"] = setting(h)
	maps.DeleteFunc(facts, func(_, v string) bool { return v == "" })
	return facts
}

// setting is what says that the server was to be asked: the DHCP options that
// name it, else the server itself, which somebody wrote into this host's files.
func setting(h Hop) string {
	if server := h.Live.Facts["server"]; !slices.Contains(strings.Fields(h.Config.Facts["dhcp_servers"]), server) {
		return server
	}
	return h.Config.Facts["dhcp_options"]
}

// hostOf names the machine that the vantage is on.
func hostOf(from netpath.Vantage) string {
	if from.ENI == "" && from.Address.IsValid() {
		return from.Address.String()
	}
	return from.ENI
}

func addressOf(p Path) string {
	if a := p.Ladders[p.Shown].Address; a.Addr().IsValid() {
		return a.String()
	}
	return ""
}

// component is the ARN or id to change: what the catalogue or the evidence
// names, else what stands at that hop of the path.
func component(entry catalogue.Entry, p Path, h Hop, facts netpath.Facts) string {
	if c, ok := catalogue.Expand(entry.Component, facts); ok && c != "" {
		return c
	}
	switch {
	case h.Config.Cause != "" && h.Config.Component != "":
		return h.Config.Component
	case h.Live.Component != "":
		return h.Live.Component
	case h.Name == netpath.HopResolver:
		return p.Target.Name
	case p.Target.Endpoint != "" && (isNetwork(h.Name) || isTransport(h.Name) || h.Name == netpath.HopEndpointPolicy):
		return p.Target.Endpoint
	}
	return p.Target.Component
}

func isTransport(name netpath.HopName) bool {
	return name == netpath.HopTCP || name == netpath.HopTLS
}

// fold drops findings that others explain, lets paths point at the explaining
// ones, and orders what is left by severity.
func (b *ledger) fold(paths []Path) []netpath.Finding {
	b.mergeServers()
	b.mergeWayOut(paths)
	causes := b.causes(paths)
	for i, p := range paths {
		for j, code := range p.Findings {
			paths[i].Findings[j] = causes.of(p.ID, code)
		}
		paths[i].Findings = unique(p.Findings)
	}
	var kept []netpath.Finding
	for _, f := range b.findings {
		if !slices.ContainsFunc(f.on, func(id string) bool { return causes.of(id, f.Code) == f.Code }) {
			continue
		}
		f.Also = f.others(paths)
		kept = append(kept, f.Finding)
	}
	slices.SortStableFunc(kept, func(x, y netpath.Finding) int {
		return cmp.Or(x.Severity.Rank()-y.Severity.Rank(), strings.Compare(x.Path, y.Path), strings.Compare(x.Code, y.Code), strings.Compare(x.Component, y.Component))
	})
	return kept
}

// others are the paths beside its own that a finding breaks.
func (o noted) others(paths []Path) []string {
	var ids []string
	broken := slices.Concat(o.on, o.felt)
	for _, p := range paths {
		if p.ID != o.Path && slices.Contains(broken, p.ID) && slices.Contains(p.Findings, o.Code) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// mergeServers makes one finding of a resolver that fails for every name: it is
// the resolver then that has to change, and not the names. That it fails for
// every name shows in what could not be read for want of a name.
func (b *ledger) mergeServers() {
	if !slices.ContainsFunc(b.findings, unresolved) {
		return
	}
	first := map[string]int{}
	merged := b.findings[:0:0]
	for _, f := range b.findings {
		key := f.Code + " " + f.Evidence["server"]
		i, seen := first[key]
		switch {
		case f.Code != "dns/servfail":
		case seen:
			merged[i].Component = f.Evidence["server"]
			merged[i].on = append(merged[i].on, f.on...)
			continue
		default:
			first[key] = len(merged)
		}
		merged = append(merged, f)
	}
	b.findings = merged
}

// mergeWayOut makes one finding of a way to the internet that leads nowhere: where
// nothing out there answers, neither on egress/internet nor elsewhere, whatever
// else is reached over the internet lacks that way.
func (b *ledger) mergeWayOut(paths []Path) {
	silent := func(f noted) bool { return f.Code == "tcp/no-answer" || f.Code == "tcp/dropped-unexplained" }
	at := slices.IndexFunc(b.findings, func(f noted) bool { return f.Path == "egress/internet" && silent(f) })
	answers := func(p Path) bool { return p.Route == netpath.RoutePublic && p.connects() }
	if at < 0 || slices.ContainsFunc(paths, answers) {
		return
	}
	wayOut := b.findings[at]
	overIt := func(f noted) bool {
		public := func(p Path) bool { return p.ID == f.Path && p.Route == netpath.RoutePublic }
		return f.Code == wayOut.Code && f.Path != wayOut.Path && slices.ContainsFunc(paths, public)
	}
	for _, f := range b.findings {
		if overIt(f) {
			b.findings[at].Component = "internet"
			b.findings[at].on = append(b.findings[at].on, f.on...)
		}
	}
	b.findings = slices.DeleteFunc(b.findings, overIt)
}

func unique(codes []string) []string {
	var kept []string
	for _, c := range codes {
		if !slices.Contains(kept, c) {
			kept = append(kept, c)
		}
	}
	return kept
}
