package aws

import (
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
)

// told is the document as an account is told of it. A VPC, and what is in it, is
// told to its own account (Lab.Accounts), a shared one to its owner and to the
// world's account. Of a shared transit gateway others than the owner see their own
// attachments, and no route table ("Work with shared transit gateways", AWS
// Transit Gateway). What is changed is the whole document.
type told struct {
	tree.Store
	account string
}

func (t told) Read() (tree.Object, error) {
	doc, err := t.Store.Read()
	others := tree.Objects(tree.Child(doc, "Lab"), "Accounts")
	if err != nil || len(others) == 0 {
		return doc, err
	}
	out := tree.Object{}
	for key, value := range doc {
		out[key] = value
		if _, list := value.([]any); list {
			tree.SetObjects(out, key, slices.DeleteFunc(tree.Objects(doc, key), func(o tree.Object) bool {
				return !slices.Contains(audience(doc, others, key, o), t.account)
			}))
		}
	}
	return out, nil
}

// audience are the accounts that are told of an entry of a list: of one that is
// nobody's in particular, all.
func audience(doc tree.Object, others []tree.Object, key string, o tree.Object) []string {
	var accounts []string
	for _, path := range []string{"VpcId", "DBSubnetGroup.VpcId", "Attachments.VpcId", "VpcAttachments.VpcId"} {
		for _, vpc := range tree.Values(o, path) {
			who := owners(doc, others, vpc)
			if slices.Contains(ownersOnly, key) {
				who = who[len(who)-1:]
			}
			accounts = append(accounts, who...)
		}
	}
	if key == "NetworkInterfaces" {
		accounts = append(accounts, tree.Text(o, "OwnerId"))
	}
	gateway := tree.Text(o, "TransitGatewayId")
	if table, ok := tree.Find(doc, "TransitGatewayRouteTables", "TransitGatewayRouteTableId", tree.Text(o, "TransitGatewayRouteTableId")); ok {
		gateway = tree.Text(table, "TransitGatewayId")
	}
	if shared, ok := tree.Find(doc, "TransitGateways", "TransitGatewayId", gateway); ok && key != "TransitGateways" && strings.HasPrefix(key, "TransitGateway") {
		accounts = append(accounts, tree.Text(shared, "OwnerId"))
	}
	if len(accounts) > 0 {
		return accounts
	}
	accounts = []string{tree.Account(doc)}
	for _, a := range others {
		accounts = append(accounts, tree.Text(a, "Id"))
	}
	return accounts
}

// ownersOnly are the lists of which a shared VPC's participants see nothing but their
// own interfaces ("Share your VPC subnets with other accounts").
var ownersOnly = []string{"NatGateways", "InternetGateways", "EgressOnlyInternetGateways", "VpcEndpoints", "NetworkInterfaces"}

// owners are the accounts that a VPC is told to, its owner last.
func owners(doc tree.Object, others []tree.Object, id string) []string {
	for _, a := range others {
		if slices.Contains(tree.Strings(a, "VpcIds"), id) {
			return []string{tree.Text(a, "Id")}
		}
	}
	vpc, _ := tree.Find(doc, "Vpcs", "VpcId", id)
	return []string{tree.Account(doc), tree.Text(vpc, "OwnerId")}
}
