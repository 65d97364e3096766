package watch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
)

// A server of MySQL counts connections without a login against this host, and
// shuts it out after so many (package mysql). A Loop makes them seldom: what the
// last one showed stands until something says otherwise.
const (
	settling = 5 * time.Minute    // from the start on: a program that starts again and again makes none
	seldom   = 7 * 24 * time.Hour // while all is well: a hundred of them take two years
	sooner   = time.Hour          // where the server was reached, and all was not well
	moved    = 10 * time.Minute   // where the path leads elsewhere than then, or is configured otherwise
)

// seldomNote says of a path that its server is connected to seldom.
const seldomNote = " is connected to once a week, and when the way there has changed: its server counts connections without a login against this host; with a login under databases each run connects"

// contact is what a Loop knows of a server that it connects to seldom.
type contact struct {
	last netpath.Observation // with the newest connection; its Path is "" before
	then string              // where the path led at that time, and what the configuration said
	now  string              // in the newest run
	bad  int                 // connections in a row that were taken and showed a fault
}

// due reports whether it is time to connect. Nothing is counted of a connection
// that does not stand: then each run tries. A fault is looked at again at once, as
// often as a verdict has to hold.
func (c *contact) due(now time.Time, hold int) bool {
	age := now.Sub(c.last.Start)
	switch {
	case !arrived(c.last), c.bad > 0 && c.bad < hold, age >= seldom:
		return true
	case c.bad > 0:
		return age >= sooner
	}
	return c.then != c.now && age >= moved
}

// add takes in a run, and returns it with what the last connection showed where
// that still counts.
func (c *contact) add(o netpath.Observation, connected bool, says string) netpath.Observation {
	c.now = says
	if connected {
		c.last, c.then = o, says
		return o
	}
	if !arrived(c.last) || c.then != c.now {
		return o
	}
	o.Addresses = slices.Clone(o.Addresses)
	for i, a := range o.Addresses {
		if before, known := seenAt(c.last, a.Address); known {
			o.Addresses[i] = recalled(before, c.last.Start)
		}
	}
	return o
}

// judged takes in what a connection came to.
func (c *contact) judged(v netpath.Verdict) {
	if arrived(c.last) && bad(v) {
		c.bad++
		return
	}
	c.bad = 0
}

// recalled is what was seen of an address, with the time when.
func recalled(a netpath.AddressObservation, at time.Time) netpath.AddressObservation {
	a.Hops = maps.Clone(a.Hops)
	tcp := a.Hops[netpath.HopTCP]
	tcp.Detail += ", at " + at.UTC().Format(time.RFC3339) + ": without a login once a week"
	a.Hops[netpath.HopTCP] = tcp
	return a
}

// arrived reports whether a connection stood.
func arrived(o netpath.Observation) bool {
	return slices.ContainsFunc(o.Addresses, func(a netpath.AddressObservation) bool { return a.Hops[netpath.HopTCP].Status == netpath.StatusPass })
}

// says words where a path leads and what the configuration says of the way.
func says(c diagnosis.Case) string {
	var b strings.Builder
	for _, a := range c.Live.Addresses {
		fmt.Fprintln(&b, a.Address)
	}
	for _, there := range c.Config {
		fmt.Fprintln(&b, there.Source, there.Address)
		for _, hop := range c.Path.Hops() {
			fmt.Fprintln(&b, hop, there.Hops[hop].Status)
		}
	}
	return b.String()
}
