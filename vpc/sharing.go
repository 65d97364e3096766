package vpc

import "slices"

// Sharer is the account that shares a VPC with the caller's and was not read itself;
// "" where there is none. Participants are told of the subnets, route tables and
// network ACLs, and not of the owner's gateways and interfaces ("Share your VPC
// subnets with other accounts", Amazon VPC User Guide). Of its endpoints the page
// says that participants do not manage them; that they do not see them is taken for
// granted.
func (x *Index) Sharer(vpcID string) string {
	v := x.VPC(vpcID)
	if v == nil || x.Caller == nil || v.OwnerID == "" || v.OwnerID == x.Caller.Account {
		return ""
	}
	if slices.ContainsFunc(x.NetworkInterfaces, func(e NetworkInterface) bool { return e.OwnerID == v.OwnerID }) ||
		slices.ContainsFunc(x.Endpoints, func(e Endpoint) bool { return e.OwnerID == v.OwnerID }) {
		return "" // it was read by a role there
	}
	return v.OwnerID
}

// ListsEndpoints reports whether an endpoint that is not in the inventory does not
// exist: no account that was not read shares a VPC with endpoints of its own.
func (x *Index) ListsEndpoints() bool {
	return x.Has("VpcEndpoints") && !slices.ContainsFunc(x.VPCs, func(v VPC) bool { return x.Sharer(v.VpcID) != "" })
}
