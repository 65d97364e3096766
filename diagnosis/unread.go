package diagnosis

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
)

// enterUnread records what could not be read: credentials that AWS refuses are
// their own finding; the rest is one finding for each kind of failure, and for
// each role of another account.
func (b *ledger) enterUnread(in Input) {
	type group struct {
		failure netpath.Failure
		role    string
	}
	groups := map[group][]Unread{}
	var order []group
	for _, u := range in.Unread {
		g := group{u.Failure, u.Facts["account_role"]}
		if len(groups[g]) == 0 {
			order = append(order, g)
		}
		groups[g] = append(groups[g], u)
	}
	for _, g := range order {
		b.recordUnread(in.Vantage, groups[g])
	}
}

func (b *ledger) recordUnread(from netpath.Vantage, group []Unread) {
	first := group[0]
	refused := netpath.Evidence{Failure: first.Failure, Facts: first.Facts}
	if entry, ok := catalogue.ForLive("", netpath.HopSignature, refused); ok && first.Facts["account_role"] == "" && strings.HasPrefix(entry.Code, "auth/") {
		if b.accused() {
			return // the same credentials: the data plane's word is the clearer one
		}
		hop := join(netpath.Hop{Name: netpath.HopSignature, Live: netpath.Evidence{Status: netpath.StatusFail, Failure: first.Failure, Facts: first.Facts}})
		b.record(b.render(from, Path{Ladders: []Ladder{{}}}, suspect{code: entry.Code, hop: hop}))
		return
	}
	b.record(cannotRead(from, group))
}

// accused reports whether a path has shown that the credentials are at fault.
func (b *ledger) accused() bool {
	return slices.ContainsFunc(b.findings, func(f noted) bool {
		return strings.HasPrefix(f.Code, "auth/") && f.Hop == netpath.HopSignature
	})
}

// cannotReadCode is the finding for what could not be read.
const cannotReadCode = "probe/cannot-read"

func cannotRead(from netpath.Vantage, group []Unread) netpath.Finding {
	entry, _ := catalogue.Find(cannotReadCode)
	var actions []string
	for _, u := range group {
		actions = append(actions, u.Action)
	}
	slices.Sort(actions)
	facts := netpath.Facts{
		"count": strconv.Itoa(len(actions)), "actions": strings.Join(actions, ", "), "reason": group[0].Reason,
		"principal": from.Principal, "failure": string(group[0].Failure),
	}
	component := strings.Join(services(actions), ", ")
	role := group[0].Facts["account_role"]
	switch denied := group[0].Failure == netpath.FailureDenied; {
	case denied && role != "" && actions[0] == "sts:AssumeRole":
		facts["assumed_role"], component = role, role
	case denied:
		facts["denied_actions"] = facts["actions"]
		facts["principal"] = cmp.Or(role, from.Principal)
		component = cmp.Or(facts["principal"], component)
	default:
		facts["unreachable_services"] = component
	}
	return netpath.Finding{
		Code: entry.Code, Severity: entry.Severity, Component: component, Summary: entry.Sentence(facts),
		Evidence: facts, Fix: catalogue.Commands(entry.Fix, facts),
	}
}

// services are the prefixes of actions, each once.
func services(actions []string) []string {
	var names []string
	for _, a := range actions {
		name, _, _ := strings.Cut(a, ":")
		names = append(names, name)
	}
	return slices.Compact(names)
}
