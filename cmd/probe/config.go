package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/config"
)

func newConfig(s streams) *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "Print an example configuration, or check one",
		Example: "  probe config example >probe.yaml\n  probe config check probe.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use:     "example",
		Short:   "Print a commented configuration file with every field",
		Example: "  probe config example >probe.yaml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(s.out, config.Example)
			return err
		},
	}, &cobra.Command{
		Use:     "check FILE",
		Short:   "Check a configuration file without starting anything",
		Example: "  probe config check probe.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := config.Load(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%s is valid: %d runtimes, %d databases\n", args[0], len(c.Runtimes), len(c.Databases))
			return err
		},
	})
	return c
}
