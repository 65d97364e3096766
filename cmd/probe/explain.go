package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
)

func newExplain(s streams) *cobra.Command {
	var list bool
	c := &cobra.Command{
		Use:     "explain CODE",
		Short:   "Explain a finding: its meaning, its proof, its mending",
		Example: "  probe explain sg/ingress-missing\n  probe explain --list",
		Args: func(c *cobra.Command, args []string) error {
			if list == (len(args) == 0) && len(args) <= 1 {
				return nil
			}
			return hint{fmt.Errorf("explain takes one finding's code, or --list"), "'probe explain --list' lists the codes"}
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var codes []string
			for _, e := range catalogue.All() {
				codes = append(codes, e.Code+"\t"+e.Title)
			}
			return codes, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if list {
				return listCodes(s)
			}
			entry, ok := catalogue.Find(args[0])
			if !ok {
				return hint{fmt.Errorf("no finding has the code %q", args[0]), "'probe explain --list' lists the codes"}
			}
			_, err := fmt.Fprint(s.out, entry.Page())
			return err
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list every code with its title")
	return c
}

func listCodes(s streams) error {
	for _, e := range catalogue.All() {
		if _, err := fmt.Fprintf(s.out, "%-32s %-8s  %s\n", e.Code, e.Severity, e.Title); err != nil {
			return err
		}
	}
	return nil
}
