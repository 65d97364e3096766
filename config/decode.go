package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/agentcore-probe/probe/spelling"
)

// maxDepth bounds nesting, which aliases can make endless.
const maxDepth = 16

// decoder walks a YAML tree into a struct. It does what yaml.Unmarshal does
// with KnownFields, and names the field and the line of whatever it refuses.
type decoder struct {
	file  string
	lines map[string]int // field → line
	depth int
}

// line finds the line of a field, or of the nearest field around it.
func (d *decoder) line(field string) int {
	for field != "" {
		if l, ok := d.lines[field]; ok {
			return l
		}
		field = field[:max(0, strings.LastIndexAny(field, ".["))]
	}
	return 0
}

func (d *decoder) fail(n *yaml.Node, field, format string, args ...any) error {
	return &Error{File: d.file, Line: n.Line, Field: field, Text: fmt.Sprintf(format, args...)}
}

func (d *decoder) decode(n *yaml.Node, field string, into any) error {
	if d.depth++; d.depth > maxDepth {
		return d.fail(n, field, "nested too deeply")
	}
	defer func() { d.depth-- }()
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	d.lines[field] = n.Line
	v := reflect.ValueOf(into).Elem()
	switch {
	case v.Kind() == reflect.Struct && !isScalar(v):
		return d.mapping(n, field, v)
	case v.Kind() == reflect.Slice:
		return d.sequence(n, field, v)
	}
	return d.scalar(n, field, v)
}

// isScalar reports whether a struct is written as one scalar, such as an address.
func isScalar(v reflect.Value) bool {
	_, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	return ok
}

func (d *decoder) mapping(n *yaml.Node, field string, v reflect.Value) error {
	if n.Kind != yaml.MappingNode {
		return d.fail(n, field, "must be a mapping of fields, not %s", describe(n))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := strings.TrimPrefix(field+"."+key.Value, ".")
		target, known := fieldByTag(v, key.Value)
		if !known {
			return d.fail(key, name, "unknown field; %s", instead(key.Value, tags(v)))
		}
		if seen[key.Value] {
			return d.fail(key, name, "given twice")
		}
		seen[key.Value] = true
		if err := d.decode(value, name, target.Addr().Interface()); err != nil {
			return err
		}
	}
	return nil
}

// instead says what an unknown field may have been meant for.
func instead(field string, known []string) string {
	if meant := spelling.Nearest(field, known); meant != "" {
		return fmt.Sprintf("did you mean %s?", meant)
	}
	return "the fields here are: " + strings.Join(known, ", ")
}

func (d *decoder) sequence(n *yaml.Node, field string, v reflect.Value) error {
	if n.Kind != yaml.SequenceNode {
		return d.fail(n, field, "must be a list, not %s", describe(n))
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		if err := d.decode(item, fmt.Sprintf("%s[%d]", field, i), v.Index(i).Addr().Interface()); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) scalar(n *yaml.Node, field string, v reflect.Value) error {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return d.fail(n, field, "must be %s, not %s", kindName(v), describe(n))
	}
	if v.Kind() == reflect.String && n.Tag != "!!str" {
		return d.fail(n, field, "must be text, not %s; quote it", describe(n))
	}
	if err := n.Decode(v.Addr().Interface()); err != nil {
		return d.fail(n, field, "%q is not %s", n.Value, kindName(v))
	}
	return nil
}

// kindName says in words what a field takes.
func kindName(v reflect.Value) string {
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		return "a duration such as 3s"
	case isScalar(v):
		return "an IP address"
	case v.Kind() == reflect.Bool:
		return "true or false"
	case v.CanInt():
		return "a whole number"
	case v.CanUint():
		return fmt.Sprintf("a whole number from 0 to %d", uint64(1)<<v.Type().Bits()-1)
	}
	return "text"
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + n.Value
	}
	return fmt.Sprintf("%q", n.Value)
}

func fieldByTag(v reflect.Value, tag string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if t := v.Type().Field(i).Tag.Get("yaml"); t == tag && t != "-" {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func tags(v reflect.Value) []string {
	var names []string
	for i := range v.NumField() {
		if t := v.Type().Field(i).Tag.Get("yaml"); t != "-" {
			names = append(names, t)
		}
	}
	return names
}
