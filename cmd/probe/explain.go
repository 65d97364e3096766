package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/spelling"
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
				return unknownCode(args[0])
			}
			_, err := fmt.Fprint(s.out, entry.Page())
			return err
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list every code with its severity and title")
	return c
}

func unknownCode(code string) error {
	var known []string
	for _, e := range catalogue.All() {
		known = append(known, e.Code)
	}
	err := fmt.Errorf("no finding has the code %q", code)
	if meant := spelling.Nearest(code, known); meant != "" {
		return hint{err, "did you mean " + meant + "?"}
	}
	return hint{err, "'probe explain --list' lists the codes"}
}

func listCodes(s streams) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, e := range catalogue.All() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", e.Code, e.Severity, e.Title) // Flush tells
	}
	return w.Flush()
}
