package vpc

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
)

// Change is one difference between two readings of a network.
type Change struct {
	Component string // id or ARN of the resource
	Kind      string // the top-level key of its list: SecurityGroups
	Field     string // IpPermissions, Routes[0.0.0.0/0], Policy.Statement; "" where the resource came or went
	From, To  string // as text; "" where there was or is nothing
}

// What From and To say of a resource that came or went.
const (
	Absent  = "absent"
	Present = "present"
)

// Diff lists what changed between two readings, ordered by kind, component and
// field. Lists that were not read both times are not compared: nothing is
// known of them.
//
// Rules of security groups and statements of policies are compared as sets,
// routes by destination, ACL entries by direction and number. Of a subnet's
// free addresses only having some or none is compared. Ids of rules
// (SecurityGroupRules) are not: the groups say the same.
func Diff(old, new *Network) []Change {
	var out []Change
	for i := range lists {
		l := &lists[i]
		if l.key == "SecurityGroupRules" || !old.Has(l.key) || !new.Has(l.key) {
			continue
		}
		before, after := l.entries(old), l.entries(new)
		for _, id := range sortedKeys(before, after) {
			out = append(out, diffEntry(Change{Component: id, Kind: l.key}, before[id], after[id])...)
		}
	}
	return out
}

func diffEntry(c Change, before, after reflect.Value) []Change {
	switch {
	case !before.IsValid():
		c.From, c.To = Absent, Present
		return []Change{c}
	case !after.IsValid():
		c.From, c.To = Present, Absent
		return []Change{c}
	}
	from, to := statements{}, statements{}
	from.add("", before)
	to.add("", after)
	var out []Change
	for _, field := range sortedKeys(from, to) {
		c.Field = field
		out = append(out, diffField(c, without(from[field], to[field]), without(to[field], from[field]))...)
	}
	return out
}

// diffField pairs what a field no longer says with what it says now: one for
// one where each is a single value, removals before additions in sets.
func diffField(c Change, gone, come []string) []Change {
	if len(gone) == 1 && len(come) == 1 {
		c.From, c.To = gone[0], come[0]
		return []Change{c}
	}
	var out []Change
	for _, text := range gone {
		out = append(out, Change{c.Component, c.Kind, c.Field, text, ""})
	}
	for _, text := range come {
		out = append(out, Change{c.Component, c.Kind, c.Field, "", text})
	}
	return out
}

// without lists the values of a that b lacks, sorted, each once.
func without(a, b []string) []string {
	var out []string
	for _, text := range a {
		if !slices.Contains(b, text) {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func sortedKeys[K cmp.Ordered, V any](a, b map[K]V) []K {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}
