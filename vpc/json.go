package vpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// member is a field of a JSON object, or an element of a JSON array (without
// a key). The offset counts from the start of what holds it.
type member struct {
	key    string
	raw    json.RawMessage
	offset int
}

// members splits a JSON object into its fields, in their order.
func members(raw json.RawMessage) ([]member, error) {
	var out []member
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		m, err := next(dec)
		if err != nil {
			return nil, err
		}
		m.key, _ = key.(string)
		out = append(out, m)
	}
	return out, nil
}

// elements splits a JSON array.
func elements(raw json.RawMessage) ([]member, error) {
	var out []member
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	for dec.More() {
		m, err := next(dec)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func next(dec *json.Decoder) (member, error) {
	var m member
	err := dec.Decode(&m.raw)
	m.offset = int(dec.InputOffset()) - len(m.raw)
	return m, err
}

// kindOf names the JSON value that starts raw.
func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// weight counts the values that a document says: the measure of how much an
// entry tells.
func weight(raw json.RawMessage) int {
	dec := json.NewDecoder(bytes.NewReader(raw))
	n := 0
	for {
		token, err := dec.Token()
		if err != nil {
			return n
		}
		if _, open := token.(json.Delim); !open && token != nil {
			n++
		}
	}
}

// checkDepth refuses nesting that no AWS answer has, before a recursive
// parser sees it.
func checkDepth(data []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return &fieldError{offset: i, err: fmt.Errorf("nested deeper than %d levels", maxDepth)}
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// blame finds the innermost value of raw that does not fit its Go type. It
// returns nil when none is to blame alone.
func blame(path string, raw json.RawMessage, offset int, t reflect.Type) *fieldError {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	err := json.Unmarshal(raw, reflect.New(t).Interface())
	if err == nil {
		return nil
	}
	var inner *fieldError
	switch {
	case reflect.PointerTo(t).Implements(textOrJSON[0]) || reflect.PointerTo(t).Implements(textOrJSON[1]):
	case t.Kind() == reflect.Struct && raw[0] == '{':
		inner = blameFields(path, raw, offset, t)
	case t.Kind() == reflect.Slice && raw[0] == '[':
		inner = blameElements(path, raw, offset, t)
	}
	if inner != nil {
		return inner
	}
	return &fieldError{path: path, offset: offset, err: plainer(err, raw, t)}
}

func blameFields(path string, raw json.RawMessage, offset int, t reflect.Type) *fieldError {
	fields, err := members(raw)
	if err != nil {
		return nil
	}
	for _, m := range fields {
		f, ok := fieldNamed(t, m.key)
		if !ok {
			continue
		}
		if bad := blame(path+"."+m.key, m.raw, offset+m.offset, f.Type); bad != nil {
			return bad
		}
	}
	return nil
}

func blameElements(path string, raw json.RawMessage, offset int, t reflect.Type) *fieldError {
	items, err := elements(raw)
	if err != nil {
		return nil
	}
	for i, m := range items {
		if bad := blame(fmt.Sprintf("%s[%d]", path, i), m.raw, offset+m.offset, t.Elem()); bad != nil {
			return bad
		}
	}
	return nil
}

// fieldNamed finds the field of a struct that encoding/json fills from key.
func fieldNamed(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Name
		if tag := f.Tag.Get("json"); tag != "" {
			name = tag
		}
		if strings.EqualFold(name, key) {
			return f, true
		}
	}
	return reflect.StructField{}, false
}
