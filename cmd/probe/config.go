package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/permission"
	"github.com/agentcore-probe/probe/report"
)

func newConfig(s streams) *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "Print an example configuration or the policy of the probe's role, or check a file",
		Example: "  probe config example >probe.yaml\n  probe config check probe.yaml\n  probe config iam-policy probe.yaml",
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
	}, newConfigCheck(s), newIAMPolicy(s))
	return c
}

func newConfigCheck(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a configuration without starting anything",
		Long: `Check reads a configuration file, or without one the text in
` + configText + `, as check and serve do, and says what is wrong with it.`,
		Example: "  probe config check probe.yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			file := optional(args)
			if file == "" && s.env[configText] == "" {
				return misused(c, fmt.Errorf("config check takes FILE; none was given, and %s is not set", configText))
			}
			is, err := configuration(file, s.env)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%s is valid: %s, %s\n", cmp.Or(file, configText), report.Count(len(is.Runtimes), "runtime"), report.Count(len(is.Databases), "database"))
			return err
		},
	}
}

func newIAMPolicy(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "iam-policy [FILE]",
		Short: "Print the least policy that the probe's role needs",
		Long: `Iam-policy prints the identity-based policy that the probe's role needs for a
configuration file or the text in ` + configText + `, or without either for
everything that can be discovered. Nothing of it changes anything.

A statement may be left out: what it would have let the probe see is then unknown,
never broken. ReadOneImageLayer lets the probe fetch the first byte of a layer of
the agent's image, as a container runtime does; whoever has the role could fetch
the image.`,
		Example: `  probe config iam-policy
  aws iam create-policy --policy-name agentcore-probe --policy-document "$(probe config iam-policy probe.yaml)"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := configuration(optional(args), s.env)
			if err != nil {
				return err
			}
			return permission.For(c).WriteJSON(s.out)
		},
	}
}
