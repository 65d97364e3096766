package diagnosis

import (
	"fmt"
	"maps"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// settles is how long an endpoint that has become available may still be silent.
// AWS does not document it; people report some minutes.
const settles = 10 * time.Minute

// measured is the cause that a measured failure leads to. Packets that vanish
// although every rule admits them are the endpoint's own affair where that was
// made a short while ago (fact "created").
func measured(p Path, l Ladder, h Hop) suspect {
	code := liveCode(p, l, h)
	if code == "tcp/dropped-unexplained" {
		if endpoint, ok := l.settling(p.Start); ok {
			return suspect{"endpoint/not-available", endpoint, l}
		}
	}
	return suspect{code, h, l}
}

// settling is the hop of an endpoint that was made shortly before.
func (l Ladder) settling(now time.Time) (Hop, bool) {
	h, _ := l.hop(netpath.HopEndpoint)
	made, err := time.Parse(time.RFC3339, h.Config.Facts["created"])
	age := now.Sub(made)
	if err != nil || h.Config.Status != netpath.StatusPass || age >= settles {
		return h, false
	}
	h.Config.Facts = maps.Clone(h.Config.Facts)
	h.Config.Facts["state"] = fmt.Sprintf("available since %s at the earliest, and does not answer yet", made.Format(time.TimeOnly))
	return h, true
}
