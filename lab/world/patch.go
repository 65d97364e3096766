package world

import (
	"encoding/json"
	"fmt"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

// Patch returns the world that RFC 6902 operations make of w, and checks it as
// Parse does.
func (w *World) Patch(operations json.RawMessage) (*World, error) {
	patch, err := jsonpatch.DecodePatch(operations)
	if err != nil {
		return nil, fmt.Errorf("patch: %w", err)
	}
	document, err := json.Marshal(w.document)
	if err != nil {
		return nil, err
	}
	for i, operation := range patch {
		if document, err = (jsonpatch.Patch{operation}).Apply(document); err != nil {
			return nil, fmt.Errorf("patch: operation %d: %w", i, err)
		}
	}
	return Parse(document)
}
