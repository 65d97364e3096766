package proposal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/vpc"
)

// parse reads a JSON value; numbers stay as they are written.
func parse(text []byte) (any, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := d.Decode(&v)
	return v, err
}

// clone is a copy that shares nothing.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			out[name] = clone(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = clone(value)
		}
		return out
	}
	return v
}

// equal is RFC 6902's, section 4.6: numbers are equal by value, objects
// whatever the order of their members.
func equal(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, equal)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, equal)
	case json.Number:
		y, ok := b.(json.Number)
		m, notNumber := x.Float64()
		n, norThis := y.Float64()
		return ok && notNumber == nil && norThis == nil && m == n
	}
	return a == b
}

// ignored are the fields of a document that say something and that are in no
// entry of the network that was read from it.
func ignored(whole any, after *vpc.Network) ([]string, error) {
	documents, err := after.Encode()
	if err != nil {
		return nil, err
	}
	lists, _, err := split(documents)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(lists)
	if err != nil {
		return nil, err
	}
	understood, err := parse(text)
	if err != nil {
		return nil, err
	}
	known, said := map[string]string{}, map[string]string{}
	fields(understood, "", true, known)
	fields(whole, "", false, said)
	var unknown []string
	for key, name := range said {
		if _, ok := known[key]; !ok {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown, nil
}

// fields collects the fields of a value without indices, by their names in lower
// case, as encoding/json matches them. Those that say nothing are left out unless
// all are wanted.
func fields(v any, prefix string, all bool, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if path := prefix + "/" + name; all || !blank(value) {
				into[strings.ToLower(path)] = path
				fields(value, path, all, into)
			}
		}
	case []any:
		for _, value := range v {
			fields(value, prefix, all, into)
		}
	}
}

// blank reports whether a value is what a field has that is not there.
func blank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return slices.Contains([]string{"", "false", "0"}, fmt.Sprint(v))
}
