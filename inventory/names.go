package inventory

import "strings"

// runtimeID takes the id of a runtime out of its ARN; an id stays as it is.
func runtimeID(name string) string {
	if _, id, ok := strings.Cut(name, ":runtime/"); ok {
		id, _, _ = strings.Cut(id, "/")
		return id
	}
	return name
}

// fileName makes an id from the network fit for a file's name.
func fileName(id string) string {
	safe := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}
	id = strings.Map(safe, id)
	return id[:min(len(id), 100)]
}
