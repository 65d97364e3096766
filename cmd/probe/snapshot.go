package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/report"
)

// snapshotFlags say what is saved, and how.
type snapshotFlags struct {
	setup
	redact bool
}

func newSnapshot(s streams) *cobra.Command {
	var f snapshotFlags
	c := &cobra.Command{
		Use:   "snapshot DIR",
		Short: "Save the configuration that check reads, as a folder of JSON",
		Long: `Snapshot reads what check reads from AWS and writes it into a folder: one file for
each API action, in the shape that the AWS CLI prints. 'probe check --inventory DIR'
and 'probe reach --inventory DIR' read it.

With --redact it can be shown to others: ids, addresses, names, accounts and ARNs are
replaced, the same by the same, and tags and descriptions left out, so that 'probe
reach' answers as before with the new names. Regions, Availability Zones, ports and
the actions of policies stay, as do documentation addresses (192.0.2.0/24 and others).`,
		Example: `  probe snapshot before/
  probe reach --inventory before/ --from eni-0a1b --to eni-0c2d --port 5432
  probe snapshot --inventory before/ --redact for-support/`,
		Args: named("DIR"),
		RunE: func(c *cobra.Command, args []string) error { return snapshot(c.Context(), s, f, args[0]) },
	}
	c.Flags().StringVarP(&f.file, "config", "c", "", "configuration file (YAML), instead of the text in $"+configText)
	c.Flags().StringVar(&f.inventory, "inventory", "", "take over this folder of AWS CLI output instead of reading AWS")
	c.Flags().BoolVar(&f.redact, "redact", false, "hide whose configuration it is")
	return c
}

func snapshot(ctx context.Context, s streams, f snapshotFlags, dir string) error {
	taken, err := f.read(ctx, s)
	if err == nil && f.redact {
		taken, _, err = taken.Redacted()
	}
	if err != nil {
		return err
	}
	if err := taken.Write(dir); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s in %s\n", report.Count(len(taken.Documents), "document"), dir)
	for _, u := range taken.Unread {
		fmt.Fprintf(s.out, "not read: %s: %s\n", u.Action, u.Reason)
	}
	if len(taken.Unread) > 0 {
		return exit(3)
	}
	return nil
}
