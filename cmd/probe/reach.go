package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
)

// reachFlags are the question.
type reachFlags struct {
	setup
	from, to, protocol, output string
	port                       uint16
}

func newReach(s streams) *cobra.Command {
	var f reachFlags
	c := &cobra.Command{
		Use:   "reach",
		Short: "Ask the configuration alone whether packets get from one place to another",
		Long: `Reach sends no packet: it says what security groups, network ACLs, routes and
endpoints do with a flow and with its replies, hop by hop, and who decides. A place
is an ENI, an address, a security group, a subnet, an interface endpoint, a runtime,
a database, or the word internet; where it stands for several interfaces each of
them is asked about.

Exit status: 0 reachable, 1 blocked, 2 usage error, 3 unknown.`,
		Example: `  probe reach --from support --to orders
  probe reach --inventory snapshot/ --from 10.0.1.20 --to vpce-0a1b --port 443
  probe reach --from sg-0agent --to internet --port 53 --protocol udp -o json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return reach(c.Context(), s, f) },
	}
	c.Flags().StringVarP(&f.file, "config", "c", "", "configuration file (YAML)")
	c.Flags().StringVar(&f.inventory, "inventory", "", "read the configuration from this folder of AWS CLI output instead of AWS")
	c.Flags().StringVar(&f.from, "from", "", "where the packets start")
	c.Flags().StringVar(&f.to, "to", "", "where they go")
	c.Flags().Uint16Var(&f.port, "port", 0, "destination port; a database or endpoint has its own")
	c.Flags().StringVar(&f.protocol, "protocol", "tcp", "tcp, udp, icmp or an IANA protocol number")
	c.Flags().StringVarP(&f.output, "output", "o", "text", "text or json")
	_ = c.MarkFlagRequired("from") // the flags exist
	_ = c.MarkFlagRequired("to")
	return c
}

func reach(ctx context.Context, s streams, f reachFlags) error {
	protocol, err := protocolNumber(f.protocol)
	if err != nil {
		return err
	}
	if f.output != "text" && f.output != "json" {
		return fmt.Errorf("--output: %q is not one of: text, json", f.output)
	}
	snapshot, err := f.read(ctx, s)
	if err != nil {
		return err
	}
	flows, err := f.flows(snapshot.Network.Index(), protocol)
	if err != nil {
		return err
	}
	analysis := reachability.New(snapshot.Network)
	var answers []report.Answer
	for _, q := range flows {
		answers = append(answers, report.NewAnswer(q.from.Name, q.to.Name, analysis.Trace(q.flow)))
	}
	if f.output == "json" {
		err = report.WriteAnswersJSON(s.out, answers)
	} else {
		err = report.WriteAnswersText(s.out, answers, report.TextOptions{Color: s.terminal(s.out)})
	}
	if err != nil {
		return err
	}
	if code := report.AnswersStatus(answers); code != 0 {
		return exit(code)
	}
	return nil
}

// read reads the inventory; from a folder it needs neither Region nor
// credentials.
func (f *reachFlags) read(ctx context.Context, s streams) (inventory.Snapshot, error) {
	if f.inventory != "" {
		return inventory.ReadFolder(f.inventory)
	}
	turn, err := f.turn(ctx, s)
	if err != nil {
		return inventory.Snapshot{}, err
	}
	return turn.Collect(ctx)
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
	var all []question
	for _, a := range from {
		for _, b := range to {
			port := f.port
			if port == 0 {
				port = b.Port
			}
			if port == 0 && (protocol == protocolTCP || protocol == protocolUDP) {
				return nil, errors.New("--port is required: the destination has none of its own")
			}
			flow := reachability.Flow{From: reachability.Source{ENI: a.ENI, Address: a.Address}, To: b.Address, Protocol: protocol, Port: port}
			all = append(all, question{from: a, to: b, flow: flow})
		}
	}
	return all, nil
}

// IANA protocol numbers.
const (
	protocolICMP = 1
	protocolTCP  = 6
	protocolUDP  = 17
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
