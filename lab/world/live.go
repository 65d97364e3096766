package world

import (
	"slices"
	"sync"
)

// Live is a running world: its present state, who may change it, and who is
// told. It is safe for concurrent use.
type Live struct {
	changing  sync.Mutex // held while a change is made and told
	mu        sync.Mutex // guards what follows
	world     *World
	listeners []func(*World) error
}

// NewLive starts with w.
func NewLive(w *World) *Live { return &Live{world: w} }

// World returns the present state.
func (l *Live) World() *World {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.world
}

// Mutate lets change alter the document (World.Document) of a copy, checks the
// result as Parse does, and makes it the present state. When Mutate returns,
// every subscriber has followed: a packet that is sent then meets the new
// rules. It fails, and changes nothing, when change or the check does; a
// subscriber's error is returned too, the change then stands.
//
// Within change, Network and Lab still show the state before it.
func (l *Live) Mutate(change func(*World) error) error {
	l.changing.Lock()
	defer l.changing.Unlock()
	before := l.World()
	draft := &World{document: clone(before.document).(map[string]any), network: before.network, lab: before.lab}
	if err := change(draft); err != nil {
		return err
	}
	after, err := New(draft.document)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.world = after
	listeners := slices.Clone(l.listeners)
	l.mu.Unlock()
	for _, tell := range listeners {
		if tellErr := tell(after); tellErr != nil && err == nil {
			err = tellErr
		}
	}
	return err
}

// Subscribe has follow called with every new state, one after another, in the
// order of subscription. It must not call Mutate.
func (l *Live) Subscribe(follow func(*World) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listeners = append(l.listeners, follow)
}
