package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Memory is a Store that keeps the document in memory as JSON.
type Memory struct {
	mu   sync.Mutex
	text []byte
}

// NewMemory makes a store of a JSON document.
func NewMemory(text []byte) (*Memory, error) {
	if _, err := Decode(text); err != nil {
		return nil, err
	}
	return &Memory{text: bytes.Clone(text)}, nil
}

// Decode reads a JSON object as this package wants it: numbers stay text.
func Decode(text []byte) (Object, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var o Object
	if err := dec.Decode(&o); err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) || o == nil {
		return nil, errors.New("document: not exactly one object")
	}
	return o, nil
}

// Read implements Store.
func (m *Memory) Read() (Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Decode(m.text)
}

// Change implements Store.
func (m *Memory) Change(f func(Object) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := Decode(m.text)
	if err != nil {
		return err
	}
	if err := f(o); err != nil {
		return err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	m.text = text
	return nil
}
