// Package diagnosis is the judge: it joins live and config evidence hop by hop,
// gives every path its verdict, and names each cause once.
//
// It is pure. It knows no protocol and no AWS resource: what live evidence and
// configuration mean has been decided by those who collected them.
package diagnosis

import (
	"net/netip"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// Case is a path with everything that was learned about it.
type Case struct {
	Path   netpath.Path
	Live   netpath.Observation
	Config []Config // one for each source and address; empty where nothing was read
}

// Config is what the configuration says about a path for one source ENI and one
// destination address.
type Config struct {
	Source  string // ENI id; "" for the vantage when it is not known
	Address netip.Addr
	Port    uint16 // where it is not the path's; 0 means the path's
	UDP     bool   // asked over UDP; false means TCP

	// Destination is the ENI id that has the address; "" where it is not known.
	Destination string

	SameSubnet bool // as the vantage
	SameGroups bool // ditto

	// Apart is what a rule by address says of the vantage's packets and not of the
	// source's, or the other way round; "" where all rules treat them alike.
	Apart string

	Hops map[netpath.HopName]netpath.Evidence
}

// measured reports whether live evidence of the network is this source's too:
// its packets meet the same rules as the vantage's.
func (c Config) measured() bool { return c.beside() && c.Apart == "" }

// beside reports whether the vantage stands where the source does.
func (c Config) beside() bool { return c.SameSubnet && c.SameGroups }

// Unread is a part of the configuration that could not be read.
type Unread struct {
	Action  string // service:Action
	Reason  string
	Failure netpath.Failure
	Facts   netpath.Facts
}

// Input is everything that one run learned.
type Input struct {
	Vantage netpath.Vantage
	Cases   []Case
	Unread  []Unread
	Remarks []Remark
}

// Result is the judgement of a run.
type Result struct {
	Paths    []Path
	Findings []netpath.Finding
}

// Path is the judgement of one path.
type Path struct {
	netpath.Path
	Verdict  netpath.Verdict
	Outcome  string        // what was seen, in a few words: "reachable", "denied at resource-policy", …
	Basis    netpath.Basis // which evidence carries the verdict
	Start    time.Time     // of the live evidence
	Duration time.Duration // of the live evidence
	Ladders  []Ladder      // every source and address
	Shown    int           // the ladder that decided
	Findings []string      // codes of what breaks it
}

// Ladder is the joined evidence for one source and address, in travel order.
type Ladder struct {
	Source      string
	Destination string // ENI id; "" where it is not known
	Address     netip.AddrPort
	Hops        []Hop
}

// Hop is one joined hop.
type Hop struct {
	netpath.Hop
	Status   netpath.Status
	Basis    netpath.Basis
	Disagree bool // live and config contradict each other
}

// Judge judges a run.
func Judge(in Input) Result {
	var result Result
	var book ledger
	for _, c := range in.Cases {
		result.Paths = append(result.Paths, judgePath(c))
	}
	compareWays(result.Paths)
	for i, p := range result.Paths {
		result.Paths[i].Findings = book.enter(in.Vantage, p)
	}
	book.enterVantage(in)
	book.enterRemarks(in)
	book.enterUnread(in)
	result.Findings = book.fold(result.Paths)
	return result
}
