// Package world is the document that a lab world is made from: AWS resources in
// the shape that the AWS CLI prints, and under the key "Lab" what is not an AWS
// resource: principals, hosts and their faults.
//
// The document is the truth. Kernel, DNS and the AWS APIs are derived from it
// and follow its changes; see Live. Fields that the lab does not know are kept.
package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// MaxDocument is the largest document that Parse reads, in bytes.
const MaxDocument = 64 << 20

// World is one state of a lab world. It is not changed after it was made: a
// change makes another World (Patch, Live.Mutate).
type World struct {
	document map[string]any
	network  Network
	lab      Lab
}

// Parse reads a world from JSON and checks it. Errors of the content are of
// type *Error and name the place by its JSON pointer (RFC 6901). An endpoint whose
// CreationTimestamp is "now" was made at this moment.
func Parse(data []byte) (*World, error) {
	if len(data) > MaxDocument {
		return nil, fmt.Errorf("a world of more than %d MiB", MaxDocument>>20)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var document map[string]any
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("a world is one JSON object: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("a world is one JSON object, and more follows it")
	}
	date(document, time.Now())
	return New(document)
}

// date writes the time into the endpoints that were made now.
func date(document map[string]any, now time.Time) {
	endpoints, _ := document["VpcEndpoints"].([]any)
	for _, e := range endpoints {
		if e, ok := e.(map[string]any); ok && e["CreationTimestamp"] == "now" {
			e["CreationTimestamp"] = now.UTC().Format("2006-01-02T15:04:05.000Z")
		}
	}
}

// New makes a world of a decoded document (numbers as json.Number) and checks
// it as Parse does. The document belongs to the World from then on.
func New(document map[string]any) (*World, error) {
	w := &World{document: document}
	if err := w.decode(); err != nil {
		return nil, err
	}
	if err := w.validate(); err != nil {
		return nil, err
	}
	return w, nil
}

// Document returns the document as decoded JSON, numbers as json.Number. Within
// Live.Mutate it may be changed; anywhere else it is only read.
func (w *World) Document() map[string]any { return w.document }

// Network returns the AWS resources that decide what packets and names do. The
// value is shared: it is only read.
func (w *World) Network() *Network { return &w.network }

// Lab returns what is not an AWS resource. The value is shared: it is only
// read.
func (w *World) Lab() *Lab { return &w.lab }

// MarshalJSON returns the whole document, keys in alphabetical order.
func (w *World) MarshalJSON() ([]byte, error) { return json.Marshal(w.document) }

// clone copies a decoded JSON value.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = clone(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = clone(item)
		}
		return out
	}
	return v
}
