package vpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Limits of a document. A VPC of ten thousand interfaces is about 30 MB.
const (
	MaxDocument = 256 << 20 // bytes
	maxDepth    = 64        // AWS's deepest answer nests 9 levels
)

// Decoder builds a Network from documents in the shape that the AWS CLI
// prints. What a document holds is recognised by its top-level keys; one
// document may have many. The zero value is ready to use.
//
// A document that cannot be decoded leaves the Decoder as it was. Where two
// documents describe the same resource, the entry that says more wins, and of
// equals the later one. A document with a NextToken is one page of several:
// its entries count, its list as such is not read.
type Decoder struct {
	network Network
	seen    map[entryKey]seen
	ignored map[string]bool
}

// entryKey names a resource: the top-level key of its list, and its id.
type entryKey struct{ list, id string }

// seen is where an entry stands in its list, and what it said.
type seen struct {
	place int
	raw   json.RawMessage
}

// change applies one decoded entry. Changes are collected first and applied
// when the whole input has proved sound.
type change func(d *Decoder)

// Decode reads the documents of r: one JSON object after another. The name
// stands in errors, which are of type *DocumentError.
func (d *Decoder) Decode(name string, r io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(r, MaxDocument+1))
	if err != nil {
		return &DocumentError{Name: name, Err: err}
	}
	if len(data) > MaxDocument {
		return &DocumentError{Name: name, Err: fmt.Errorf("larger than %d MiB", MaxDocument>>20)}
	}
	changes, err := read(data)
	if err != nil {
		return located(name, data, err)
	}
	for _, apply := range changes {
		apply(d)
	}
	return nil
}

// Network returns what was decoded so far, with Region and Account derived
// from it. Ask when everything is decoded: a later Decode may change it.
func (d *Decoder) Network() *Network {
	n := d.network
	n.Region, n.Account = origin(&n)
	for i := range n.Endpoints {
		n.Endpoints[i].VpcEndpointType = n.Endpoints[i].kind()
	}
	return &n
}

// Ignored lists the top-level keys that were present and not understood, in
// alphabetical order.
func (d *Decoder) Ignored() []string {
	var keys []string
	for key := range d.ignored {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// ignoredAs names an unknown key, with advice where it could have been of use.
func ignoredAs(key string) string {
	switch {
	case sameKey(key, "policy"):
		return key + ` (whose? wrap it as {"resourcePolicies": [{"resourceArn": "…", "policy": "…"}]})`
	case sameKey(key, "Entries"):
		return key + ` (of which list? wrap it as {"ManagedPrefixListEntries": [{"PrefixListId": "…", "Entries": […]}]})`
	case sameKey(key, "Routes"), sameKey(key, "Associations"):
		return key + ` (of which route table of a transit gateway? put "TransitGatewayRouteTableId": "tgw-rtb-…" beside it)`
	case sameKey(key, "Targets"):
		return key + ` (of which proxy? put "DBProxyName": "…" beside it)`
	case sameKey(key, "NextToken"), sameKey(key, "Marker"):
		return key + " (the document is one page of several)"
	}
	return key
}

func (d *Decoder) ignore(key string) {
	if d.ignored == nil {
		d.ignored = map[string]bool{}
	}
	d.ignored[key] = true
}

func (d *Decoder) markRead(key string) {
	if d.network.Read == nil {
		d.network.Read = map[string]bool{}
	}
	d.network.Read[key] = true
}

// read decodes the JSON objects of data one after another.
func read(data []byte) ([]change, error) {
	if err := checkDepth(data); err != nil {
		return nil, err
	}
	var changes []change
	dec := json.NewDecoder(bytes.NewReader(data))
	for n := 0; ; n++ {
		start := int(dec.InputOffset())
		var raw json.RawMessage
		err := dec.Decode(&raw)
		switch {
		case errors.Is(err, io.EOF) && n == 0:
			return nil, &fieldError{err: errors.New("empty: want a JSON object as the AWS CLI prints it")}
		case errors.Is(err, io.EOF):
			return changes, nil
		case err != nil:
			return nil, syntaxError(data, start, err)
		}
		more, err := readDocument(raw, int(dec.InputOffset())-len(raw))
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
}

// readDocument decodes one JSON object that starts at offset of its input.
func readDocument(raw json.RawMessage, offset int) ([]change, error) {
	if raw[0] != '{' {
		return nil, &fieldError{offset: offset, err: fmt.Errorf("want a JSON object as the AWS CLI prints it, found %s", kindOf(raw))}
	}
	fields, err := members(raw)
	if err != nil {
		return nil, &fieldError{offset: offset, err: err}
	}
	if one := singleOf(fields); one != nil {
		apply, err := one.change(entry{path: one.list, raw: raw, offset: offset})
		if err != nil {
			return nil, err
		}
		return []change{func(d *Decoder) { d.markRead(one.list) }, apply}, nil
	}
	whole := !slices.ContainsFunc(fields, isPageToken)
	var changes []change
	for _, f := range fields {
		more, err := readList(f, offset, whole)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	return changes, nil
}

// isPageToken tells the mark of a page that is not the last.
func isPageToken(f member) bool {
	return (sameKey(f.key, "NextToken") || sameKey(f.key, "Marker")) && kindOf(f.raw) == "a string" && string(f.raw) != `""`
}

// readList decodes one top-level key of a document. Of a list that is not
// whole the entries count, and the list as such was not read.
func readList(f member, offset int, whole bool) ([]change, error) {
	l := listOf(f.key)
	if l == nil && (sameKey(f.key, "NextToken") || sameKey(f.key, "Marker")) && !isPageToken(f) {
		return nil, nil
	}
	if l == nil {
		return []change{func(d *Decoder) { d.ignore(ignoredAs(f.key)) }}, nil
	}
	if f.raw[0] == '{' && l.key == "VpcBlockPublicAccessOptions" { // the one answer that has no list
		f.raw, f.offset = slices.Concat([]byte{'['}, f.raw, []byte{']'}), f.offset-1
	}
	if f.raw[0] != '[' {
		return nil, &fieldError{path: l.key, offset: offset + f.offset, err: fmt.Errorf("want a list, found %s", kindOf(f.raw))}
	}
	items, err := elements(f.raw)
	if err != nil {
		return nil, &fieldError{path: l.key, offset: offset + f.offset, err: err}
	}
	var changes []change
	if whole {
		changes = append(changes, func(d *Decoder) { d.markRead(l.key) })
	}
	for i, item := range items {
		apply, err := l.decode(entry{
			path:   fmt.Sprintf("%s[%d]", l.key, i),
			raw:    item.raw,
			offset: offset + f.offset + item.offset,
		})
		if err != nil {
			return nil, err
		}
		changes = append(changes, apply)
	}
	return changes, nil
}
