package inventory

import (
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/agentcore-probe/probe/vpc"
)

// maxFilter is the number of values that a filter may have ("Filter", Amazon
// EC2 API Reference).
const maxFilter = 200

// run reads everything that a reader says about some ids into its document.
func (s *session) run(ctx context.Context, r reader, ids []string) {
	for part := range slices.Chunk(ids, maxFilter) {
		s.pages(ctx, r.action, func(ctx context.Context, token *string) (page, error) {
			return r.read(ctx, query{part, token})
		})
	}
}

// vpcs reads what belongs to some VPCs, and their attributes.
func (s *session) vpcs(ctx context.Context, c *ec2.Client, ids []string) {
	if len(ids) == 0 {
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { s.belongings(ctx, c, ids) })
	for _, id := range ids {
		wg.Go(func() { s.attribute(ctx, c, id, types.VpcAttributeNameEnableDnsSupport) })
		wg.Go(func() { s.attribute(ctx, c, id, types.VpcAttributeNameEnableDnsHostnames) })
	}
	wg.Wait()
}

// belongings reads what belongs to some VPCs.
func (s *session) belongings(ctx context.Context, c *ec2.Client, ids []string) {
	var wg sync.WaitGroup
	for _, r := range readersByVPC(c) {
		wg.Go(func() {
			s.run(ctx, r, ids)
			switch r.key {
			case "Vpcs":
				s.run(ctx, describeDHCP(c), s.missing(r, "DhcpOptionsId", describeDHCP(c)))
			case "SecurityGroups":
				s.run(ctx, describeRules(c), s.missing(r, "GroupId", describeRules(c)))
			}
		})
	}
	wg.Wait()
}

// missing lists the ids that a document names and another lacks.
func (s *session) missing(from reader, field string, other reader) []string {
	known := s.values(other.file, field)
	var out []string
	for _, id := range s.values(from.file, field) {
		if id != "" && id != "default" && !slices.Contains(known, id) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// values lists a text field of the entries of a document.
func (s *session) values(file, field string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lists[file] == nil {
		return nil
	}
	return texts(s.lists[file].items, field)
}

func texts(items []json.RawMessage, field string) []string {
	var out []string
	for _, raw := range items {
		var fields map[string]json.RawMessage
		var value string
		if json.Unmarshal(raw, &fields) == nil && json.Unmarshal(fields[field], &value) == nil {
			out = append(out, value)
		}
	}
	return out
}

// attribute reads one attribute of a VPC.
func (s *session) attribute(ctx context.Context, c *ec2.Client, id string, name types.VpcAttributeName) {
	answered := map[string]any{"VpcId": id}
	failed := s.call(ctx, "ec2", "DescribeVpcAttribute", func(ctx context.Context) error {
		answer, err := c.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: aws.String(id), Attribute: name})
		if err != nil {
			return err
		}
		for key, v := range map[string]*types.AttributeBooleanValue{
			"EnableDnsSupport": answer.EnableDnsSupport, "EnableDnsHostnames": answer.EnableDnsHostnames,
		} {
			if v != nil && v.Value != nil {
				answered[key] = map[string]bool{"Value": *v.Value}
			}
		}
		if len(answered) != 2 {
			return errDocument
		}
		return nil
	})
	if failed != nil {
		s.fail(failed, "resource", id, "attribute", string(name))
		return
	}
	raw, err := json.Marshal(answered)
	if err == nil {
		s.set("describe-vpc-attribute-"+fileName(id)+"-"+string(name)+".json", "ec2:DescribeVpcAttribute", raw)
	}
}

// vpcsOfHost finds the VPCs whose interfaces have this host's addresses. VPCs
// often reuse ranges: where a hardware address tells them apart, it decides.
// The second result says why that could not be found out.
func (s *session) vpcsOfHost(ctx context.Context, c *ec2.Client, local []netip.Addr) ([]string, *Unread) {
	r := describeInterfaces(c, "", "addresses.private-ip-address")
	var addresses []string
	for _, a := range local {
		if a.Is4() && len(addresses) < maxFilter {
			addresses = append(addresses, a.String())
		}
	}
	if len(addresses) == 0 {
		return nil, nil
	}
	found, failed := s.all(ctx, r.action, func(ctx context.Context, token *string) (page, error) {
		return r.read(ctx, query{addresses, token})
	})
	if failed != nil {
		s.fail(failed)
		return nil, failed
	}
	return distinct(texts(ofHardware(found), "VpcId")), nil
}

// ofHardware keeps the interfaces with a hardware address of this host, or
// all where none has one.
func ofHardware(found []json.RawMessage) []json.RawMessage {
	interfaces, err := net.Interfaces()
	if err != nil {
		return found
	}
	var same []json.RawMessage
	for _, raw := range found {
		for _, mac := range texts([]json.RawMessage{raw}, "MacAddress") {
			if slices.ContainsFunc(interfaces, func(i net.Interface) bool { return mac != "" && i.HardwareAddr.String() == mac }) {
				same = append(same, raw)
			}
		}
	}
	if len(same) == 0 {
		return found
	}
	return same
}

func distinct(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}

// vpcsOfRuntimes finds the VPCs of those subnets of runtimes that are not
// read yet.
func (s *session) vpcsOfRuntimes(ctx context.Context, c *ec2.Client) []string {
	_, n, _, _ := decoded(s.documents())
	x := n.Index()
	var unknown []string
	for _, r := range n.Runtimes {
		if config := r.NetworkConfiguration.NetworkModeConfig; config != nil {
			for _, id := range config.Subnets {
				if x.Subnet(id) == nil {
					unknown = append(unknown, id)
				}
			}
		}
	}
	var found []json.RawMessage
	for part := range slices.Chunk(distinct(unknown), maxFilter) {
		r := subnetsBy(c, "subnet-id")
		items, failed := s.all(ctx, r.action, func(ctx context.Context, token *string) (page, error) {
			return r.read(ctx, query{part, token})
		})
		found = append(found, items...)
		if failed != nil {
			s.fail(failed)
		}
	}
	ids := distinct(texts(found, "VpcId"))
	return slices.DeleteFunc(ids, func(id string) bool { return x.VPC(id) != nil })
}

// unasked records the actions for which no VPC was known.
func (s *session) unasked(why *Unread) {
	for _, r := range readersByVPC(nil) {
		if r.operation != why.operation() {
			s.fail(&Unread{Action: r.name(), Reason: "this host's VPC is not known: " + why.Reason, Failure: why.Failure})
		}
	}
}

// referred reads what the routes and rules refer to, and what that in turn
// refers to, unless a network that was read before did so.
func (s *session) referred(ctx context.Context, c *ec2.Client, all []reference, before *vpc.Network) {
	_, n, _, _ := decoded(s.documents())
	var wg sync.WaitGroup
	for _, r := range all {
		asked := r.ids(before)
		ids := slices.DeleteFunc(distinct(r.ids(n)), func(id string) bool { return slices.Contains(asked, id) })
		if len(ids) > 0 {
			wg.Go(func() {
				s.run(ctx, r.reader, ids)
				switch r.key {
				case "PrefixLists":
					s.prefixListContents(ctx, c, ids)
				case "TransitGatewayRouteTables":
					s.transitContents(ctx, c)
				}
			})
		}
	}
	wg.Wait()
	s.run(ctx, customerGateways(c), s.missing(vpnConnections(c)[0].reader, "CustomerGatewayId", customerGateways(c)))
	s.run(ctx, describeRules(c), s.missing(securityGroupsBy(c, "group-id"), "GroupId", describeRules(c)))
}

// prefixListContents reads those lists that are not an AWS service's, which
// DescribePrefixLists has answered already, and their ranges.
func (s *session) prefixListContents(ctx context.Context, c *ec2.Client, ids []string) {
	known := s.values("describe-prefix-lists.json", "PrefixListId")
	own := slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(known, id) })
	if len(own) == 0 {
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { s.run(ctx, describeManagedLists(c), own) })
	for _, id := range s.bounded(prefixListRanges, own) {
		wg.Go(func() { s.rangesOf(ctx, c, id) })
	}
	wg.Wait()
}

var prefixListRanges = action{"ec2", "GetManagedPrefixListEntries", "get-managed-prefix-list-entries.json", "ManagedPrefixListEntries"}

func (s *session) rangesOf(ctx context.Context, c *ec2.Client, id string) {
	entries, failed := s.all(ctx, prefixListRanges, func(ctx context.Context, token *string) (page, error) {
		return prefixListEntries(ctx, c, id, token)
	})
	if failed != nil {
		s.fail(failed, "resource", id)
		s.cut(prefixListRanges)
		return
	}
	s.wrap(prefixListRanges, map[string]any{"PrefixListId": id, "Entries": entries})
}

// prefixLists lists the prefix lists that routes and rules name.
func prefixLists(n *vpc.Network) []string {
	ids := targets(func(r vpc.Route) string { return r.DestinationPrefixListID }, "pl-")(n)
	for _, g := range n.SecurityGroups {
		for _, p := range slices.Concat(g.IPPermissions, g.IPPermissionsEgress) {
			for _, l := range p.PrefixListIDs {
				ids = append(ids, l.PrefixListID)
			}
		}
	}
	return ids
}
