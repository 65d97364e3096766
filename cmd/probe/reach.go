package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
	"github.com/agentcore-probe/probe/vpc/proposal"
)

// reachFlags are the question.
type reachFlags struct {
	setup
	from, to, protocol, output, batch string
	port                              uint16
	allPairs, explain                 bool
	patch                             string

	before *reachability.Analysis // of the configuration without the patch; nil where there is none
}

func newReach(s streams) *cobra.Command {
	var f reachFlags
	c := &cobra.Command{
		Use:   "reach",
		Short: "Ask the configuration alone whether packets get from one place to another",
		Long: `Reach sends no packet: it says what security groups, network ACLs, routes and
endpoints do with a flow and with its replies, hop by hop, and who decides. A place
is an ENI, an instance, an address, a security group, a subnet, an interface
endpoint, a runtime, a database or its cluster or proxy, a load balancer, a file
system, or the word internet; where it stands for several interfaces each of them is
asked about. What a load balancer does with a connection is not followed.

With --explain the answer goes on: which of all ports pass from there to there, and
which source addresses the destination's own side (its groups and its subnet's ACL)
lets in on the port; by which rule, and which rule cuts off the others.

With --batch every line of a file is a question, and every line of the output its
answer, in the same order; --protocol is that of lines that name none:
  {"id": 1, "from": "support", "to": "orders", "port": 5432, "protocol": "tcp"}
  {"id":1,"from":"support","to":"orders",…,"verdict":"blocked","hop":"dest-sg",…}

With --patch the answer is that of the configuration as a change would leave it, and
says what it was before where that differs; of --all-pairs only the pairs that change
are listed. 'probe check --help' says what the file holds.

Exit status: 0 reachable, 1 blocked, 2 usage error, 3 unknown; with --patch, after it.`,
		Example: `  probe reach --from support --to orders
  probe reach --inventory snapshot/ --from 10.0.1.20 --to vpce-0a1b --port 443
  probe reach --from sg-0agent --to internet --port 53 --protocol udp -o json
  probe reach --from support --to orders --explain
  probe reach --inventory snapshot/ --batch questions.jsonl
  probe reach --inventory snapshot/ --all-pairs --port 5432
  probe reach --from support --to orders --patch change.json`,
		Args: named(),
		RunE: func(c *cobra.Command, _ []string) error {
			if f.from == "" && f.batch == "" && !f.allPairs {
				return misused(c, errors.New("what is asked? name --from and --to, or --batch, or --all-pairs"))
			}
			return reach(c.Context(), s, c.InOrStdin(), f)
		},
	}
	c.Flags().StringVarP(&f.file, "config", "c", "", "configuration file (YAML), instead of the text in $"+configText)
	c.Flags().StringVar(&f.inventory, "inventory", "", "read the configuration from this folder of AWS CLI output instead of AWS")
	c.Flags().StringVar(&f.from, "from", "", "where the packets start")
	c.Flags().StringVar(&f.to, "to", "", "where they go")
	c.Flags().Var((*port)(&f.port), "port", "destination port; a database or endpoint has its own; of icmp type*256+code, an echo request without")
	c.Flags().StringVar(&f.protocol, "protocol", "tcp", "tcp, udp, icmp or an IANA protocol number")
	c.Flags().StringVarP(&f.output, "output", "o", "text", "text or json")
	c.Flags().StringVar(&f.batch, "batch", "", "answer every line of this file, - for the standard input, instead of --from and --to")
	c.Flags().BoolVar(&f.allPairs, "all-pairs", false, "ask about every ENI with every other ENI on --port, in each family of addresses that both have, instead of --from and --to")
	c.Flags().BoolVar(&f.explain, "explain", false, "say for all ports and all source addresses which pass, and which rule cuts off which")
	c.Flags().StringVar(&f.patch, "patch", "", "answer as if the change in this file had been made")
	c.MarkFlagsRequiredTogether("from", "to")
	c.MarkFlagsMutuallyExclusive("from", "batch", "all-pairs")
	c.MarkFlagsMutuallyExclusive("to", "batch", "all-pairs")
	c.MarkFlagsMutuallyExclusive("explain", "batch", "all-pairs")
	return c
}

func reach(ctx context.Context, s streams, in io.Reader, f reachFlags) error {
	protocol, err := protocolNumber(f.protocol)
	if err != nil {
		return err
	}
	if f.output != "text" && f.output != "json" {
		return fmt.Errorf("--output: %q is not one of: text, json", f.output)
	}
	var change proposal.Change
	if f.patch != "" {
		if change, err = readPatch(f.patch); err != nil {
			return err
		}
	}
	snapshot, err := f.read(ctx, s)
	if err != nil {
		return err
	}
	if f.patch != "" {
		f.before = reachability.New(snapshot.Network)
		if snapshot, err = s.patched(snapshot, change); err != nil {
			return err
		}
	}
	x, analysis := snapshot.Network.Index(), reachability.New(snapshot.Network)
	switch {
	case f.batch != "":
		return f.answerBatch(s, in, x, analysis)
	case f.allPairs:
		return f.answerAllPairs(s, x, analysis, protocol)
	}
	return f.answer(s, x, analysis, protocol)
}

// answer answers one question, for every pair of places that it means.
func (f *reachFlags) answer(s streams, x *vpc.Index, analysis *reachability.Analysis, protocol uint8) error {
	flows, err := f.flows(x, protocol)
	if err != nil {
		return err
	}
	var answers []report.Answer
	for _, q := range flows {
		answer := report.NewAnswer(q.from.Name, q.to.Name, analysis.Trace(q.flow))
		answer.Was = f.was(q.flow, answer.Verdict)
		if f.explain {
			answer.Explain(analysis.Ports(q.flow), analysis.Sources(q.flow))
		}
		answers = append(answers, answer)
	}
	if f.output == "json" {
		err = report.WriteAnswersJSON(s.out, answers)
	} else {
		err = report.WriteAnswersText(s.out, answers, report.TextOptions{Color: s.terminal(s.out)})
	}
	return ended(report.AnswersStatus(answers), err)
}

// was is the verdict of a flow without the patch, where it is another.
func (f *reachFlags) was(flow reachability.Flow, now reachability.Verdict) reachability.Verdict {
	if f.before == nil {
		return ""
	}
	return other(f.before.Trace(flow).Verdict, now)
}

// other is a verdict, "" where it is the same as another one.
func other(was, now reachability.Verdict) reachability.Verdict {
	if was == now {
		return ""
	}
	return was
}

// ended ends the verb with the status that the answers make.
func ended(status int, err error) error {
	if err == nil && status != statusMet {
		return exit(status)
	}
	return err
}

// question is one flow of the questions that the flags ask.
type question struct {
	from, to reachability.Place
	flow     reachability.Flow
}

// flows are all pairs of the places that --from and --to stand for.
func (f *reachFlags) flows(x *vpc.Index, protocol uint8) ([]question, error) {
	from, err := reachability.Places(x, f.from)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	to, err := reachability.Places(x, f.to)
	if err != nil {
		return nil, fmt.Errorf("--to: %w", err)
	}
	flows, err := pairs(from, to, protocol, f.port)
	if err != nil {
		return nil, fmt.Errorf("--port %w", err)
	}
	return flows, nil
}

// pairs are the flows from every place of one list to every one of another. The
// port is that of the destination where none is asked for.
func pairs(from, to []reachability.Place, protocol uint8, port uint16) ([]question, error) {
	all := make([]question, 0, len(from)*len(to))
	for _, b := range to {
		if hasPorts(protocol) && portOf(b, protocol, port) == 0 {
			return nil, errors.New("is required: the destination has none of its own")
		}
	}
	for _, a := range from {
		for _, b := range to {
			flow := reachability.Flow{From: sourceOf(a, b), To: b.Address, Protocol: protocol, Port: portOf(b, protocol, port)}
			all = append(all, question{from: a, to: b, flow: ofICMP(flow)})
		}
	}
	return all, nil
}

// sourceOf is a place as a source: an interface that was asked about takes its
// address of the destination's family.
func sourceOf(a, b reachability.Place) reachability.Source {
	if a.ENI != "" && b.Address.IsValid() && a.Address.Is4() != b.Address.Unmap().Is4() {
		return reachability.Source{ENI: a.ENI}
	}
	return reachability.Source{ENI: a.ENI, Address: a.Address}
}

func hasPorts(protocol uint8) bool { return protocol == protocolTCP || protocol == protocolUDP }

// portOf is the port that a question about a place means.
func portOf(b reachability.Place, protocol uint8, port uint16) uint16 {
	if port == 0 && hasPorts(protocol) {
		return b.Port
	}
	return port
}

// ofICMP makes a flow of ICMP one of the destination's family. Without a port,
// which is type<<8 | code, a ping is meant: an echo request, type 8 and code 0
// (RFC 792), of ICMPv6 type 128 and code 0 (RFC 4443).
func ofICMP(f reachability.Flow) reachability.Flow {
	if f.Protocol == protocolICMP && f.To.Is6() && !f.To.Is4In6() {
		f.Protocol = protocolICMPv6
	}
	switch {
	case f.Port != 0:
	case f.Protocol == protocolICMP:
		f.Port = 8 << 8
	case f.Protocol == protocolICMPv6:
		f.Port = 128 << 8
	}
	return f
}

// IANA protocol numbers.
const (
	protocolICMP   = 1
	protocolTCP    = 6
	protocolUDP    = 17
	protocolICMPv6 = 58
)

func protocolNumber(word string) (uint8, error) {
	switch word {
	case "tcp":
		return protocolTCP, nil
	case "udp":
		return protocolUDP, nil
	case "icmp":
		return protocolICMP, nil
	}
	n, err := strconv.ParseUint(word, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("--protocol: %q is not tcp, udp, icmp or a number from 0 to 255", word)
	}
	return uint8(n), nil
}
