package ec2api

import (
	"maps"
	"slices"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// A document's PrefixLists are those of AWS services and, with an OwnerId of
// theirs, a customer's, with the members of both actions. Its ManagedPrefixLists are a customer's, whose ranges stand in
// ManagedPrefixListEntries: [{"PrefixListId": …, "Entries": [{"Cidr": …}]}].
var prefixLists = listing{
	key: "PrefixLists", result: "PrefixLists", id: "PrefixListId", param: "PrefixListId", prefix: "pl-",
	notFound: "InvalidPrefixListID.NotFound", noun: "prefix list ID", minimum: 1,
	filters: paths("prefix-list-id", "PrefixListId", "prefix-list-name", "PrefixListName", "owner-id", "OwnerId"),
}

func describePrefixLists(doc tree.Object, f wire.Form) (tree.Object, error) {
	services := slices.DeleteFunc(slices.Clone(tree.Objects(doc, "PrefixLists")), func(l tree.Object) bool {
		owner := tree.Text(l, "OwnerId")
		return owner != "" && owner != "AWS"
	})
	return prefixLists.describe(withMembers(services, "PrefixListId", "PrefixListName", "Cidrs"), f)
}

func describeManagedLists(doc tree.Object, f wire.Form) (tree.Object, error) {
	all := slices.Concat(tree.Objects(doc, "PrefixLists"), tree.Objects(doc, "ManagedPrefixLists"))
	return prefixLists.describe(withMembers(all,
		"PrefixListId", "PrefixListName", "PrefixListArn", "AddressFamily", "State", "MaxEntries", "Version", "OwnerId", "Tags"), f)
}

// withMembers copies objects without any but some members.
func withMembers(objects []tree.Object, members ...string) []tree.Object {
	for i, o := range objects {
		objects[i] = maps.Clone(o)
		maps.DeleteFunc(objects[i], func(member string, _ any) bool { return !slices.Contains(members, member) })
	}
	return objects
}

func prefixListEntries(doc tree.Object, f wire.Form) (tree.Object, error) {
	id := f.Text("PrefixListId")
	ranges := listing{result: "Entries", id: "Cidr", minimum: 1}
	if list, ok := tree.Find(doc, "PrefixLists", "PrefixListId", id); ok {
		var entries []tree.Object
		for _, cidr := range tree.Strings(list, "Cidrs") {
			entries = append(entries, tree.Object{"Cidr": cidr})
		}
		return ranges.describe(entries, f)
	}
	if _, ok := tree.Find(doc, "ManagedPrefixLists", "PrefixListId", id); !ok {
		return nil, prefixLists.missing(id)
	}
	list, _ := tree.Find(doc, "ManagedPrefixListEntries", "PrefixListId", id)
	return ranges.describe(tree.Objects(list, "Entries"), f)
}
