package inventory

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/agentcore-probe/probe/vpc"
)

// documents renders what was read, by name. A list that was cut carries a
// NextToken, as the CLI's would: the decoder then takes its entries for known
// and the list for unread. So does that of another account where the probe's own
// account did not tell its part.
func (s *session) documents() []Document {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Document
	for file, l := range s.lists {
		if l.partial && len(l.items) == 0 {
			continue
		}
		body := map[string]any{l.key: append([]json.RawMessage{}, l.items...)}
		if l.partial || s.elsewhere != nil && s.elsewhere.untold[s.sources[file]] {
			body["NextToken"] = "not read"
		}
		out = append(out, Document{s.folder() + file, indented(body)})
	}
	for file, raw := range s.singles {
		out = append(out, Document{s.folder() + file, indented(raw)})
	}
	slices.SortFunc(out, func(a, b Document) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// indented writes JSON as the CLI does: four spaces a level, and no escapes
// for HTML. Values come from parsed JSON and cannot fail to be written.
func indented(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "    ")
	if err := enc.Encode(v); err != nil {
		return json.RawMessage("{}\n")
	}
	return b.Bytes()
}

// decoded decodes documents. A document from the network that does not decode
// is dropped and listed as bad, under its name for want of an action: it says
// nothing.
func decoded(documents []Document) (kept []Document, n *vpc.Network, ignored []string, bad []Unread) {
	var d vpc.Decoder
	for _, doc := range documents {
		if err := d.Decode(doc.Name, bytes.NewReader(doc.JSON)); err != nil {
			u := unread(doc.Name, fmt.Errorf("%w: %w", errDocument, err), 0)
			bad = append(bad, u)
			continue
		}
		kept = append(kept, doc)
	}
	return kept, d.Network(), d.Ignored(), bad
}
