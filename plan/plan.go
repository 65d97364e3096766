// Package plan turns what is configured and what AWS says into the list of
// paths to prove, each with its expectation and the reason for it. It is pure:
// the same input gives the same plan.
package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// Plan is what a run sets out to prove.
type Plan struct {
	Paths []netpath.Path
	// Notes say what was seen and is not checked, and why.
	Notes []string
}

// Make plans the paths. network may be nil: then only what the configuration
// spells out is planned.
func Make(c config.Config, network *vpc.Network, from netpath.Vantage) Plan {
	if network == nil {
		network = &vpc.Network{}
	}
	p := planner{config: c, network: network.Index(), from: from}
	runtimes := p.runtimes()
	for _, r := range runtimes {
		p.invokes(r)
	}
	beside := p.beside(runtimes)
	p.databases(beside)
	p.files(beside)
	agents := p.agents(beside)
	p.services(agents)
	p.egress(agents)
	p.destinations(agents)
	p.order()
	return p.plan
}

// planner collects the plan while it reads.
type planner struct {
	config  config.Config
	network *vpc.Index
	from    netpath.Vantage
	plan    Plan
}

func (p *planner) add(path netpath.Path) { p.plan.Paths = append(p.plan.Paths, path) }

// order sorts the paths by id, tells them what the VPCs' own addresses are, and keeps
// the first of each: an id names one path. Two
// accounts or Regions may have things of one name.
func (p *planner) order() {
	slices.SortStableFunc(p.plan.Paths, func(a, b netpath.Path) int { return strings.Compare(a.ID, b.ID) })
	blocks := p.network.PublicBlocks()
	var kept []netpath.Path
	for _, path := range p.plan.Paths {
		if last := len(kept) - 1; last >= 0 && kept[last].ID == path.ID {
			p.note(fmt.Sprintf("%s is not checked: %s is %s already; in the configuration it can have a name of its own", path.Target.Component, path.ID, kept[last].Target.Component))
			continue
		}
		path.Target.Inside = blocks
		kept = append(kept, path)
	}
	p.plan.Paths = kept
}

func (p *planner) note(text string) { p.plan.Notes = append(p.plan.Notes, text) }
