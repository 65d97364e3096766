package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"
)

// maxSize bounds a configuration file: what is larger is something else.
const maxSize = 1 << 20

// Error is a fault in a configuration.
type Error struct {
	File  string // or whatever else holds the text
	Line  int    // 0 where there is none
	Field string // dotted, with list positions: runtimes[0].arn; "" where there is none
	Text  string
}

// Error formats the fault as file:line: field: text.
func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
	}
	if e.Field != "" {
		s += ": " + e.Field
	}
	return s + ": " + e.Text
}

// Load reads and validates the file. A fault is an *Error; a file that cannot
// be read is the operating system's error.
func Load(path string) (Config, error) {
	text, err := readBounded(path)
	if err != nil {
		return Config{}, err
	}
	return Parse(path, text)
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(text) > maxSize {
		return nil, &Error{File: path, Text: "larger than 1 MiB: this is not a configuration file"}
	}
	return text, nil
}

// Parse reads and validates a configuration; file names it in errors.
func Parse(file string, text []byte) (Config, error) {
	root, err := document(file, text)
	if err != nil {
		return Config{}, err
	}
	c := Default()
	d := decoder{file: file, lines: map[string]int{}}
	if err := d.decode(root, "", &c); err != nil {
		return Config{}, err
	}
	for i := range c.Runtimes {
		c.Runtimes[i].Line = d.lines[fmt.Sprintf("runtimes[%d]", i)]
	}
	for i := range c.Databases {
		c.Databases[i].Line = d.lines[fmt.Sprintf("databases[%d]", i)]
	}
	for i := range c.Destinations {
		c.Destinations[i].Line = d.lines[fmt.Sprintf("destinations[%d]", i)]
	}
	if f := c.fault(); f != nil {
		return Config{}, &Error{File: file, Line: d.line(f.field), Field: f.field, Text: f.text}
	}
	return c, nil
}

// document is the root of the one document that a configuration is.
func document(file string, text []byte) (*yaml.Node, error) {
	var first, second yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(text))
	switch err := documents.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil, &Error{File: file, Text: "no setting in it; 'probe config example' prints one to start from"}
	case err != nil:
		return nil, syntaxError(file, err)
	}
	switch err := documents.Decode(&second); {
	case err == nil:
		return nil, &Error{File: file, Line: second.Line, Text: "a second document begins here; a configuration is one, without '---' in it"}
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(file, err)
	}
	return first.Content[0], nil
}

// syntaxError keeps the line that the YAML parser names.
func syntaxError(file string, err error) error {
	e := &Error{File: file, Text: "not YAML: " + err.Error()}
	var line int
	if n, _ := fmt.Sscanf(err.Error(), "yaml: line %d:", &line); n == 1 {
		e.Line = line
	}
	return e
}
