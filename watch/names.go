package watch

import "github.com/agentcore-probe/probe/diagnosis"

// name fills in the owners of the findings' components, and returns the names of
// the ids that findings and vantage mention: nobody knows ids by heart.
func (e evidence) name(r diagnosis.Result) map[string]string {
	names := map[string]string{}
	mention := func(ids ...string) {
		for _, id := range ids {
			if n := e.network.Owner(id).Name; n != "" && n != id {
				names[id] = n
			}
		}
	}
	mention(e.from.SecurityGroups...)
	mention(e.from.ENI, e.from.Subnet, e.from.VPC)
	for i, f := range r.Findings {
		r.Findings[i].Owner = e.network.Owner(f.Component)
		mention(f.Component)
		for _, value := range f.Evidence {
			mention(value)
		}
	}
	return names
}
