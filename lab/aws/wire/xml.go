package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Names gives the XML element names of JSON members. Keys are "Member" or,
// where the name depends on where the member stands, "Parent.Member": Parent is
// the name of the nearest enclosing member, or of the action at the top.
type Names struct {
	Elements map[string]string // of members; missing ones go by Default
	Items    map[string]string // of a list's items, by the list's member; missing ones go by Item
	Default  func(member string) string
	Item     string
}

func (n Names) element(parent, member string) string {
	for _, key := range []string{parent + "." + member, member} {
		if name, ok := n.Elements[key]; ok {
			return name
		}
	}
	return n.Default(member)
}

func (n Names) item(parent, member string) string {
	for _, key := range []string{parent + "." + member, member} {
		if name, ok := n.Items[key]; ok {
			return name
		}
	}
	return n.Item
}

// Same is the Default of the query protocol.
func Same(member string) string { return member }

// LowerFirst is the Default of the EC2 protocol.
func LowerFirst(member string) string {
	if member == "" {
		return ""
	}
	return strings.ToLower(member[:1]) + member[1:]
}

// WriteEC2 answers action with the members of result.
func WriteEC2(w http.ResponseWriter, names Names, action string, result map[string]any, requestID string) {
	var b strings.Builder
	fmt.Fprintf(&b, `<%sResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>%s</requestId>`, action, escape(requestID))
	encodeMembers(&b, names, action, result)
	fmt.Fprintf(&b, "</%sResponse>", action)
	writeXML(w, http.StatusOK, b.String())
}

// WriteQuery answers action with the members of result.
func WriteQuery(w http.ResponseWriter, names Names, namespace, action string, result map[string]any, requestID string) {
	var b strings.Builder
	fmt.Fprintf(&b, `<%sResponse xmlns=%q><%sResult>`, action, namespace, action)
	encodeMembers(&b, names, action, result)
	fmt.Fprintf(&b, "</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>", action, escape(requestID), action)
	writeXML(w, http.StatusOK, b.String())
}

func encodeMembers(b *strings.Builder, names Names, parent string, members map[string]any) {
	for _, member := range slices.Sorted(maps.Keys(members)) {
		if members[member] == nil {
			continue
		}
		element := names.element(parent, member)
		b.WriteString("<" + element + ">")
		encode(b, names, parent, member, members[member])
		b.WriteString("</" + element + ">")
	}
}

func encode(b *strings.Builder, names Names, parent, member string, value any) {
	switch v := value.(type) {
	case map[string]any:
		encodeMembers(b, names, member, v)
	case []any:
		item := names.item(parent, member)
		for _, one := range v {
			b.WriteString("<" + item + ">")
			encode(b, names, parent, member, one)
			b.WriteString("</" + item + ">")
		}
	case string:
		writeEscaped(b, v)
	case json.Number:
		b.WriteString(v.String())
	default:
		writeEscaped(b, fmt.Sprint(v))
	}
}

// writeEscaped leaves out what XML 1.0 cannot carry.
func writeEscaped(b *strings.Builder, s string) {
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&#34;")
		case r == '\n', r == '\t', r == '\r':
			fmt.Fprintf(b, "&#%d;", r)
		case r < ' ', r == 0xFFFE, r == 0xFFFF:
		default:
			b.WriteRune(r)
		}
	}
}
