package vpc

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// statements is what a resource says, by field: one text for a value, several
// for a set.
type statements map[string][]string

// add takes in a value under a field's path.
func (s statements) add(path string, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if value, ok := v.Interface().(encoding.TextMarshaler); ok { // addresses and prefixes
		s.say(path, fmt.Sprint(value))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		s.addFields(path, v)
	case reflect.Slice:
		for i := range v.Len() {
			s.addElement(path, v.Index(i))
		}
	default:
		s.say(path, fmt.Sprint(v.Interface()))
	}
}

func (s statements) say(path, text string) {
	if text != "" && text != "invalid IP" && text != "invalid Prefix" {
		s[path] = append(s[path], text)
	}
}

func (s statements) addFields(path string, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Name
		if tag := f.Tag.Get("json"); tag != "" {
			name = tag
		}
		if path != "" {
			name = path + "." + name
		}
		switch f.Name {
		case "PolicyDocument", "Policy":
			s[name+".Statement"] = policyStatements(v.Field(i).String())
		case "AvailableIPAddressCount":
			if n, ok := v.Field(i).Interface().(*int); ok && n != nil {
				s.say(name, map[bool]string{true: "none", false: "some"}[*n == 0])
			}
		default:
			s.add(name, v.Field(i))
		}
	}
}

// addElement takes in an element of a list: by its key where it has one, as a
// text of a set otherwise.
func (s statements) addElement(path string, v reflect.Value) {
	switch e := v.Interface().(type) {
	case Route:
		s.say(path+"["+e.Destination()+"]", e.Target())
	case TransitRoute:
		s.say(path+"["+cmp.Or(e.DestinationCidrBlock, e.PrefixListID)+"]", e.Target())
	case ACLEntry:
		direction := map[bool]string{true: "egress", false: "ingress"}[e.Egress]
		s.say(fmt.Sprintf("%s[%s %d]", path, direction, e.RuleNumber), e.text())
	case Tag:
		s.say(path+"["+e.Key+"]", e.Value)
	case IPPermission:
		s[path] = append(s[path], e.rules()...)
	default:
		if v.Kind() == reflect.Struct {
			s.say(path, one(v))
			return
		}
		s.add(path, v)
	}
}

// one writes an element in one line: its fields in their order.
func one(v reflect.Value) string {
	inner := statements{}
	inner.add("", v)
	var parts []string
	for _, field := range sortedKeys(inner, nil) {
		parts = append(parts, field+"="+strings.Join(inner[field], ","))
	}
	return strings.Join(parts, " ")
}

// text writes an entry as a reader would: "allow tcp 443 10.0.0.0/16".
func (e ACLEntry) text() string {
	ports := ""
	if e.PortRange != nil {
		ports = " " + portRange(e.PortRange.From, e.PortRange.To)
	}
	if e.IcmpTypeCode != nil {
		ports = fmt.Sprintf(" type %d code %d", e.IcmpTypeCode.Type, e.IcmpTypeCode.Code)
	}
	return e.RuleAction + " " + protocolName(e.Protocol) + ports + " " + cmp.Or(e.CidrBlock, e.Ipv6CidrBlock)
}

// rules lists what a permission admits, a peer each: "tcp 5432 sg-1".
func (p IPPermission) rules() []string {
	head := protocolName(p.IPProtocol)
	if p.FromPort != nil && p.ToPort != nil && p.IPProtocol != "-1" {
		head += " " + portRange(*p.FromPort, *p.ToPort)
	}
	var out []string
	for _, r := range p.IPRanges {
		out = append(out, head+" "+r.CidrIP)
	}
	for _, r := range p.IPv6Ranges {
		out = append(out, head+" "+r.CidrIPv6)
	}
	for _, l := range p.PrefixListIDs {
		out = append(out, head+" "+l.PrefixListID)
	}
	for _, g := range p.UserIDGroupPairs {
		out = append(out, head+" "+g.GroupID)
	}
	return out
}

func portRange(from, to int) string {
	if from == to {
		return strconv.Itoa(from)
	}
	return strconv.Itoa(from) + "-" + strconv.Itoa(to)
}

// protocolName says "all" for -1 and names the protocols that everyone knows
// by name (IANA, "Assigned Internet Protocol Numbers").
func protocolName(p string) string {
	switch p {
	case "-1", "":
		return "all"
	case "1":
		return "icmp"
	case "6":
		return "tcp"
	case "17":
		return "udp"
	case "58":
		return "icmpv6"
	}
	return p
}

// policyStatements lists the statements of a policy, each in canonical JSON.
// A text that is no policy is one statement.
func policyStatements(text string) []string {
	if text == "" {
		return nil
	}
	var policy struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(text), &policy) != nil || len(policy.Statement) == 0 {
		return []string{text}
	}
	var many []any
	if json.Unmarshal(policy.Statement, &many) != nil {
		var single any
		if json.Unmarshal(policy.Statement, &single) != nil {
			return []string{text}
		}
		many = []any{single}
	}
	var out []string
	for _, statement := range many {
		canonical, err := json.Marshal(statement)
		if err != nil {
			return []string{text}
		}
		out = append(out, string(canonical))
	}
	return out
}
