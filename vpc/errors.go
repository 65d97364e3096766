package vpc

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// DocumentError says what is wrong with a document, and where.
type DocumentError struct {
	Name   string // the file, or the API action
	Line   int    // from 1; 0 where the document as a whole is wrong
	Offset int    // the byte that it begins at, from 0; a document is often one line. 0 says nothing
	Field  string // "SecurityGroups[3].IpPermissions[0].FromPort"; "" where no field is known
	Err    error
}

// Error is one line: name, line, field, what is wrong, and the offset.
func (e *DocumentError) Error() string {
	text := e.Name
	if e.Line > 0 {
		text += fmt.Sprintf(":%d", e.Line)
	}
	if e.Field != "" {
		text += ": " + e.Field
	}
	text += ": " + e.Err.Error()
	if e.Offset > 0 {
		text += fmt.Sprintf(" (byte %d)", e.Offset)
	}
	return text
}

// Unwrap returns what is wrong without the place.
func (e *DocumentError) Unwrap() error { return e.Err }

// fieldError is an error at a byte offset of the input.
type fieldError struct {
	path   string
	offset int
	err    error
}

func (e *fieldError) Error() string { return e.path + ": " + e.err.Error() }
func (e *fieldError) Unwrap() error { return e.err }

// located turns the offset of an error into a line of data.
func located(name string, data []byte, err error) error {
	var field *fieldError
	if !errors.As(err, &field) {
		return &DocumentError{Name: name, Err: err}
	}
	out := &DocumentError{Name: name, Field: field.path, Err: field.err}
	if len(data) > 0 {
		end := min(max(field.offset, 0), len(data))
		out.Line, out.Offset = 1+bytes.Count(data[:end], []byte{'\n'}), end
	}
	return out
}

// syntaxError places what encoding/json says about the document from start.
func syntaxError(data []byte, start int, err error) error {
	// A fresh parse counts its offsets from where the document starts.
	var raw json.RawMessage
	fresh := json.NewDecoder(bytes.NewReader(data[start:])).Decode(&raw)
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &fieldError{offset: len(data), err: errors.New("not complete: the JSON ends within a value")}
	case errors.As(fresh, &syntax):
		return &fieldError{offset: start + int(syntax.Offset) - 1, err: fmt.Errorf("not JSON: %w", fresh)}
	}
	return &fieldError{offset: start, err: fmt.Errorf("not JSON: %w", err)}
}

var textOrJSON = [2]reflect.Type{reflect.TypeFor[encoding.TextUnmarshaler](), reflect.TypeFor[json.Unmarshaler]()}

// plainer says in words of JSON what encoding/json says in words of Go.
func plainer(err error, raw json.RawMessage, t reflect.Type) error {
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) {
		return err
	}
	want := map[reflect.Kind]string{
		reflect.String: "a string", reflect.Bool: "a boolean", reflect.Slice: "a list", reflect.Struct: "an object",
		reflect.Int: "a whole number", reflect.Int64: "a whole number", reflect.Uint16: "a port",
	}[t.Kind()]
	if want == "" {
		return err
	}
	return fmt.Errorf("want %s, found %s", want, found(raw))
}

// found names a value, and quotes it where it is a short number.
func found(raw json.RawMessage) string {
	if kind := kindOf(raw); kind != "a number" || len(raw) > 32 {
		return kind
	}
	return string(raw)
}
