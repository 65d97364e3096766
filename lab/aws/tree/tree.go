// Package tree reads and changes the resources of a world as plain JSON
// values, in the shape in which the AWS CLI prints them.
package tree

import (
	"fmt"
	"slices"
	"strings"
)

// Object is a JSON object, decoded with json.Decoder.UseNumber.
type Object = map[string]any

// Store gives access to the world's document.
type Store interface {
	// Read returns a snapshot, which is only read.
	Read() (Object, error)
	// Change applies f to a copy and makes it the document unless f fails.
	Change(f func(Object) error) error
}

// Objects returns the objects of the list under key.
func Objects(o Object, key string) []Object {
	list, _ := o[key].([]any)
	out := make([]Object, 0, len(list))
	for _, v := range list {
		if object, ok := v.(Object); ok {
			out = append(out, object)
		}
	}
	return out
}

// SetObjects replaces the list under key.
func SetObjects(o Object, key string, objects []Object) {
	list := make([]any, 0, len(objects))
	for _, v := range objects {
		list = append(list, v)
	}
	o[key] = list
}

// Child returns the object under key; nil when there is none.
func Child(o Object, key string) Object {
	child, _ := o[key].(Object)
	return child
}

// Text returns the scalar under key as text, "" for none.
func Text(o Object, key string) string {
	if v := o[key]; v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// Strings returns the scalars of the list under key as text.
func Strings(o Object, key string) []string { return Values(o, key) }

// SetStrings replaces the list under key.
func SetStrings(o Object, key string, values []string) {
	list := make([]any, 0, len(values))
	for _, v := range values {
		list = append(list, v)
	}
	o[key] = list
}

// Find returns the object of the list under key whose field is value.
func Find(o Object, key, field, value string) (Object, bool) {
	objects := Objects(o, key)
	i := slices.IndexFunc(objects, func(v Object) bool { return Text(v, field) == value })
	if i < 0 {
		return nil, false
	}
	return objects[i], true
}

// Values returns all scalars at a dotted path, through lists.
func Values(v any, path string) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, Values(item, path)...)
		}
		return out
	case Object:
		if path == "" {
			return nil
		}
		head, rest, _ := strings.Cut(path, ".")
		return Values(v[head], rest)
	}
	if path != "" {
		return nil
	}
	return []string{fmt.Sprint(v)}
}
