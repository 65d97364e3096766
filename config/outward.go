package config

import (
	"fmt"
	"net"
	"regexp"
	"strconv"

	"github.com/agentcore-probe/probe/netpath"
)

// outward are the faults of what the agent is to reach beside databases.
func (c Config) outward() []*fault {
	var checks []*fault
	for i, s := range c.Services {
		at := fmt.Sprintf("services[%d]", i)
		checks = append(checks, required(at, s), match(at, s, nameForm, "a service's name in its endpoint, such as ecr.api"))
	}
	for i, d := range c.Destinations {
		at := fmt.Sprintf("destinations[%d].", i)
		checks = append(checks,
			required(at+"name", d.Name), match(at+"name", d.Name, nameForm, "letters, digits, dot, dash and underscore"),
			required(at+"host", d.Host), match(at+"host", d.Host, hostForm, "a DNS name or an address"),
			oneOf(at+"protocol", d.Protocol, "", netpath.ProtocolHTTPS, netpath.ProtocolTCP))
		if d.Name == "internet" && !d.OnPremises {
			checks = append(checks, &fault{at + "name", `"internet" is the path of egress; choose another name`})
		}
		if d.Protocol == netpath.ProtocolTCP && d.Port == 0 {
			checks = append(checks, &fault{at + "port", "is required for protocol tcp"})
		}
	}
	checks = append(checks,
		duplicate("services", "", c.Services, func(s string) string { return s }),
		duplicate("destinations", "name", c.Destinations, func(d Destination) string { return d.Name }),
		oneOf("egress.expect", c.Egress.Expect, "", netpath.ExpectReachable, netpath.ExpectUnreachable))
	for i, target := range c.Egress.Targets {
		checks = append(checks, endpointForm(fmt.Sprintf("egress.targets[%d]", i), target))
	}
	return append(checks, duplicate("egress.targets", "", c.Egress.Targets, func(s string) string { return s }))
}

var (
	roleARNForm    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$`)
	externalIDForm = regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]{2,}$`) // "AssumeRole", AWS STS API Reference
)

// elsewhere are the faults of the other accounts.
func (c Config) elsewhere() []*fault {
	var checks []*fault
	for i, a := range c.Accounts {
		at := fmt.Sprintf("accounts[%d].", i)
		checks = append(checks,
			required(at+"role", a.Role), match(at+"role", a.Role, roleARNForm, "a role's ARN: arn:aws:iam::ACCOUNT:role/NAME"),
			match(at+"external-id", a.ExternalID, externalIDForm, "an external id: two or more letters, digits and any of _+=,.@:/-"),
			match(at+"region", a.Region, regionForm, "a Region such as us-east-1"))
	}
	return append(checks, duplicate("accounts", "role", c.Accounts, func(a Account) string { return a.Role + " " + a.Region }))
}

func endpointForm(field, text string) *fault {
	host, port, err := net.SplitHostPort(text)
	number, badPort := strconv.ParseUint(port, 10, 16)
	if err != nil || badPort != nil || number == 0 || !hostForm.MatchString(host) {
		return &fault{field, fmt.Sprintf("%q is not host:port", text)}
	}
	return nil
}
