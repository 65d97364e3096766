// Package proposal applies a change that nobody has made yet to what AWS says:
// the operations of a JSON Patch (RFC 6902) on the documents of a network, one
// object whose keys are the top-level keys of the AWS CLI's answers; or a policy
// document in the place of the one that a resource has.
//
// A step of a path into a list is an index, as RFC 6901 has it, or the id or ARN
// of the resource that is meant: /SecurityGroups/sg-0a1b/IpPermissions/-.
package proposal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/agentcore-probe/probe/vpc"
)

// Change is a proposed change: operations, in the order in which they are made,
// or a policy.
type Change struct {
	name       string // of the file
	operations []operation

	policy   string // JSON text; "" where there are operations
	resource string // whose it is to be; "" where the policy says so
}

// Result is a network as a change would leave it.
type Result struct {
	Network *vpc.Network

	// Ignored are the fields that the change brought in and that nobody
	// understands, without indices, in alphabetical order: they have no effect.
	Ignored []string
}

// Apply makes the change on a copy of n. Errors are of type *vpc.DocumentError:
// they name the file, the line, and the field of the operation.
func (c Change) Apply(n *vpc.Network) (Result, error) {
	if c.policy != "" {
		return c.attach(n)
	}
	documents, err := n.Encode()
	if err != nil {
		return Result{}, err
	}
	lists, rest, err := split(documents)
	if err != nil {
		return Result{}, err
	}
	whole, err := c.edit(lists, len(c.operations))
	if err != nil {
		return Result{}, err
	}
	after, err := decode(whole, rest)
	if err != nil {
		return Result{}, c.blame(lists, rest, err)
	}
	ignored, err := ignored(whole, after)
	return Result{after, ignored}, err
}

// edit makes the first operations.
func (c Change) edit(lists map[string]json.RawMessage, first int) (any, error) {
	text, err := json.Marshal(lists)
	if err != nil {
		return nil, err
	}
	whole, err := parse(text)
	if err != nil {
		return nil, err
	}
	for _, o := range c.operations[:first] {
		if whole, err = o.apply(whole); err != nil {
			return nil, c.failed(o, err)
		}
	}
	return whole, nil
}

// blame names the operation after which the documents are none any more.
func (c Change) blame(lists map[string]json.RawMessage, rest pages, err error) error {
	for i := range c.operations {
		whole, failed := c.edit(lists, i+1)
		if failed != nil {
			return failed
		}
		if _, failed := decode(whole, rest); failed != nil {
			return c.failed(c.operations[i], badField{"value", withoutName(failed)})
		}
	}
	return err
}

// withoutName is what is wrong with a document, without the document.
func withoutName(err error) error {
	var document *vpc.DocumentError
	if errors.As(err, &document) && document.Field != "" {
		return fmt.Errorf("%s: %w", document.Field, document.Err)
	}
	return err
}

func (c Change) failed(o operation, err error) error {
	out := &vpc.DocumentError{Name: c.name, Line: o.line, Field: fmt.Sprintf("[%d]", o.index), Err: err}
	var field badField
	if errors.As(err, &field) {
		out.Field, out.Err = out.Field+"."+field.name, field.err
	}
	return out
}

// pages are the rest of each document beside its list, such as that the list was
// not read as a whole.
type pages map[string]map[string]json.RawMessage

// split takes the lists out of their documents.
func split(documents map[string]json.RawMessage) (lists map[string]json.RawMessage, rest pages, err error) {
	lists, rest = map[string]json.RawMessage{}, pages{}
	for name, document := range documents {
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(document, &keys); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		if list, ok := keys[name]; ok {
			lists[name] = list
			delete(keys, name)
		}
		rest[name] = keys
	}
	return lists, rest, nil
}

// decode reads the lists back, each with the rest of its document.
func decode(whole any, rest pages) (*vpc.Network, error) {
	lists, ok := whole.(map[string]any)
	if !ok {
		return nil, errors.New("the documents are no JSON object any more")
	}
	documents := map[string]map[string]any{}
	for name, keys := range rest {
		documents[name] = map[string]any{}
		for key, value := range keys {
			documents[name][key] = value
		}
	}
	for name, list := range lists {
		if documents[name] == nil {
			documents[name] = map[string]any{}
		}
		documents[name][name] = list
	}
	var d vpc.Decoder
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		text, err := json.Marshal(documents[name])
		if err != nil {
			return nil, err
		}
		if len(documents[name]) == 0 {
			continue // its list was removed
		}
		if err := d.Decode(name, bytes.NewReader(text)); err != nil {
			return nil, err
		}
	}
	return d.Network(), nil
}
