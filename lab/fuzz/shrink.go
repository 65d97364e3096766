package fuzz

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/lab/world"
)

// shrinking is how long the world of a disagreement may be made smaller.
const shrinking = 40 * time.Second

// shrink drops what it can from a world while the disagreement stays: whole
// resources first, then rules and routes.
func shrink(ctx context.Context, probe string, w *world.World, j Judged) (*world.World, Judged) {
	until := time.Now().Add(shrinking)
	for _, depth := range []int{1, 2} {
		for _, place := range places(w.Document(), depth) {
			if time.Now().After(until) || ctx.Err() != nil {
				return w, j
			}
			smaller, err := without(w, place)
			if err != nil {
				continue // what is left does not hold together
			}
			judged, err := judge(ctx, probe, smaller, []Flow{j.Flow})
			if err == nil && judged[0].Ours.Verdict == j.Ours.Verdict && judged[0].Kernel == j.Kernel {
				w, j = smaller, judged[0]
			}
		}
	}
	return w, j
}

// place is an entry of a list of the document, or of a list within that.
type place struct {
	key    string
	index  int
	within string
	inner  int
}

// places lists what may be dropped, the last first: an index stays true while
// what follows it goes.
func places(document map[string]any, depth int) []place {
	var all []place
	for key, value := range document {
		entries, ok := value.([]any)
		if !ok || key == "VpcAttributes" {
			continue
		}
		for i, entry := range entries {
			if depth == 1 {
				all = append(all, place{key: key, index: i})
				continue
			}
			members, _ := entry.(map[string]any)
			for within, list := range members {
				inner, _ := list.([]any)
				for n := range inner {
					all = append(all, place{key, i, within, n})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b place) int {
		return cmp.Or(strings.Compare(b.key, a.key), b.index-a.index, strings.Compare(b.within, a.within), b.inner-a.inner)
	})
	return all
}

// without returns the world without an entry.
func without(w *world.World, p place) (*world.World, error) {
	data, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	var document map[string]any
	if err := json.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	list, _ := document[p.key].([]any)
	if p.within == "" {
		document[p.key] = slices.Delete(list, p.index, p.index+1)
		return parse(document)
	}
	entry, _ := list[p.index].(map[string]any)
	inner, _ := entry[p.within].([]any)
	entry[p.within] = slices.Delete(inner, p.inner, p.inner+1)
	return parse(document)
}
