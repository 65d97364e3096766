package report

import (
	"time"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
)

// Run is one turn of the program, ready to be reported.
type Run struct {
	StartedAt time.Time
	Duration  time.Duration // of the live evidence
	Vantage   netpath.Vantage
	Inventory Inventory
	Notes     []string
	Cases     []diagnosis.Case
	Result    diagnosis.Result
	Names     map[string]string // of ids
}

// New makes the report of a run. Lists are empty rather than null.
func New(run Run) Report {
	r := Report{
		Version:   Version,
		StartedAt: run.StartedAt.UTC(),
		Seconds:   run.Duration.Seconds(),
		Vantage:   run.Vantage,
		Inventory: run.Inventory,
		Paths:     []Path{},
		Findings:  orEmpty(run.Result.Findings),
		Notes:     orEmpty(run.Notes),
		Names:     run.Names,
	}
	r.Inventory.Unread = orEmpty(r.Inventory.Unread)
	for i, p := range run.Result.Paths {
		r.Paths = append(r.Paths, newPath(p, run.Cases[i].Live))
		r.Summary.count(p.Verdict)
	}
	return r
}

func (s *Summary) count(v netpath.Verdict) {
	switch v {
	case netpath.VerdictOK:
		s.OK++
	case netpath.VerdictBroken:
		s.Broken++
	case netpath.VerdictExposed:
		s.Exposed++
	case netpath.VerdictDegraded:
		s.Degraded++
	case netpath.VerdictUnknown:
		s.Unknown++
	}
}

func newPath(p diagnosis.Path, live netpath.Observation) Path {
	shown := p.Ladders[p.Shown]
	path := Path{
		ID: p.ID, Kind: p.Kind, Route: p.Route, Expect: p.Expect, Because: p.Because,
		Outcome: p.Outcome, Verdict: p.Verdict, Basis: p.Basis, StartedAt: live.Start.UTC(), Seconds: p.Duration.Seconds(),
		Name: p.Target.Name, Source: shown.Source,
		Hops: []Hop{}, Addresses: []Address{}, Findings: orEmpty(p.Findings),
	}
	if shown.Address.Addr().IsValid() {
		path.Address = shown.Address.String()
	}
	for _, h := range shown.Hops {
		path.Hops = append(path.Hops, newHop(h))
	}
	for _, a := range live.Addresses {
		path.Addresses = append(path.Addresses, newAddress(a))
	}
	return path
}

func newHop(h diagnosis.Hop) Hop {
	return Hop{
		Name: h.Name, Status: h.Status, Basis: h.Basis,
		Live: orSkipped(h.Live.Status), Config: orSkipped(h.Config.Status),
		Component: h.Component(), Flaws: h.Live.Flaws, Detail: h.Detail(), Request: h.Live.Facts["request_id"], Seconds: h.Live.Duration.Seconds(),
	}
}

func newAddress(a netpath.AddressObservation) Address {
	address := Address{Address: a.Address, Local: a.Local, Steps: []Step{}}
	for _, s := range a.Steps {
		address.Steps = append(address.Steps, Step{
			Operation: s.Operation, Seconds: s.Duration.Seconds(), RTT: s.RTT.Seconds(), Failure: s.Failure, Detail: s.Detail,
		})
	}
	return address
}

// orSkipped gives the zero status its meaning.
func orSkipped(s netpath.Status) netpath.Status {
	if s == "" {
		return netpath.StatusSkipped
	}
	return s
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
