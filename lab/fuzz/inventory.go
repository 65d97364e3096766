package fuzz

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/lab/world"
)

// writeInventory writes what AWS would say of a world into a folder: a document
// for each answer, in the shape that the AWS CLI prints.
func writeInventory(w *world.World, dir string) error {
	for key, value := range w.Document() {
		switch key {
		case "Lab":
			continue
		case "PrefixLists":
			if err := writePrefixLists(dir, value); err != nil {
				return err
			}
			continue
		}
		if err := writeDocument(dir, key, value); err != nil {
			return err
		}
	}
	// What the world has none of is an empty answer, not one that was not read.
	for _, key := range answers {
		if _, there := w.Document()[key]; !there {
			if err := writeDocument(dir, key, []any{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// answers are the lists that an inventory always has.
var answers = []string{
	"Subnets", "RouteTables", "NetworkAcls", "SecurityGroups", "NetworkInterfaces", "InternetGateways", "EgressOnlyInternetGateways", "NatGateways",
	"VpnGateways", "VpcEndpoints", "VpcPeeringConnections", "TransitGateways", "TransitGatewayVpcAttachments", "TransitGatewayAttachments", "TransitGatewayRouteTables",
	"TransitGatewayRouteTableAssociations", "TransitGatewayRoutes", "SecurityGroupVpcAssociations", "DBInstances", "DBSubnetGroups",
}

func writeDocument(dir, key string, value any) error {
	data, err := json.MarshalIndent(map[string]any{key: value}, "", "    ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, key+".json"), append(data, '\n'), 0o600)
}

// writePrefixLists writes the answers of DescribePrefixLists (those of AWS),
// DescribeManagedPrefixLists and GetManagedPrefixListEntries.
func writePrefixLists(dir string, value any) error {
	lists, _ := value.([]any)
	var services, managed, contents []any
	for _, one := range lists {
		list, _ := one.(map[string]any)
		var entries []any
		cidrs, _ := list["Cidrs"].([]any)
		for _, cidr := range cidrs {
			entries = append(entries, map[string]any{"Cidr": cidr})
		}
		contents = append(contents, map[string]any{"PrefixListId": list["PrefixListId"], "Entries": slices.Clip(entries)})
		whole := map[string]any{}
		for key, member := range list {
			if key != "Cidrs" {
				whole[key] = member
			}
		}
		managed = append(managed, whole)
		if name, _ := list["PrefixListName"].(string); strings.HasPrefix(name, "com.amazonaws.") {
			services = append(services, map[string]any{"PrefixListId": list["PrefixListId"], "PrefixListName": name, "Cidrs": cidrs})
		}
	}
	for key, list := range map[string][]any{"PrefixLists": services, "ManagedPrefixLists": managed, "ManagedPrefixListEntries": contents} {
		if err := writeDocument(dir, key, slices.Concat([]any{}, list)); err != nil {
			return err
		}
	}
	return nil
}
