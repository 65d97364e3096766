package report

import (
	"fmt"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
)

// PortPart is a range of destination ports with one fate.
type PortPart struct {
	From uint16 `json:"from"`
	To   uint16 `json:"to"`
	AnswerFate
}

// SourceShare is a set of source addresses with one fate at the destination's
// own side.
type SourceShare struct {
	Ranges []string `json:"ranges"` // single addresses, "first-last", of what is left "rest"
	AnswerFate
}

// AnswerFate is what becomes of a part of a flow, and what decides it.
type AnswerFate struct {
	Verdict   reachability.Verdict `json:"verdict"`
	Hop       netpath.HopName      `json:"hop,omitempty"`
	Return    bool                 `json:"return,omitempty"` // a check of the replies
	Code      string               `json:"code,omitempty"`
	Component string               `json:"component,omitempty"`
	Rule      string               `json:"rule,omitempty"`
}

func newFate(f reachability.Fate) AnswerFate {
	return AnswerFate{f.Verdict, f.Hop.Name, f.Hop.Return, f.Hop.Cause, f.Hop.Component, f.Hop.Rule()}
}

// Explain adds to an answer which ports and sources pass, and what cuts the
// others off.
func (a *Answer) Explain(ports []reachability.Part, sources []reachability.Share) {
	for _, p := range ports {
		a.Ports = append(a.Ports, PortPart{p.From, p.To, newFate(p.Fate)})
	}
	for _, s := range sources {
		share := SourceShare{Ranges: []string{"rest"}, AnswerFate: newFate(s.Fate)}
		if !s.Rest {
			share.Ranges = nil
			for _, r := range s.Addresses.Ranges() {
				text := r.String()
				if r.From() == r.To() {
					text = r.From().String()
				}
				share.Ranges = append(share.Ranges, text)
			}
		}
		a.Sources = append(a.Sources, share)
	}
}

func (t *text) ports(a Answer) {
	if len(a.Ports) > 0 {
		t.line("  which ports pass")
	}
	for _, p := range a.Ports {
		name := fmt.Sprint(p.From)
		if p.From != p.To {
			name = fmt.Sprintf("%d-%d", p.From, p.To)
		}
		t.wrapped(fmt.Sprintf("    %-18s %-10s ", name, p.Verdict), p.words())
	}
}

func (t *text) sources(a Answer) {
	if len(a.Sources) > 0 {
		t.line("  which sources %s's own side lets in", a.To)
	}
	for _, s := range a.Sources {
		name := strings.Join(s.Ranges, " ")
		if name == "rest" {
			name = "everything else"
		}
		t.wrapped(fmt.Sprintf("    %-10s ", s.Verdict), strings.TrimSpace(name+"  "+s.words()))
	}
}

// words are "by sg-0123, rule tcp 5432 10.0.0.0/16". The rule of a group that
// lets nothing in is the one that comes nearest to it.
func (f AnswerFate) words() string {
	if f.Component == "" {
		return ""
	}
	text := "by " + f.Component
	switch {
	case f.Rule == "":
	case f.Verdict == reachability.VerdictBlocked && (f.Hop == netpath.HopSourceSG || f.Hop == netpath.HopDestSG):
		text += ", whose nearest rule is " + f.Rule
	default:
		text += ", rule " + f.Rule
	}
	if f.Return {
		text += " (reply)"
	}
	return AnswerHop{Code: f.Code, Detail: text}.words()
}
