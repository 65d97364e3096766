package diagnosis

import "github.com/agentcore-probe/probe/netpath"

// Remark is something wrong that the configuration shows beside the hops of a
// path: no packet fails for it today, so no verdict changes.
type Remark struct {
	Path   netpath.Path // that it is shown with
	Hop    netpath.HopName
	Config netpath.Evidence // with a Cause
}

func (b *ledger) enterRemarks(in Input) {
	for _, r := range in.Remarks {
		hop := join(netpath.Hop{Name: r.Hop, Config: r.Config})
		b.record(b.render(in.Vantage, Path{Path: r.Path, Ladders: []Ladder{{}}}, suspect{code: r.Config.Cause, hop: hop}))
	}
}
