package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newSnapshot(s streams) *cobra.Command {
	var f setup
	c := &cobra.Command{
		Use:   "snapshot DIR",
		Short: "Save the configuration that check reads, as a folder of JSON",
		Long: `Snapshot reads what check reads from AWS and writes it into a folder: one file for
each API action, in the shape that the AWS CLI prints. 'probe check --inventory DIR'
and 'probe reach --inventory DIR' read it.`,
		Example: "  probe snapshot before/\n  probe reach --inventory before/ --from eni-0a1b --to eni-0c2d --port 5432",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return snapshot(c.Context(), s, f, args[0]) },
	}
	c.Flags().StringVarP(&f.file, "config", "c", "", "configuration file (YAML)")
	return c
}

func snapshot(ctx context.Context, s streams, f setup, dir string) error {
	turn, err := f.turn(ctx, s)
	if err != nil {
		return err
	}
	s.progress("reading the configuration")
	taken, err := turn.Collect(ctx)
	s.progress("")
	if err != nil {
		return err
	}
	if err := taken.Write(dir); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d documents in %s\n", len(taken.Documents), dir)
	for _, u := range taken.Unread {
		fmt.Fprintf(s.out, "not read: %s: %s\n", u.Action, u.Reason)
	}
	if len(taken.Unread) > 0 {
		return exit(3)
	}
	return nil
}
