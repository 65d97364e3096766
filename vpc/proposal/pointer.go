package proposal

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// steps are the reference tokens of a JSON Pointer (RFC 6901), with the index of
// the resource in the place of each id. Those that lead nowhere stay as they are.
func steps(whole any, pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	if pointer[0] != '/' {
		return nil, fmt.Errorf("%q does not begin with a slash", pointer)
	}
	all := strings.Split(pointer[1:], "/")
	at := whole
	for i, step := range all {
		all[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch value := at.(type) {
		case map[string]any:
			at = value[all[i]]
		case []any:
			n, err := find(value, all[i])
			if err != nil {
				return nil, err
			}
			all[i] = n
			at, _ = get(value, []string{n})
		default:
			at = nil
		}
	}
	return all, nil
}

// find is the index that a step into a list means: the step itself, or that of
// the one element of which it is an id.
func find(list []any, step string) (string, error) {
	if _, err := strconv.Atoi(step); err == nil || step == "-" {
		return step, nil
	}
	found := -1
	for i, element := range list {
		if !identifies(element, step) {
			continue
		}
		if found >= 0 {
			return "", fmt.Errorf("%s is an id of several elements: name one by its index", step)
		}
		found = i
	}
	if found < 0 {
		return "", fmt.Errorf("%s is no index, and no element has it as its id", step)
	}
	return strconv.Itoa(found), nil
}

// identifies reports whether a field of a resource that names one says id.
func identifies(element any, id string) bool {
	fields, _ := element.(map[string]any)
	for name, value := range fields {
		lower := strings.ToLower(name)
		names := strings.HasSuffix(lower, "id") || strings.HasSuffix(lower, "arn") || strings.HasSuffix(lower, "identifier") || name == "DestinationCidrBlock"
		if names && value == id {
			return true
		}
	}
	return false
}

// place is an index of a list; one past its end only where something is added.
func place(list []any, step string, adding bool) (int, error) {
	if step == "-" {
		if adding {
			return len(list), nil
		}
		return 0, errors.New("- is past the end of the list")
	}
	n, err := strconv.Atoi(step)
	if err != nil || n < 0 || step != strconv.Itoa(n) { // no leading zeros: RFC 6901, section 4
		return 0, fmt.Errorf("%s is no index", step)
	}
	if n > len(list) || n == len(list) && !adding {
		return 0, fmt.Errorf("index %d is past the end of the list, which has %d", n, len(list))
	}
	return n, nil
}

// get is what a path leads to.
func get(at any, path []string) (any, error) {
	for _, step := range path {
		switch value := at.(type) {
		case map[string]any:
			next, ok := value[step]
			if !ok {
				return nil, fmt.Errorf("there is no %s", step)
			}
			at = next
		case []any:
			i, err := place(value, step, false)
			if err != nil {
				return nil, err
			}
			at = value[i]
		default:
			return nil, fmt.Errorf("%s leads into what is neither an object nor a list", step)
		}
	}
	return at, nil
}

// add is RFC 6902, section 4.1.
func add(whole any, path []string, value any) (any, error) {
	return at(whole, path, value, func(list []any, step string) ([]any, error) {
		i, err := place(list, step, true)
		if err != nil {
			return nil, err
		}
		return slices.Insert(list, i, value), nil
	})
}

// replace is RFC 6902, section 4.3, for what is there.
func replace(whole any, path []string, value any) (any, error) {
	return at(whole, path, value, func(list []any, step string) ([]any, error) {
		i, err := place(list, step, false)
		if err != nil {
			return nil, err
		}
		list[i] = value
		return list, nil
	})
}

// at puts a value where a path leads: into an object under its name, into a list
// as into says.
func at(whole any, path []string, value any, into func(list []any, step string) ([]any, error)) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	holder, last := path[:len(path)-1], path[len(path)-1]
	parent, err := get(whole, holder)
	if err != nil {
		return nil, err
	}
	switch parent := parent.(type) {
	case map[string]any:
		parent[last] = value
		return whole, nil
	case []any:
		list, err := into(parent, last)
		if err != nil {
			return nil, err
		}
		return replace(whole, holder, list)
	}
	return nil, fmt.Errorf("%s leads into what is neither an object nor a list", last)
}

// remove is RFC 6902, section 4.2; it returns what was there, too.
func remove(whole any, path []string) (value, rest any, err error) {
	if value, err = get(whole, path); err != nil {
		return nil, nil, err
	}
	if len(path) == 0 {
		return value, nil, nil
	}
	holder, last := path[:len(path)-1], path[len(path)-1]
	parent, err := get(whole, holder)
	if err != nil {
		return nil, nil, err
	}
	if list, ok := parent.([]any); ok {
		i, err := place(list, last, false)
		if err != nil {
			return nil, nil, err
		}
		rest, err = replace(whole, holder, slices.Delete(list, i, i+1))
		return value, rest, err
	}
	delete(parent.(map[string]any), last) // get went through it
	return value, whole, nil
}
