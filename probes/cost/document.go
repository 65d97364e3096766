package cost

import (
	"fmt"
	"strconv"
	"strings"
)

const preface = `# What the probe costs the other side

Each address of a path is dialled once a run. What that costs is declared in ` + "`probes/cost`" + `, and tests hold it: with
PostgreSQL and MariaDB, a day's worth of runs each, the servers' logs and counters are read.

This page is generated: ` + "`go test ./probes/cost -run TestDocument -update`" + `.

## A run, at each address

| probe | connections | where packets get lost, at most | requests | log lines | errors against this host | sessions | money, at most | |
|---|---|---|---|---|---|---|---|---|
`

const afterwards = `
Every name is asked for with two questions (A, AAAA) and three more that measure the resolver. On paths with jumbo frames
HTTPS costs one connection and one request more. The rates of losses are measured by connections that say nothing: they
leave no line in PostgreSQL's log, and none is opened to MySQL.

Who made a change is asked of CloudTrail with one request when a finding with a change comes up, one after 5 minutes and
one after 15, for eight findings at a time at most, a second apart. An account has two such requests a second for all its
probes; viewing the event history is not billed ("Working with CloudTrail Event history", CloudTrail User Guide).

## A day of ` + "`probe serve`" + `, at each address, with the default intervals

| probe | runs | connections | log lines | errors against this host | sessions | money, at most |
|---|---|---|---|---|---|---|
`

const money = `
Money is the list price of the largest session for as long as the time limits let it last ("Amazon Bedrock AgentCore
pricing"), without what the agent itself calls. Traffic through NAT gateways and interface endpoints is billed by the
gigabyte and is not counted here.
`

// Document is docs/cost.md.
func Document() string {
	var b strings.Builder
	b.WriteString(preface)
	for _, c := range All() {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %s | %s |\n",
			c.Probe, c.Connections, c.Most(), c.Requests, c.LogLines, c.Errors, c.Sessions, dollars(c.Microcents), c.Note)
	}
	b.WriteString(afterwards)
	for _, c := range All() {
		if n := c.Day(); n > 0 {
			fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %s |\n",
				c.Probe, n, n*c.Connections, n*c.LogLines, n*c.Errors, n*c.Sessions, dollars(n*c.Microcents))
		}
	}
	b.WriteString(money)
	return b.String()
}

// dollars rounds up to a hundredth of a cent.
func dollars(microcents int) string {
	if microcents == 0 {
		return "0"
	}
	const step = 10_000 // microcents in a hundredth of a cent
	return "$" + strconv.FormatFloat(float64((microcents+step-1)/step)/10_000, 'f', 4, 64)
}
