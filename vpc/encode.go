package vpc

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Encode is the inverse of Decode: the documents of a network, by top-level
// key, in the shape that the AWS CLI prints. They hold what this package knows
// and nothing else. A list that was not read as a whole carries a NextToken.
func (n *Network) Encode() (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	for i := range lists {
		l := &lists[i]
		entries := reflect.ValueOf(l.all(n))
		if entries.Len() == 0 && !n.Has(l.key) {
			continue
		}
		if entries.IsNil() {
			entries = reflect.MakeSlice(entries.Type(), 0, 0)
		}
		document := map[string]any{l.key: entries.Interface()}
		if !n.Has(l.key) {
			document["NextToken"] = "not read"
		}
		raw, err := json.Marshal(document)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.key, err)
		}
		out[l.key] = raw
	}
	if n.Caller != nil {
		raw, err := json.Marshal(n.Caller)
		if err != nil {
			return nil, fmt.Errorf("CallerIdentity: %w", err)
		}
		out["CallerIdentity"] = raw
	}
	return out, nil
}
