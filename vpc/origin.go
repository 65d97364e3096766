package vpc

import (
	"regexp"
	"strings"
)

// zoneName is the name of an Availability Zone, which is its region's name
// and a letter. Local and Wavelength Zones have longer names.
var zoneName = regexp.MustCompile(`^([a-z]{2}(?:-[a-z]+)+-\d+)[a-z]$`)

// origin derives the region and account of a network. Runtimes say it best,
// then databases, then the caller and owners. Where the best that speaks is
// not of one mind (an inventory of several regions), the answer is "".
func origin(n *Network) (region, account string) {
	var arns, zones, owners []string
	for _, r := range n.Runtimes {
		arns = append(arns, r.ARN)
	}
	if len(arns) == 0 {
		for _, db := range n.DBInstances {
			arns = append(arns, db.DBInstanceARN)
		}
	}
	for _, s := range n.Subnets {
		if m := zoneName.FindStringSubmatch(s.AvailabilityZone); m != nil {
			zones = append(zones, m[1])
		}
	}
	if n.Caller != nil {
		owners = append(owners, n.Caller.Account)
	} else {
		for _, v := range n.VPCs {
			owners = append(owners, v.OwnerID)
		}
	}
	return firstSure(arnFields(arns, 3), zones), firstSure(arnFields(arns, 4), owners)
}

// arnFields picks a field of each ARN: 3 is the region, 4 the account
// ("Amazon Resource Names (ARNs)", IAM User Guide).
func arnFields(arns []string, i int) []string {
	var out []string
	for _, arn := range arns {
		if f := strings.SplitN(arn, ":", 6); len(f) == 6 && f[0] == "arn" {
			out = append(out, f[i])
		}
	}
	return out
}

// firstSure takes the first source that says anything: its one answer, or ""
// where it gives several.
func firstSure(sources ...[]string) string {
	for _, answers := range sources {
		said := ""
		for _, a := range answers {
			if a != "" && said != "" && a != said {
				return ""
			}
			if a != "" {
				said = a
			}
		}
		if said != "" {
			return said
		}
	}
	return ""
}
