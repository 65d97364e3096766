package inventory

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/agentcore-probe/probe/vpc"
)

// maxNeighbours bounds how many VPCs are read beside those of this host and of
// the runtimes: a transit gateway may join thousands.
const maxNeighbours = 10

// neighbours reads the VPCs that a transit gateway or a peering connection joins
// with those that are read, as far as this account sees them: endpoints may be
// centralised in one of them ("Centralized access to VPC private endpoints",
// Building a Scalable and Secure Multi-VPC AWS Network Infrastructure), and a
// destination may stand in another.
func (s *session) neighbours(ctx context.Context, c *ec2.Client) {
	_, known, _, _ := decoded(s.documents())
	ids := s.nearest(ctx, c, s.joined(ctx, c, known))
	if len(ids) == 0 {
		return
	}
	s.belongings(ctx, c, ids)
	s.referred(ctx, c, networkReferences(c), known)
}

// joined lists the VPCs at the other ends that this account sees. One whose
// ranges overlap with those of a VPC that is read cannot be reached from there,
// and its addresses would be taken for that one's.
func (s *session) joined(ctx context.Context, c *ec2.Client, known *vpc.Network) []string {
	x := known.Index()
	var ids []string
	for _, a := range known.TransitAttachments {
		ids = append(ids, a.VpcID)
	}
	for _, p := range known.Peerings {
		ids = append(ids, p.RequesterVpcInfo.VpcID, p.AccepterVpcInfo.VpcID)
	}
	ids = slices.DeleteFunc(distinct(ids), func(id string) bool { return id == "" || x.VPC(id) != nil })
	var own []netip.Prefix
	for i := range known.VPCs {
		own = append(own, known.VPCs[i].Blocks()...)
	}
	var apart []string
	for _, v := range s.lookUp(ctx, vpcsBy(c), ids).VPCs {
		overlaps := slices.ContainsFunc(v.Blocks(), func(b netip.Prefix) bool { return slices.ContainsFunc(own, b.Overlaps) })
		if slices.Contains(ids, v.VpcID) && !overlaps {
			apart = append(apart, v.VpcID)
		}
	}
	return distinct(apart)
}

// nearest are as many of the VPCs as are read. Where they are too many, those
// with interface endpoints go first.
func (s *session) nearest(ctx context.Context, c *ec2.Client, ids []string) []string {
	if len(ids) <= maxNeighbours {
		return ids
	}
	count := map[string]int{}
	for _, e := range s.lookUp(ctx, endpointsBy(c), ids).Endpoints {
		if strings.EqualFold(e.VpcEndpointType, "Interface") {
			count[e.VpcID]++
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	return ids[:maxNeighbours]
}

// lookUp reads what a reader says about some ids without keeping it.
func (s *session) lookUp(ctx context.Context, r reader, ids []string) *vpc.Network {
	found := []json.RawMessage{}
	for part := range slices.Chunk(ids, maxFilter) {
		items, failed := s.all(ctx, r.action, func(ctx context.Context, token *string) (page, error) {
			return r.read(ctx, query{part, token})
		})
		found = append(found, items...)
		if failed != nil {
			s.fail(failed)
		}
	}
	var d vpc.Decoder
	document, err := json.Marshal(map[string]any{r.key: found})
	if err == nil {
		err = d.Decode(r.file, bytes.NewReader(document))
	}
	if err != nil {
		u := unread(r.name(), err, s.limit)
		s.fail(&u)
		return &vpc.Network{}
	}
	return d.Network()
}
