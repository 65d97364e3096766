package policy

import "slices"

// edit is a document's tree that may be changed: a copy.
type edit struct{ tree *node }

func newEdit(d Document) edit {
	return edit{tree: d.tree.clone()}
}

func (n *node) clone() *node {
	if n == nil {
		return nil
	}
	c := *n
	c.keys = slices.Clone(n.keys)
	c.items = make([]*node, 0, len(n.items))
	for _, item := range n.items {
		c.items = append(c.items, item.clone())
	}
	if n.members != nil {
		c.members = map[string]*node{}
		for key, member := range n.members {
			c.members[key] = member.clone()
		}
	}
	return &c
}

func scalar(value string) *node { return &node{scalar: value} }

func list(values ...string) *node {
	n := &node{isArray: true}
	for _, v := range values {
		n.items = append(n.items, scalar(v))
	}
	return n
}

func object(key string, value *node) *node {
	n := &node{members: map[string]*node{}}
	n.set(key, value)
	return n
}

// allowStatement is a new statement in the usual order of elements.
func allowStatement(sid string, principal *node, actions []string, resource *node) *node {
	s := object("Sid", scalar(sid))
	s.set("Effect", scalar("Allow"))
	s.set("Principal", principal)
	if len(actions) == 1 {
		s.set("Action", scalar(actions[0]))
	} else {
		s.set("Action", list(actions...))
	}
	s.set("Resource", resource)
	return s
}

// statement is the copy of a statement of d; a change to one that isn't d's is
// lost.
func (e edit) statement(s *statement, d Document) *node {
	for i := range d.statements {
		if &d.statements[i] == s {
			return e.tree.members["Statement"].list()[i]
		}
	}
	return &node{members: map[string]*node{}}
}

// add puts a statement behind the others; a single one without brackets becomes
// a list.
func (e edit) add(s *node) {
	all := &node{isArray: true}
	if old := e.tree.members["Statement"]; old != nil {
		all.items = slices.Clone(old.list())
	}
	for slices.ContainsFunc(all.items, s.hasSidOf) { // a Sid stands once in a document
		sid, _ := s.members["Sid"].text()
		s.set("Sid", scalar(sid+"2"))
	}
	all.items = append(all.items, s)
	e.tree.set("Statement", all)
}

func (n *node) hasSidOf(other *node) bool {
	return other.isObject() && other.members["Sid"] != nil && other.members["Sid"].scalar == n.members["Sid"].scalar
}

// verify reads the mended document as IAM would and asks whether it does what
// it should.
func (e edit) verify(works func(Document) bool) (Document, bool) {
	fixed, err := Parse(Document{tree: e.tree}.String())
	if err != nil || !works(fixed) {
		return Document{}, false
	}
	return fixed, true
}

// condition adds a value to a condition of a statement, which it creates where
// there is none.
func (n *node) condition(operator, key, value string) {
	conditions := n.child("Condition")
	keys := conditions.child(operator)
	old := keys.members[key]
	if old == nil {
		keys.set(key, scalar(value))
		return
	}
	values := &node{isArray: true, items: append(slices.Clone(old.list()), scalar(value))}
	if len(values.items) == 1 {
		keys.set(key, scalar(value))
		return
	}
	keys.set(key, values)
}

func (n *node) child(key string) *node {
	if n.members[key] == nil {
		n.set(key, &node{members: map[string]*node{}})
	}
	return n.members[key]
}

// dropValues takes values out of a condition.
func (n *node) dropValues(c *condition, drop func(string) bool) {
	keys := n.members["Condition"].members[c.operator]
	kept := &node{isArray: true}
	for _, item := range keys.members[c.key].list() {
		if text, _ := item.text(); !drop(text) {
			kept.items = append(kept.items, item)
		}
	}
	keys.set(c.key, kept)
}

// rename replaces an element of a statement, in its place.
func (n *node) rename(from, to string, value *node) {
	n.keys[slices.Index(n.keys, from)] = to
	delete(n.members, from)
	n.members[to] = value
}
