package world

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// A pattern is a file of this folder: adding one adds the pattern.
//
//go:embed patterns/*.json
var patterns embed.FS

// Patterns lists the patterns that Healthy knows, in alphabetical order.
func Patterns() []string {
	entries, err := fs.Glob(patterns, "patterns/*.json")
	if err != nil {
		return nil
	}
	for i, name := range entries {
		entries[i] = strings.TrimSuffix(path.Base(name), ".json")
	}
	return entries
}

// Healthy returns the world of a pattern in which everything works. It is the
// same on every run, ids included.
func Healthy(pattern string) (*World, error) {
	data, err := patterns.ReadFile("patterns/" + pattern + ".json")
	if err != nil {
		return nil, fmt.Errorf("no pattern %q: there is %s", pattern, strings.Join(Patterns(), ", "))
	}
	return Parse(data)
}
