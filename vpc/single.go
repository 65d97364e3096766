package vpc

import (
	"encoding/json"
	"slices"
)

// single is a document that describes one resource without a list around it.
type single struct {
	list string   // the list whose entry it is
	has  []string // the keys that make it out
	any  []string // at least one of these too, where there are any
}

// singleOf recognises documents of describe-vpc-attribute, get-agent-runtime,
// get-agent-runtime-endpoint and get-caller-identity, and answers that were
// completed by what was asked for: the route table of routes and associations,
// the proxy of targets, the prefix list of entries. It is nil for any other.
func singleOf(fields []member) *single {
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.key)
	}
	has := func(name string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return sameKey(key, name) })
	}
	missing := func(name string) bool { return !has(name) }
	for i := range singles {
		s := &singles[i]
		if !slices.ContainsFunc(s.has, missing) && (s.any == nil || slices.ContainsFunc(s.any, has)) {
			return s
		}
	}
	return nil
}

var singles = []single{
	{list: "VpcAttributes", has: []string{"VpcId"}, any: []string{"EnableDnsSupport", "EnableDnsHostnames", "EnableNetworkAddressUsageMetrics"}},
	{list: "agentRuntimeEndpoints", has: []string{"agentRuntimeEndpointArn", "agentRuntimeArn"}},
	{list: "agentRuntimes", has: []string{"agentRuntimeArn", "networkConfiguration"}},
	{list: "TransitGatewayRoutes", has: []string{"TransitGatewayRouteTableId", "Routes"}},
	{list: "TransitGatewayRouteTableAssociations", has: []string{"TransitGatewayRouteTableId", "Associations"}},
	{list: "ManagedPrefixListEntries", has: []string{"PrefixListId", "Entries"}},
	{list: "DBProxyTargets", has: []string{"DBProxyName", "Targets"}},
	{list: "CallerIdentity", has: []string{"UserId", "Account", "Arn"}},
}

// change decodes the document.
func (s *single) change(e entry) (change, error) {
	if s.list == "CallerIdentity" {
		return decodeCaller(e)
	}
	return listOf(s.list).decode(e)
}

func decodeCaller(e entry) (change, error) {
	var c CallerIdentity
	if err := json.Unmarshal(e.raw, &c); err != nil {
		return nil, entryError[CallerIdentity](e, err)
	}
	return func(d *Decoder) { d.network.Caller = &c }, nil
}
