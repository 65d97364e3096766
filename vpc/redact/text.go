package redact

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

var (
	accountShape = regexp.MustCompile(`^\d{12}$`)
	regionShape  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d[a-z]?$`)
	serviceShape = regexp.MustCompile(`^(com|cn\.com)\.amazonaws\.[a-z0-9-]+\.[a-z0-9.-]+$`)
	principal    = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?$`)
	numberShape  = regexp.MustCompile(`^-?\d{1,5}$`)
	versionShape = regexp.MustCompile(`^\$(LATEST|DEFAULT)$`)
)

// own are words of AWS's that stand where a name or an id might.
var own = set("local", "default", "DEFAULT", "AmazonProvidedDNS", "true", "false", "aws", "AWS", "amazon", "root", "*")

// idPrefixes begin the ids of resources ("Amazon EC2 resource IDs", EC2 User
// Guide, and the pages of each service), longer ones first.
var idPrefixes = longestFirst(
	"vpc", "subnet", "sg", "sgr", "rtb", "rtbassoc", "acl", "aclassoc", "eni", "eni-attach", "ela-attach", "igw", "eigw", "nat", "vgw", "vpn", "cgw", "pcx",
	"tgw", "tgw-attach", "tgw-rtb", "vpce", "vpce-svc", "pl", "dopt", "i", "lgw", "cagw", "fs", "fsmt", "fsap", "vpcbpa-exclude", "prx", "prx-endpoint", "o", "ou",
	"db", "cluster",
)

func longestFirst(prefixes ...string) []string {
	slices.SortFunc(prefixes, func(a, b string) int { return len(b) - len(a) })
	return prefixes
}

// Text maps one text: an id, an address or a range, an ARN, a host name, an
// account, or a name. The same text always becomes the same.
func (r *Redactor) Text(s string) string {
	switch {
	case s == "" || own[s] || strings.HasPrefix(s, "amazon-") || numberShape.MatchString(s) || versionShape.MatchString(s),
		regionShape.MatchString(s), principal.MatchString(s):
		return s
	case accountShape.MatchString(s):
		return r.token(s, "account", "%012d")
	case strings.HasPrefix(s, "arn:"):
		return r.arn(s)
	case serviceShape.MatchString(s):
		return r.parts(s, ".")
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return r.blind.address(a).String()
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return r.blind.prefix(p).String()
	}
	for _, prefix := range idPrefixes {
		if strings.HasPrefix(s, prefix+"-") && !strings.ContainsAny(s, "./:") {
			return r.token(s, prefix, prefix+"-%017x")
		}
	}
	if strings.Contains(s, ".") && strings.Contains(s, ".amazonaws.com") && !strings.ContainsAny(s, "/: ") {
		return r.host(s)
	}
	return r.token(s, "name", "name-%d")
}

// Address maps an address of the network's.
func (r *Redactor) Address(a netip.Addr) netip.Addr { return r.blind.address(a) }

// token is the replacement of a text, a new one for a new text.
func (r *Redactor) token(s, kind, format string) string {
	if t, ok := r.tokens[s]; ok {
		return t
	}
	r.counts[kind]++
	t := fmt.Sprintf(format, r.counts[kind])
	r.tokens[s] = t
	return t
}

// parts maps the ids and accounts among the parts of a text, and keeps the
// other parts.
func (r *Redactor) parts(s, separator string) string {
	all := strings.Split(s, separator)
	for i, part := range all {
		if accountShape.MatchString(part) || strings.HasPrefix(part, "vpce-svc-") {
			all[i] = r.Text(part)
		}
	}
	return strings.Join(all, separator)
}

// resourceTypes are parts of ARNs that are AWS's words.
var resourceTypes = set(
	"vpc", "subnet", "security-group", "network-interface", "route-table", "network-acl", "vpc-endpoint", "vpc-endpoint-service", "internet-gateway", "natgateway",
	"transit-gateway", "transit-gateway-attachment", "transit-gateway-route-table", "prefix-list", "runtime", "runtime-endpoint", "db", "cluster", "subgrp",
	"db-proxy", "db-proxy-endpoint", "cluster-endpoint", "loadbalancer", "app", "net", "gwy", "file-system", "access-point", "user", "role", "assumed-role", "group",
	"federated-user", "policy", "workload-identity-directory", "workload-identity", "capacity-provider", "memory", "gateway", "agent", "code-interpreter", "browser",
	"table", "repository", "log-group", "log-stream", "secret", "key", "function", "instance",
)

// arn maps an ARN part by part: partition, service and region stay ("Amazon
// Resource Names", IAM User Guide). A wildcard that is a part of its own stays
// one.
func (r *Redactor) arn(s string) string {
	fields := strings.SplitN(s, ":", 6)
	if len(fields) < 6 {
		return r.token(s, "name", "name-%d")
	}
	fields[4] = r.word(fields[4])
	var resource strings.Builder
	rest := fields[5]
	for rest != "" {
		end := strings.IndexAny(rest, ":/")
		if end < 0 {
			end = len(rest)
		}
		resource.WriteString(r.word(rest[:end]))
		if rest = rest[end:]; rest != "" {
			resource.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	fields[5] = resource.String()
	return strings.Join(fields, ":")
}

func (r *Redactor) word(s string) string {
	if resourceTypes[s] {
		return s
	}
	return r.Text(s)
}

// dnsPrefixes begin the second label of a database's name ("Amazon Aurora
// connection management", Aurora User Guide; "Working with Amazon RDS Proxy
// endpoints").
var dnsPrefixes = longestFirst("cluster-ro", "cluster-custom", "cluster", "proxy")

// host maps a name under amazonaws.com: the labels before the service's.
func (r *Redactor) host(s string) string {
	labels := strings.Split(s, ".")
	for i, label := range labels {
		switch {
		case strings.HasPrefix(label, "vpce-"):
			labels[i] = r.endpointLabel(label)
		case regionShape.MatchString(label):
			return r.ofCustomer(labels, i)
		case accountShape.MatchString(label):
			labels[i] = r.Text(label)
		}
	}
	return strings.Join(labels, ".")
}

// ofCustomer maps the labels before the region where the service gives them to
// its customers.
func (r *Redactor) ofCustomer(labels []string, region int) string {
	customers := region+1 < len(labels) && slices.Contains([]string{"rds", "elb"}, labels[region+1]) || region > 0 && slices.Contains([]string{"elb", "s3"}, labels[region-1])
	for i := range region {
		label := labels[i]
		switch {
		case accountShape.MatchString(label): // host has mapped it
		case customers && label != "elb" && label != "s3":
			labels[i] = r.label(label)
		}
	}
	return strings.Join(labels, ".")
}

func (r *Redactor) label(s string) string {
	for _, prefix := range dnsPrefixes {
		if rest, ok := strings.CutPrefix(s, prefix+"-"); ok {
			return prefix + "-" + r.Text(rest)
		}
	}
	return r.Text(s)
}

var endpointName = regexp.MustCompile(`^(vpce-[0-9a-f]+)-[0-9a-z]+(-[a-z]{2}(?:-[a-z]+)+-\d[a-z])?$`)

// endpointLabel maps the first label of an endpoint's own name: its id, a random
// part, and of a zonal name the zone.
func (r *Redactor) endpointLabel(s string) string {
	m := endpointName.FindStringSubmatch(s)
	if m == nil {
		return r.Text(s)
	}
	return r.Text(m[1]) + "-00000000" + m[2]
}

// managed is how AWS describes interfaces that it makes; ids follow, or the end
// of a load balancer's ARN.
var managed = regexp.MustCompile(`^(RDSNetworkInterface|VPC Endpoint Interface|Interface for NAT Gateway|Network Interface for Transit Gateway Attachment|EFS mount target for|ELB)\b`)

var ids = regexp.MustCompile(`\b[a-z]+(?:-[a-z]+)*-[0-9a-f]{6,}\b`)

// description keeps AWS's own descriptions of interfaces; they say whose an
// interface is.
func (r *Redactor) description(s string) string {
	m := managed.FindString(s)
	switch m {
	case "":
		return r.token(s, "name", "name-%d")
	case "ELB":
		parts := strings.Split(strings.TrimPrefix(s, "ELB "), "/")
		for i := range parts {
			parts[i] = r.word(parts[i])
		}
		return "ELB " + strings.Join(parts, "/")
	case "RDSNetworkInterface":
		return m
	}
	var found []string
	for _, id := range ids.FindAllString(s[len(m):], -1) {
		found = append(found, r.Text(id))
	}
	if strings.HasPrefix(m, "EFS") && len(found) == 2 {
		return m + " " + found[0] + " (" + found[1] + ")"
	}
	return strings.TrimSpace(m + " " + strings.Join(found, " "))
}
