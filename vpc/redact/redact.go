// Package redact hides whose network it is and keeps its shape. Every id,
// address, name, account and ARN is replaced by another one of its kind, the
// same by the same, so that every reference still resolves and every range
// still holds what it held: what reachability and policies say about a flow
// does not change. Tags, descriptions and whatever else the model does not know
// are gone. What stays is AWS's own: regions, Availability Zones, states,
// types, ports, actions of policies, services' names.
package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/vpc"
)

// Redactor maps the texts of one network. Two redactors map the same network
// differently, as far as their keys differ.
type Redactor struct {
	blind  *blinder
	tokens map[string]string // what was replaced by what
	counts map[string]int    // replacements by prefix
	arns   []string          // those that were met outside of policies
}

// Network redacts a network and returns the redactor, which maps further texts
// about the same network: a component, an address. The key decides how addresses
// are mapped: who has it can map them back.
func Network(n *vpc.Network, key []byte) (*vpc.Network, *Redactor, error) {
	documents, err := n.Encode()
	if err != nil {
		return nil, nil, err
	}
	keys := slices.Sorted(maps.Keys(documents))
	trees := map[string]any{}
	var blocks []netip.Prefix
	for _, name := range keys {
		var tree any
		dec := json.NewDecoder(bytes.NewReader(documents[name]))
		dec.UseNumber()
		if err := dec.Decode(&tree); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		trees[name], blocks = tree, appendBlocks(blocks, tree)
	}
	r := &Redactor{blind: newBlinder(key, ranges(n), blocks), tokens: map[string]string{}, counts: map[string]int{}}
	for _, name := range keys {
		trees[name] = r.tree(place{}, trees[name])
	}
	// Policies come last: their wildcards are matched against everything else.
	var d vpc.Decoder
	for _, name := range keys {
		text, err := json.Marshal(r.policies(trees[name]))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := d.Decode(name, bytes.NewReader(text)); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return d.Network(), r, nil
}

func ranges(n *vpc.Network) []netip.Prefix {
	var out []netip.Prefix
	for _, v := range n.VPCs {
		out = append(out, v.CidrBlock)
		for _, a := range v.CidrBlockAssociationSet {
			out = append(out, a.CidrBlock)
		}
	}
	return out
}

// appendBlocks adds the addresses and ranges that stand in a decoded JSON value,
// outside of policies.
func appendBlocks(to []netip.Prefix, v any) []netip.Prefix {
	switch v := v.(type) {
	case map[string]any:
		for _, value := range v {
			to = appendBlocks(to, value)
		}
	case []any:
		for _, value := range v {
			to = appendBlocks(to, value)
		}
	case string:
		if p, err := netip.ParsePrefix(v); err == nil {
			to = append(to, p)
		} else if a, err := netip.ParseAddr(v); err == nil && a.Zone() == "" {
			to = append(to, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return to
}

// place is where a value stands: under which key, and under which key that is.
type place struct{ key, parent string }

// policyText is a policy that waits until everything else was seen.
type policyText string

// tree maps a decoded JSON value. What says nothing is left out.
func (r *Redactor) tree(at place, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			inner := place{key, at.key}
			if value := v[key]; value != nil && value != "" && !dropped[key] && (key != "Description" || inner == describesInterface) {
				out[key] = r.tree(inner, value)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = r.tree(at, v[i])
		}
		return out
	case string:
		switch {
		case strings.EqualFold(at.key, "PolicyDocument") || at.key == "policy" || at.key == "Document":
			return policyText(v)
		case kept[at.key] || keptIn[at]:
			return v
		case at == describesInterface:
			return r.description(v)
		}
		mapped := r.Text(v)
		if strings.HasPrefix(v, "arn:") && !slices.Contains(r.arns, v) {
			r.arns = append(r.arns, v)
		}
		return mapped
	}
	return v
}

// policies redacts the policies that a tree put off.
func (r *Redactor) policies(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = r.policies(v[key])
		}
	case []any:
		for i := range v {
			v[i] = r.policies(v[i])
		}
	case policyText:
		return r.policy(string(v))
	}
	return v
}

// Names is what stands for what, by what stands for it; addresses are not among
// them.
func (r *Redactor) Names() map[string]string {
	names := map[string]string{}
	for original, replacement := range r.tokens {
		names[replacement] = original
	}
	return names
}
