package policy

import (
	"bytes"
	"fmt"
	"slices"
)

// Document is a parsed policy document: the statements of one identity,
// resource or endpoint policy.
type Document struct {
	statements []statement
	variables  bool // policy variables are in force: Version 2012-10-17 and later
	tree       *node
}

// statement is one element of Statement. Lists keep the document's order.
type statement struct {
	name         string // the Sid, or "#2" for the second statement without one
	deny         bool
	principals   []principal
	notPrincipal bool // principals are those the statement leaves out
	anyPrincipal bool // it has neither Principal nor NotPrincipal: an identity policy
	actions      []string
	notAction    bool
	resources    []string
	notResource  bool
	conditions   []condition
}

// principal is one value of Principal or NotPrincipal.
type principal struct {
	kind  string // AWS, Service, Federated, CanonicalUser, or * for everyone
	value string
}

// condition is one key under one operator; its values are alternatives.
type condition struct {
	operator string
	key      string
	values   []string
}

// Parse reads a policy document in the language of "IAM JSON policy element
// reference" (IAM User Guide). An error names line and column, and the element
// where there is one. What IAM itself would refuse to store is an error here,
// too: an element that is unknown, doubled or of the wrong shape.
func Parse(text string) (Document, error) {
	root, err := parseTree(text)
	if err != nil {
		return Document{}, err
	}
	p := parser{text: text}
	d := p.document(root)
	if p.err != nil {
		return Document{}, p.err
	}
	return d, nil
}

// String returns the document as compact JSON.
func (d Document) String() string {
	if d.tree == nil {
		return ""
	}
	var b bytes.Buffer
	d.tree.appendJSON(&b)
	return b.String()
}

// parser keeps the first error; what is read after it does not count.
type parser struct {
	text string
	err  error
}

func (p *parser) fail(n *node, field, format string, args ...any) {
	if p.err == nil {
		p.err = at(p.text, n.offset, "%s: %s", field, fmt.Sprintf(format, args...))
	}
}

func (p *parser) document(root *node) Document {
	d := Document{tree: root}
	if !root.isObject() {
		p.fail(root, "policy", "not a JSON object")
		return d
	}
	p.only(root, "policy", "Version", "Id", "Statement")
	if v := root.members["Version"]; v != nil {
		version := p.word(v, "Version")
		if version != "2012-10-17" && version != "2008-10-17" {
			p.fail(v, "Version", "%s is not a version of the policy language", quoted(version))
		}
		d.variables = version == "2012-10-17"
	}
	list := root.members["Statement"]
	if list == nil {
		p.fail(root, "Statement", "is missing")
		return d
	}
	for i, n := range list.list() {
		d.statements = append(d.statements, p.statement(n, i))
	}
	return d
}

func (p *parser) statement(n *node, index int) statement {
	field := fmt.Sprintf("Statement[%d]", index)
	s := statement{name: fmt.Sprintf("#%d", index+1)}
	if !n.isObject() {
		p.fail(n, field, "not a JSON object")
		return s
	}
	p.only(n, field, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
	if sid := n.members["Sid"]; sid != nil {
		if word := p.word(sid, field+".Sid"); word != "" {
			s.name = word
		}
	}
	s.deny = p.effect(n, field)
	s.actions, s.notAction = p.oneOf(n, field, "Action")
	s.resources, s.notResource = p.oneOf(n, field, "Resource")
	p.principals(n, field, &s)
	if c := n.members["Condition"]; c != nil {
		s.conditions = p.conditions(c, field+".Condition")
	}
	return s
}

func (p *parser) effect(n *node, field string) (deny bool) {
	e := n.members["Effect"]
	if e == nil {
		p.fail(n, field+".Effect", "is missing")
		return false
	}
	switch word := p.word(e, field+".Effect"); word {
	case "Allow":
	case "Deny":
		return true
	default:
		p.fail(e, field+".Effect", "%s is neither Allow nor Deny", quoted(word))
	}
	return false
}

// oneOf reads an element or its negation: exactly one of them must be there.
func (p *parser) oneOf(n *node, field, name string) (values []string, negated bool) {
	plain, not := n.members[name], n.members["Not"+name]
	switch {
	case plain != nil && not != nil:
		p.fail(not, field+".Not"+name, "stands beside %s", name)
	case plain != nil:
		return p.words(plain, field+"."+name), false
	case not != nil:
		return p.words(not, field+".Not"+name), true
	default:
		p.fail(n, field+"."+name, "is missing")
	}
	return nil, false
}

func (p *parser) principals(n *node, field string, s *statement) {
	element, name := n.members["Principal"], "Principal"
	if not := n.members["NotPrincipal"]; not != nil {
		if element != nil {
			p.fail(not, field+".NotPrincipal", "stands beside Principal")
		}
		element, name, s.notPrincipal = not, "NotPrincipal", true
	}
	field += "." + name
	switch {
	case element == nil:
		s.anyPrincipal = true
	case element.isObject():
		for _, kind := range element.keys {
			if !slices.Contains([]string{"AWS", "Service", "Federated", "CanonicalUser"}, kind) {
				p.fail(element, field, "%s is not a kind of principal", quoted(kind))
			}
			for _, value := range p.words(element.members[kind], field+"."+kind) {
				s.principals = append(s.principals, principal{kind, value})
			}
		}
	default:
		if word := p.word(element, field); word != "*" {
			p.fail(element, field, "%s is neither * nor an object", quoted(word))
		}
		s.principals = []principal{{kind: "*", value: "*"}}
	}
}

func (p *parser) conditions(n *node, field string) []condition {
	if !n.isObject() {
		p.fail(n, field, "not a JSON object")
		return nil
	}
	var all []condition
	for _, operator := range n.keys {
		keys := n.members[operator]
		if !keys.isObject() {
			p.fail(keys, field+"."+operator, "not a JSON object")
			return nil
		}
		for _, key := range keys.keys {
			values := p.words(keys.members[key], field+"."+operator+"."+key)
			all = append(all, condition{operator: operator, key: key, values: values})
		}
	}
	return all
}

func (p *parser) only(n *node, field string, known ...string) {
	for _, key := range n.keys {
		if !slices.Contains(known, key) {
			p.fail(n.members[key], field, "%s is not an element of the policy language", quoted(key))
		}
	}
}

func (p *parser) words(n *node, field string) []string {
	var values []string
	for _, item := range n.list() {
		values = append(values, p.word(item, field))
	}
	return values
}

func (p *parser) word(n *node, field string) string {
	word, ok := n.text()
	if !ok {
		p.fail(n, field, "not a string")
	}
	return word
}
