// Package iam evaluates AWS policies for the lab: identity policies,
// permissions boundaries, session policies, service and resource control
// policies, VPC endpoint policies and resource-based policies.
//
// It is small on purpose and refuses what it does not know: a policy element,
// a condition operator or a condition key outside of its lists is an error of
// Parse, never a guess.
package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Kind says what a policy is attached to: it decides whether statements must
// or must not name a principal.
type Kind int

// The kinds of policy.
const (
	KindIdentity Kind = iota // also boundaries, session and control policies
	KindResource             // also VPC endpoint policies
	KindTrust                // a role's trust policy: about that role, and names no resource
)

// Document is a parsed policy.
type Document struct {
	ARN        string // of a managed policy: named in denials when known
	Statements []statement
}

type statement struct {
	deny                    bool
	actions, notActions     []string
	resources, notResources []string
	principals              []principalPattern
	conditions              []condition
}

// ErrUnsupported is the class of Parse's errors for valid policies that this
// evaluator does not know how to judge.
var ErrUnsupported = errors.New("not supported by the lab's evaluator")

// Parse reads the JSON text of a policy ("IAM JSON policy element reference",
// IAM User Guide).
func Parse(text string, kind Kind) (Document, error) {
	if err := noDuplicates(text); err != nil {
		return Document{}, err
	}
	fields, err := object([]byte(text), "Version", "Id", "Statement")
	if err != nil {
		return Document{}, fmt.Errorf("policy: %w", err)
	}
	var version string
	if raw, ok := fields["Version"]; ok {
		if err := json.Unmarshal(raw, &version); err != nil || (version != "2012-10-17" && version != "2008-10-17") {
			return Document{}, fmt.Errorf("policy: version %s", raw)
		}
	}
	list, err := statements(fields["Statement"])
	if err != nil {
		return Document{}, err
	}
	var d Document
	for i, raw := range list {
		s, err := parseStatement(raw, kind)
		if err != nil {
			return Document{}, fmt.Errorf("policy: statement %d: %w", i, err)
		}
		d.Statements = append(d.Statements, s)
	}
	return d, nil
}

func statements(raw json.RawMessage) ([]json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, errors.New("policy: no Statement")
	}
	if raw[0] != '[' {
		return []json.RawMessage{raw}, nil
	}
	var list []json.RawMessage
	err := json.Unmarshal(raw, &list)
	return list, err
}

func parseStatement(raw json.RawMessage, kind Kind) (statement, error) {
	fields, err := object(raw, "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")
	if err != nil {
		return statement{}, err
	}
	var s statement
	var effect string
	if err := json.Unmarshal(orNull(fields["Effect"]), &effect); err != nil || (effect != "Allow" && effect != "Deny") {
		return s, fmt.Errorf("effect %s", fields["Effect"])
	}
	s.deny = effect == "Deny"
	for name, to := range map[string]*[]string{"Action": &s.actions, "NotAction": &s.notActions, "Resource": &s.resources, "NotResource": &s.notResources} {
		if *to, err = texts(fields[name]); err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
	}
	if (len(s.actions) == 0) == (len(s.notActions) == 0) {
		return s, errors.New("exactly one of Action and NotAction is needed")
	}
	if kind == KindTrust && len(s.resources)+len(s.notResources) > 0 {
		return s, errors.New("a trust policy names no resource")
	} else if kind == KindTrust {
		s.resources = []string{"*"}
	}
	if (len(s.resources) == 0) == (len(s.notResources) == 0) {
		return s, errors.New("exactly one of Resource and NotResource is needed")
	}
	if s.principals, err = parsePrincipals(fields, kind); err != nil {
		return s, err
	}
	s.conditions, err = parseConditions(fields["Condition"])
	return s, err
}

func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

// object decodes an object whose keys must be among known, spelt exactly so.
func object(raw []byte, known ...string) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	if fields == nil {
		return nil, errors.New("not an object")
	}
	for name := range fields {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("element %q: %w", name, ErrUnsupported)
		}
	}
	return fields, nil
}

// texts decodes a string or a list of strings; policy variables are refused.
func texts(raw json.RawMessage) ([]string, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var list []string
	if raw[0] == '[' {
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, err
		}
	} else {
		var one *string
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, err
		}
		if one != nil {
			list = []string{*one}
		}
	}
	if len(list) == 0 {
		return nil, errors.New("empty")
	}
	for _, text := range list {
		if bytes.Contains([]byte(text), []byte("${")) {
			return nil, fmt.Errorf("policy variable in %q: %w", text, ErrUnsupported)
		}
	}
	return list, nil
}

// noDuplicates refuses an object with the same key twice, which AWS does too
// and encoding/json does not, and anything after the document.
func noDuplicates(text string) error {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	if err := walk(dec); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("policy: text after the document")
	}
	return nil
}

func walk(dec *json.Decoder) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	seen := map[string]bool{}
	for dec.More() {
		if delim == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			if seen[name] {
				return fmt.Errorf("key %q twice", name)
			}
			seen[name] = true
		}
		if err := walk(dec); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
