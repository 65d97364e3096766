package vpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// entry is one resource of a document: its JSON and where that stands.
type entry struct {
	path   string
	raw    json.RawMessage
	offset int
}

// list is a top-level key that is understood.
type list struct {
	key     string
	decode  func(entry) (change, error)
	entries func(*Network) map[string]reflect.Value // by id
	all     func(*Network) any                      // the list, a slice
}

// lists are the top-level keys that are understood, each with the field that
// identifies an entry and the list of the Network that it fills.
var lists = []list{
	of("Vpcs", "VpcId", func(n *Network) *[]VPC { return &n.VPCs }),
	{
		"VpcAttributes", decodeAttributes,
		func(n *Network) map[string]reflect.Value { return byID(n.VPCAttributes, "VpcId") },
		func(n *Network) any { return n.VPCAttributes },
	},
	of("Subnets", "SubnetId", func(n *Network) *[]Subnet { return &n.Subnets }),
	of("DhcpOptions", "DhcpOptionsId", func(n *Network) *[]DHCPOptions { return &n.DHCPOptions }),
	of("RouteTables", "RouteTableId", func(n *Network) *[]RouteTable { return &n.RouteTables }),
	of("InternetGateways", "InternetGatewayId", func(n *Network) *[]InternetGateway { return &n.InternetGateways }),
	of("EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId", func(n *Network) *[]EgressOnlyGateway { return &n.EgressOnlyGateways }),
	of("NatGateways", "NatGatewayId", func(n *Network) *[]NATGateway { return &n.NATGateways }),
	of("VpnGateways", "VpnGatewayId", func(n *Network) *[]VPNGateway { return &n.VPNGateways }),
	of("VpnConnections", "VpnConnectionId", func(n *Network) *[]VPNConnection { return &n.VPNConnections }),
	of("CustomerGateways", "CustomerGatewayId", func(n *Network) *[]CustomerGateway { return &n.CustomerGateways }),
	of("VpcPeeringConnections", "VpcPeeringConnectionId", func(n *Network) *[]Peering { return &n.Peerings }),
	of("TransitGateways", "TransitGatewayId", func(n *Network) *[]TransitGateway { return &n.TransitGateways }),
	of("TransitGatewayVpcAttachments", "TransitGatewayAttachmentId", func(n *Network) *[]TransitAttachment { return &n.TransitAttachments }),
	of("TransitGatewayAttachments", "TransitGatewayAttachmentId", func(n *Network) *[]TransitGatewayAttachment { return &n.TransitGatewayAttachments }),
	of("TransitGatewayRouteTables", "TransitGatewayRouteTableId", func(n *Network) *[]TransitRouteTable { return &n.TransitRouteTables }),
	of("TransitGatewayRouteTableAssociations", "TransitGatewayRouteTableId", func(n *Network) *[]TransitAssociations { return &n.TransitAssociations }),
	of("TransitGatewayRoutes", "TransitGatewayRouteTableId", func(n *Network) *[]TransitRoutes { return &n.TransitRoutes }),
	of("NetworkAcls", "NetworkAclId", func(n *Network) *[]NetworkACL { return &n.NetworkACLs }),
	of("SecurityGroups", "GroupId", func(n *Network) *[]SecurityGroup { return &n.SecurityGroups }),
	of("SecurityGroupRules", "SecurityGroupRuleId", func(n *Network) *[]SecurityGroupRule { return &n.SecurityGroupRules }),
	of("SecurityGroupVpcAssociations", "GroupId/VpcId", func(n *Network) *[]SecurityGroupAssociation { return &n.SecurityGroupAssociations }),
	of("PrefixLists", "PrefixListId", func(n *Network) *[]PrefixList { return &n.PrefixLists }),
	of("ManagedPrefixLists", "PrefixListId", func(n *Network) *[]ManagedPrefixList { return &n.ManagedPrefixLists }),
	of("ManagedPrefixListEntries", "PrefixListId", func(n *Network) *[]PrefixListContent { return &n.PrefixListContents }),
	of("NetworkInterfaces", "NetworkInterfaceId", func(n *Network) *[]NetworkInterface { return &n.NetworkInterfaces }),
	of("VpcEndpoints", "VpcEndpointId", func(n *Network) *[]Endpoint { return &n.Endpoints }),
	of("ServiceDetails", "ServiceId ServiceName", func(n *Network) *[]EndpointService { return &n.EndpointServices }),
	of("VpcBlockPublicAccessOptions", "AwsAccountId/AwsRegion State InternetGatewayBlockMode", func(n *Network) *[]BlockPublicAccess { return &n.BlockPublicAccessOptions }),
	of("VpcBlockPublicAccessExclusions", "ExclusionId", func(n *Network) *[]BlockPublicAccessExclusion { return &n.BlockPublicAccessExclusions }),
	of("LoadBalancers", "LoadBalancerArn", func(n *Network) *[]LoadBalancer { return &n.LoadBalancers }),
	of("DBInstances", "DBInstanceArn DBInstanceIdentifier", func(n *Network) *[]DBInstance { return &n.DBInstances }),
	of("DBClusters", "DBClusterArn DBClusterIdentifier", func(n *Network) *[]DBCluster { return &n.DBClusters }),
	of("DBClusterEndpoints", "DBClusterEndpointArn Endpoint", func(n *Network) *[]DBClusterEndpoint { return &n.DBClusterEndpoints }),
	of("DBProxies", "DBProxyArn DBProxyName", func(n *Network) *[]DBProxy { return &n.DBProxies }),
	of("DBProxyTargets", "DBProxyName", func(n *Network) *[]DBProxyTargets { return &n.DBProxyTargets }),
	of("DBProxyEndpoints", "DBProxyEndpointArn DBProxyEndpointName Endpoint", func(n *Network) *[]DBProxyEndpoint { return &n.DBProxyEndpoints }),
	of("DBSubnetGroups", "DBSubnetGroupArn DBSubnetGroupName", func(n *Network) *[]DBSubnetGroup { return &n.DBSubnetGroups }),
	of("FileSystems", "FileSystemId", func(n *Network) *[]FileSystem { return &n.FileSystems }),
	of("MountTargets", "MountTargetId", func(n *Network) *[]MountTarget { return &n.MountTargets }),
	of("AccessPoints", "AccessPointId", func(n *Network) *[]FileAccessPoint { return &n.AccessPoints }),
	of("agentRuntimes", "agentRuntimeArn", func(n *Network) *[]Runtime { return &n.Runtimes }),
	of("agentRuntimeEndpoints", "agentRuntimeEndpointArn", func(n *Network) *[]RuntimeEndpoint { return &n.RuntimeEndpoints }),
	of("resourcePolicies", "resourceArn", func(n *Network) *[]ResourcePolicy { return &n.ResourcePolicies }),
	of("RoleDetailList", "Arn", func(n *Network) *[]Role { return &n.Roles }),
	of("Policies", "Arn PolicyName", func(n *Network) *[]ManagedPolicy { return &n.ManagedPolicies }),
}

// listOf finds the list of a top-level key, by AWS's spelling or with the
// other case of the first letter. list-agent-runtime-endpoints calls its list
// runtimeEndpoints.
func listOf(key string) *list {
	if sameKey(key, "runtimeEndpoints") {
		key = "agentRuntimeEndpoints"
	}
	for i := range lists {
		if sameKey(lists[i].key, key) {
			return &lists[i]
		}
	}
	return nil
}

func sameKey(a, b string) bool {
	return len(a) == len(b) && a != "" && strings.EqualFold(a[:1], b[:1]) && a[1:] == b[1:]
}

// of is the list of a resource type. ids names the field that identifies an
// entry; of several, the first that is present does. Fields with a slash between
// them do so together.
func of[T any](key, ids string, into func(*Network) *[]T) list {
	decode := func(e entry) (change, error) {
		var v T
		if err := json.Unmarshal(e.raw, &v); err != nil {
			return nil, entryError[T](e, err)
		}
		id := identifier(reflect.ValueOf(v), strings.Fields(ids))
		if id == "" {
			return nil, &fieldError{path: e.path, offset: e.offset, err: fmt.Errorf("has no %s", strings.ReplaceAll(ids, " ", " and no "))}
		}
		return func(d *Decoder) { put(d, entryKey{key, id}, e.raw, into(&d.network), v) }, nil
	}
	entries := func(n *Network) map[string]reflect.Value { return byID(*into(n), ids) }
	return list{key, decode, entries, func(n *Network) any { return *into(n) }}
}

// byID maps the entries of a list by what identifies them.
func byID[T any](all []T, ids string) map[string]reflect.Value {
	m := make(map[string]reflect.Value, len(all))
	for i := range all {
		v := reflect.ValueOf(&all[i]).Elem()
		m[identifier(v, strings.Fields(ids))] = v
	}
	return m
}

// put stores an entry unless a richer one of the same resource is there.
func put[T any](d *Decoder, key entryKey, raw json.RawMessage, all *[]T, v T) {
	if d.seen == nil {
		d.seen = map[entryKey]seen{}
	}
	old, ok := d.seen[key]
	switch {
	case !ok:
		d.seen[key] = seen{len(*all), raw}
		*all = append(*all, v)
	case weight(raw) >= weight(old.raw):
		d.seen[key] = seen{old.place, raw}
		(*all)[old.place] = v
	}
}

// entryError says which field of the entry does not fit.
func entryError[T any](e entry, err error) error {
	if bad := blame(e.path, e.raw, e.offset, reflect.TypeFor[T]()); bad != nil {
		return bad
	}
	return &fieldError{path: e.path, offset: e.offset, err: err}
}

// identifier reads the first of the named fields that says something.
func identifier(v reflect.Value, names []string) string {
	if v.Kind() != reflect.Struct {
		return ""
	}
	for _, name := range names {
		if id := joinedFields(v, strings.Split(name, "/")); id != "" {
			return id
		}
	}
	return ""
}

// joinedFields reads text fields as one; "" where one of them says nothing.
func joinedFields(v reflect.Value, names []string) string {
	var parts []string
	for _, name := range names {
		f, ok := fieldNamed(v.Type(), name)
		if !ok || v.FieldByIndex(f.Index).String() == "" {
			return ""
		}
		parts = append(parts, v.FieldByIndex(f.Index).String())
	}
	return strings.Join(parts, "/")
}

// decodeAttributes joins what several documents say about a VPC: the API
// answers one attribute at a time.
func decodeAttributes(e entry) (change, error) {
	var a VPCAttributes
	if err := json.Unmarshal(e.raw, &a); err != nil {
		return nil, entryError[VPCAttributes](e, err)
	}
	if a.VpcID == "" {
		return nil, &fieldError{path: e.path, offset: e.offset, err: errors.New("has no VpcId")}
	}
	return func(d *Decoder) {
		for i := range d.network.VPCAttributes {
			if old := &d.network.VPCAttributes[i]; old.VpcID == a.VpcID {
				*old = joined(*old, a)
				return
			}
		}
		d.network.VPCAttributes = append(d.network.VPCAttributes, a)
	}, nil
}

func joined(old, later VPCAttributes) VPCAttributes {
	if later.EnableDNSSupport != nil {
		old.EnableDNSSupport = later.EnableDNSSupport
	}
	if later.EnableDNSHostnames != nil {
		old.EnableDNSHostnames = later.EnableDNSHostnames
	}
	return old
}
