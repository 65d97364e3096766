package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A document is kept as a tree that remembers where each value stood and the
// order of keys: errors name a line, doubled keys are noticed (encoding/json
// would silently take the last), and a mended document reads like the old one.
type node struct {
	offset  int // bytes from the start of the text
	keys    []string
	members map[string]*node // an object's; nil otherwise
	items   []*node          // an array's
	isArray bool
	scalar  any // string, json.Number, bool or nil
}

const (
	maxDocument = 1 << 20 // bytes; AWS's own limits are far below
	maxDepth    = 32
)

func parseTree(text string) (*node, error) {
	if len(text) > maxDocument {
		return nil, fmt.Errorf("policy of %d bytes: more than %d", len(text), maxDocument)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	root, err := readNode(d, 0)
	if err != nil {
		return nil, locate(text, d, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, at(text, int(d.InputOffset()), "more text behind the policy")
	}
	return root, nil
}

func readNode(d *json.Decoder, depth int) (*node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	n := &node{offset: int(d.InputOffset())}
	if depth > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	switch token {
	case json.Delim('{'):
		return n, n.readMembers(d, depth)
	case json.Delim('['):
		return n, n.readItems(d, depth)
	}
	n.scalar = token
	return n, nil
}

func (n *node) readMembers(d *json.Decoder, depth int) error {
	n.members = map[string]*node{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok {
			return errors.New("a key that is not a string")
		}
		if n.members[key] != nil {
			return fmt.Errorf("%s appears twice", quoted(key))
		}
		member, err := readNode(d, depth+1)
		if err != nil {
			return err
		}
		n.set(key, member)
	}
	_, err := d.Token()
	return err
}

func (n *node) readItems(d *json.Decoder, depth int) error {
	n.isArray = true
	for d.More() {
		item, err := readNode(d, depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := d.Token()
	return err
}

func (n *node) set(key string, value *node) {
	if n.members[key] == nil {
		n.keys = append(n.keys, key)
	}
	n.members[key] = value
}

// list returns the items of an array, or the value itself: IAM lets every list
// of one element be written without its brackets.
func (n *node) list() []*node {
	if n.isArray {
		return n.items
	}
	return []*node{n}
}

// text returns a scalar as IAM compares it: numbers and booleans by their
// spelling.
func (n *node) text() (string, bool) {
	switch v := n.scalar.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

func (n *node) isObject() bool { return n.members != nil }

// appendJSON writes the tree with its keys in their old order.
func (n *node) appendJSON(b *bytes.Buffer) {
	switch {
	case n.isObject():
		b.WriteByte('{')
		for i, key := range n.keys {
			if i > 0 {
				b.WriteByte(',')
			}
			appendScalar(b, key)
			b.WriteByte(':')
			n.members[key].appendJSON(b)
		}
		b.WriteByte('}')
	case n.isArray:
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.appendJSON(b)
		}
		b.WriteByte(']')
	default:
		appendScalar(b, n.scalar)
	}
}

// appendScalar is json.Marshal without the escapes that are meant for HTML:
// "&" and "<" stay readable in a command.
func appendScalar(b *bytes.Buffer, v any) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if e.Encode(v) == nil { // strings, numbers, booleans and null always encode
		b.Truncate(b.Len() - 1) // the encoder's newline
	}
}

func locate(text string, d *json.Decoder, err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return at(text, int(syntax.Offset), "%w", err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return at(text, len(text), "the text ends too early")
	}
	return at(text, int(d.InputOffset()), "%w", err)
}

// at puts line and column before an error.
func at(text string, offset int, format string, args ...any) error {
	offset = min(max(offset, 0), len(text))
	line := strings.Count(text[:offset], "\n") + 1
	column := offset - strings.LastIndexByte(text[:offset], '\n')
	return fmt.Errorf("policy, line %d, column %d: "+format, append([]any{line, column}, args...)...)
}

// quoted keeps what a hostile document puts into an error short and on one line.
func quoted(s string) string {
	const limit = 60
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return fmt.Sprintf("%q", s)
}
