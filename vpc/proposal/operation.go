package proposal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/agentcore-probe/probe/vpc"
)

// operation is one of RFC 6902, section 4. A member that is missing is nil.
type operation struct {
	Op    string          `json:"op"`
	Path  *string         `json:"path"`
	From  *string         `json:"from"`
	Value json.RawMessage `json:"value"`

	index, line int // in its file
}

// badField is what is wrong with a member of an operation.
type badField struct {
	name string
	err  error
}

func (f badField) Error() string { return f.name + ": " + f.err.Error() }
func (f badField) Unwrap() error { return f.err }

// Read reads a JSON Patch. The name stands in errors, which are of type
// *vpc.DocumentError.
func Read(name string, data []byte) (Change, error) {
	c := Change{name: name}
	at := func(offset int) int { return 1 + bytes.Count(data[:min(offset, len(data))], []byte("\n")) }
	d := json.NewDecoder(bytes.NewReader(data))
	if first, err := d.Token(); err != nil || first != json.Delim('[') {
		return c, &vpc.DocumentError{Name: name, Line: 1, Err: errors.New("want a list of RFC 6902 operations, or a policy document")}
	}
	for d.More() {
		start := int(d.InputOffset())
		start += bytes.IndexFunc(data[start:], func(r rune) bool { return r != ',' && r != ' ' && r != '\t' && r != '\r' && r != '\n' })
		o := operation{index: len(c.operations), line: at(start)}
		if err := d.Decode(&o); err != nil {
			return c, unreadable(c, o, at, start, err)
		}
		if err := o.check(); err != nil {
			return c, c.failed(o, err)
		}
		c.operations = append(c.operations, o)
	}
	if _, err := d.Token(); err != nil {
		return c, &vpc.DocumentError{Name: name, Line: at(len(data)), Err: errors.New("not complete: the JSON ends within the list")}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return c, &vpc.DocumentError{Name: name, Line: at(int(d.InputOffset())), Err: errors.New("there is more after the list")}
	}
	return c, nil
}

// unreadable places what encoding/json says of an operation.
func unreadable(c Change, o operation, at func(offset int) int, start int, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return c.failed(o, badField{kind.Field, fmt.Errorf("want a string, found %s", article(kind.Value))})
	case errors.As(err, &kind):
		return c.failed(o, fmt.Errorf("want an object, found %s", article(kind.Value)))
	case errors.As(err, &syntax):
		o.line = at(int(syntax.Offset))
		return &vpc.DocumentError{Name: c.name, Line: o.line, Err: fmt.Errorf("not JSON: %w", err)}
	}
	return &vpc.DocumentError{Name: c.name, Line: at(start), Err: errors.New("not complete: the JSON ends within a value")}
}

func article(kind string) string {
	if slices.Contains([]string{"object", "array"}, kind) {
		return "an " + kind
	}
	return "a " + kind
}

// check holds an operation against what it needs.
func (o operation) check() error {
	missing := func(name string) error { return badField{name, errors.New("is missing")} }
	known := []string{"add", "remove", "replace", "move", "copy", "test"}
	switch {
	case o.Op == "":
		return missing("op")
	case !slices.Contains(known, o.Op):
		return badField{"op", fmt.Errorf("%q is none of: add, remove, replace, move, copy, test", o.Op)}
	case o.Path == nil:
		return missing("path")
	case (o.Op == "move" || o.Op == "copy") && o.From == nil:
		return missing("from")
	case (o.Op == "add" || o.Op == "replace" || o.Op == "test") && o.Value == nil:
		return missing("value")
	}
	return nil
}

// apply makes the operation on a document, which it may change.
func (o operation) apply(whole any) (any, error) {
	path, err := steps(whole, *o.Path)
	if err != nil {
		return nil, badField{"path", err}
	}
	switch o.Op {
	case "move", "copy":
		from, err := steps(whole, *o.From)
		if err != nil {
			return nil, badField{"from", err}
		}
		return o.transfer(whole, from, path)
	case "remove":
		_, whole, err = remove(whole, path)
	default:
		value, parsed := parse(o.Value)
		if parsed != nil {
			return nil, badField{"value", parsed}
		}
		whole, err = o.put(whole, path, value)
	}
	return whole, fieldOf("path", err)
}

// put adds, replaces or tests.
func (o operation) put(whole any, path []string, value any) (any, error) {
	there, err := get(whole, path)
	switch {
	case o.Op == "add":
		return add(whole, path, value)
	case err != nil:
		return nil, err
	case o.Op == "test" && !equal(there, value):
		return nil, badField{"value", fmt.Errorf("differs from what is at %s", *o.Path)}
	case o.Op == "test":
		return whole, nil
	}
	return replace(whole, path, value)
}

// transfer moves or copies.
func (o operation) transfer(whole any, from, path []string) (any, error) {
	value, err := get(whole, from)
	if err != nil {
		return nil, badField{"from", err}
	}
	if o.Op == "copy" {
		whole, err = add(whole, path, clone(value))
		return whole, fieldOf("path", err)
	}
	if len(from) < len(path) && slices.Equal(from, path[:len(from)]) {
		return nil, badField{"path", errors.New("is within what is moved")}
	}
	if value, whole, err = remove(whole, from); err != nil {
		return nil, badField{"from", err}
	}
	if path, err = steps(whole, *o.Path); err == nil { // an index may have moved
		whole, err = add(whole, path, value)
	}
	return whole, fieldOf("path", err)
}

// fieldOf says of which member an error is, unless it says so itself.
func fieldOf(name string, err error) error {
	var field badField
	if err == nil || errors.As(err, &field) {
		return err
	}
	return badField{name, err}
}
