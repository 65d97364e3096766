package ec2api

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

func createACLEntry(doc tree.Object, f wire.Form) (tree.Object, error) {
	acl, entry, err := readACLEntry(doc, f)
	if err != nil {
		return nil, err
	}
	entries := tree.Objects(acl, "Entries")
	if findEntry(entries, entry) >= 0 {
		return nil, wire.Faultf(http.StatusBadRequest, "NetworkAclEntryAlreadyExists", "The network acl entry identified by %s already exists.", tree.Text(entry, "RuleNumber"))
	}
	tree.SetObjects(acl, "Entries", insertEntry(entries, entry))
	return returned(), nil
}

func replaceACLEntry(doc tree.Object, f wire.Form) (tree.Object, error) {
	acl, entry, err := readACLEntry(doc, f)
	if err != nil {
		return nil, err
	}
	entries := tree.Objects(acl, "Entries")
	i := findEntry(entries, entry)
	if i < 0 {
		return nil, noEntry(entry)
	}
	entries[i] = entry
	tree.SetObjects(acl, "Entries", entries)
	return returned(), nil
}

func deleteACLEntry(doc tree.Object, f wire.Form) (tree.Object, error) {
	acl, entry, err := readACLKey(doc, f)
	if err != nil {
		return nil, err
	}
	entries := tree.Objects(acl, "Entries")
	i := findEntry(entries, entry)
	if i < 0 {
		return nil, noEntry(entry)
	}
	tree.SetObjects(acl, "Entries", slices.Delete(entries, i, i+1))
	return returned(), nil
}

func noEntry(entry tree.Object) *wire.Fault {
	return wire.Faultf(http.StatusBadRequest, "InvalidNetworkAclEntry.NotFound", "The specified network ACL entry %s does not exist", tree.Text(entry, "RuleNumber"))
}

func findEntry(entries []tree.Object, entry tree.Object) int {
	return slices.IndexFunc(entries, func(e tree.Object) bool {
		return tree.Text(e, "RuleNumber") == tree.Text(entry, "RuleNumber") && tree.Text(e, "Egress") == tree.Text(entry, "Egress")
	})
}

// insertEntry keeps the entries of a direction in ascending order and the rest
// of the list as it is.
func insertEntry(entries []tree.Object, entry tree.Object) []tree.Object {
	at := len(entries)
	for i, e := range entries {
		if tree.Text(e, "Egress") != tree.Text(entry, "Egress") {
			continue
		}
		at = i + 1
		if ruleNumber(e) > ruleNumber(entry) {
			at = i
			break
		}
	}
	return slices.Insert(entries, at, entry)
}

func ruleNumber(entry tree.Object) int {
	n, _ := strconv.Atoi(tree.Text(entry, "RuleNumber"))
	return n
}

func readACLKey(doc tree.Object, f wire.Form) (acl, entry tree.Object, err error) {
	if acl, err = byID(doc, "DescribeNetworkAcls", f, "NetworkAclId"); err != nil {
		return nil, nil, err
	}
	n, err := number(f, "RuleNumber", 1, 32766)
	if err != nil {
		return nil, nil, err
	}
	egress, err := strconv.ParseBool(f.Text("Egress"))
	if err != nil {
		return nil, nil, missing("egress")
	}
	return acl, tree.Object{"RuleNumber": n, "Egress": egress}, nil
}

// readACLEntry reads a whole entry ("CreateNetworkAclEntry"): ports are needed
// for TCP and UDP, type and code for ICMP.
func readACLEntry(doc tree.Object, f wire.Form) (acl, entry tree.Object, err error) {
	if acl, entry, err = readACLKey(doc, f); err != nil {
		return nil, nil, err
	}
	action := f.Text("RuleAction")
	if action != "allow" && action != "deny" {
		return nil, nil, invalidValue("Invalid value '%s' for ruleAction", action)
	}
	entry["RuleAction"] = action
	for _, name := range []string{"CidrBlock", "Ipv6CidrBlock"} {
		if !f.Has(name) {
			continue
		}
		prefix, err := netip.ParsePrefix(f.Text(name))
		if err != nil || prefix.Addr().Is4() != (name == "CidrBlock") {
			return nil, nil, invalidValue("Value (%s) for parameter %s is invalid. This is not a valid CIDR block.", f.Text(name), wire.LowerFirst(name))
		}
		entry[name] = prefix.Masked().String()
	}
	if (entry["CidrBlock"] == nil) == (entry["Ipv6CidrBlock"] == nil) {
		return nil, nil, wire.Faultf(http.StatusBadRequest, "InvalidParameterCombination", "Exactly one of cidrBlock and ipv6CidrBlock must be specified")
	}
	return acl, entry, readACLProtocol(entry, f)
}

func readACLProtocol(entry tree.Object, f wire.Form) error {
	protocol := f.Text("Protocol")
	for n, name := range protocolNames {
		if protocol == name && n != "all" {
			protocol = n
		}
	}
	if protocol == "all" {
		protocol = "-1"
	}
	if n, err := strconv.Atoi(protocol); err != nil || n < -1 || n > 255 {
		return invalidValue("Invalid value '%s' for protocol. Unknown protocol.", f.Text("Protocol"))
	}
	entry["Protocol"] = protocol
	switch protocol {
	case "6", "17":
		from, err := number(f, "PortRange.From", 0, 65535)
		if err != nil {
			return err
		}
		to, err := number(f, "PortRange.To", integer(from), 65535)
		if err != nil {
			return err
		}
		entry["PortRange"] = tree.Object{"From": from, "To": to}
	case "1", "58":
		kind, err := number(f, "Icmp.Type", -1, 255)
		if err != nil {
			return err
		}
		code, err := number(f, "Icmp.Code", -1, 255)
		if err != nil {
			return err
		}
		entry["IcmpTypeCode"] = tree.Object{"Type": kind, "Code": code}
	}
	return nil
}
