package vpc

import "strings"

// RecordedName is the name of a component in CloudTrail's events: an id as it
// is, of what Amazon RDS has the name behind its ARN ("LookupEvents", AWS
// CloudTrail API Reference: the name of a resource; that it is this one for
// Amazon RDS, and the ARN for AgentCore, is not verified).
func RecordedName(component string) string {
	if fields := strings.SplitN(component, ":", 7); len(fields) == 7 && fields[2] == "rds" {
		return fields[6]
	}
	return component
}
