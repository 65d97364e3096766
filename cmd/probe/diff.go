package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/report"
)

func newDiff(s streams) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Say what changed between two saved configurations",
		Long: `Diff compares two folders of AWS CLI output, such as 'probe snapshot' writes, resource
by resource: rules of security groups and statements of policies as sets, routes by
destination, entries of ACLs by number. It reads nothing else. What only one of the
folders holds as a whole is not compared, and listed.

Exit status: 0 nothing changed, 1 something did, 2 usage error or a damaged folder,
3 nothing changed in what both hold, and something is in one of them only.`,
		Example: `  probe snapshot before/
  probe snapshot after/
  probe diff before/ after/
  probe diff before/ after/ -o json | jq '.changes[].component'`,
		Args: named("BEFORE", "AFTER"),
		RunE: func(_ *cobra.Command, args []string) error { return diff(s, output, args[0], args[1]) },
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return c
}

func diff(s streams, output, before, after string) error {
	if output != "text" && output != "json" {
		return fmt.Errorf("--output: %q is not one of: text, json", output)
	}
	old, err := inventory.ReadFolder(before)
	if err != nil {
		return err
	}
	new, err := inventory.ReadFolder(after)
	if err != nil {
		return err
	}
	d := report.NewDifference(reading(old), reading(new), old.Network, new.Network)
	if output == "json" {
		err = d.WriteJSON(s.out)
	} else {
		err = d.WriteText(s.out, report.TextOptions{Color: s.terminal(s.out)})
	}
	return ended(d.Status(), err)
}

func reading(s inventory.Snapshot) report.Reading {
	return report.Reading{Source: s.Source, CollectedAt: s.CollectedAt}
}
