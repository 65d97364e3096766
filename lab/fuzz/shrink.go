package fuzz

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/agentcore-probe/probe/lab/world"
)

// shrinking is how long the world of a disagreement may be made smaller.
const shrinking = 40 * time.Second

// depths is how far lists within lists are made shorter: resources, their rules
// and routes, and the blocks of these.
const depths = 3

// shrinker makes a world small while a disagreement stays.
type shrinker struct {
	probe    string
	of       Judged
	document object
	world    *world.World // of the document
	until    time.Time
}

// shrink drops what it can from a world: whole resources first, then rules and
// routes.
func shrink(ctx context.Context, probe string, w *world.World, j Judged, within time.Duration) (*world.World, error) {
	document, err := documentOf(w)
	if err != nil {
		return nil, err
	}
	s := &shrinker{probe: probe, of: j, document: document, world: w, until: time.Now().Add(within)}
	for depth := range depths {
		for _, l := range lists(s.document, depth) {
			s.shorten(ctx, l)
		}
	}
	// Packets of a small world were not waited for as long as of the first.
	if judged, err := judge(ctx, probe, s.world, []Flow{j.Flow}); err != nil || judged[0].Kernel != j.Kernel {
		return w, err
	}
	return s.world, nil
}

// list is a list of the document.
type list struct {
	of  object
	key string
}

func (l list) entries() []any { return l.of[l.key].([]any) }

// lists are those of a document that lie in so many others, in the order of
// their keys.
func lists(document object, depth int) []list {
	var all []list
	for _, key := range slices.Sorted(maps.Keys(document)) {
		switch value := document[key].(type) {
		case object:
			all = append(all, lists(value, depth)...)
		case []any:
			if depth == 0 {
				all = append(all, list{document, key})
				continue
			}
			for _, entry := range value {
				if member, ok := entry.(object); ok {
					all = append(all, lists(member, depth-1)...)
				}
			}
		}
	}
	return all
}

// shorten drops all entries of a list, then halves, quarters, and single ones,
// as long as the disagreement is the same.
func (s *shrinker) shorten(ctx context.Context, l list) {
	for size := len(l.entries()); size > 0; size /= 2 {
		for end := len(l.entries()); end > 0; end -= size {
			if time.Now().After(s.until) || ctx.Err() != nil {
				return
			}
			before := l.entries()
			l.of[l.key] = slices.Delete(slices.Clone(before), max(0, end-size), end)
			if !s.holds(ctx) {
				l.of[l.key] = before
			}
		}
	}
}

// holds keeps the document's world where the two disagree in it as before. What
// does not hold together as a world is none.
func (s *shrinker) holds(ctx context.Context) bool {
	w, err := parse(s.document)
	if err != nil || !whole(w.Network()) {
		return false
	}
	answers, err := consult(ctx, s.probe, w, []Flow{s.of.Flow})
	if err != nil || answers[0].Verdict != s.of.Ours.Verdict {
		return false
	}
	kernel, err := verdicts(w, []Flow{s.of.Flow}, nil)
	if err != nil || kernel[0] != s.of.Kernel {
		return false
	}
	s.world = w
	return true
}

// whole reports whether a network has what none is without: a route table with a
// local route, and an ACL, for each subnet.
func whole(n *world.Network) bool {
	return !slices.ContainsFunc(n.Subnets, func(s world.Subnet) bool {
		table, _ := n.TableOf(s)
		_, judged := n.ACLOf(s)
		return !judged || !slices.ContainsFunc(table.Routes, func(r world.Route) bool { return r.GatewayID == "local" })
	})
}
