package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/lab/matrix"
	"github.com/agentcore-probe/probe/lab/scenario"
)

// lanes is how many worlds stand at once.
const lanes = 2

func matrixCommand() *cobra.Command {
	var folder, glob, output, probe string
	cmd := &cobra.Command{
		Use:     "matrix [--scenarios DIR] [--match GLOB] [-o json] [--probe PATH]",
		Short:   "Run every scenario and compare",
		Long:    "Run probe check in the world of every scenario and compare what it found with what the\nscenario wants: a row each. Exits with 1 when any differs.",
		Example: "  lab matrix --match 'sg-*'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			write, ok := map[string]func(io.Writer, matrix.Row) error{"text": writeText, "json": writeJSON}[output]
			if !ok {
				return fmt.Errorf("-o: %q is neither text nor json", output)
			}
			all, err := scenario.LoadAll(folder, glob)
			if err != nil {
				return err
			}
			self, err := os.Executable()
			if err != nil {
				return err
			}
			if probe, err = programUnderTest(probe); err != nil {
				return err
			}
			same, err := matrix.Runner{Lab: self, Probe: probe, Dir: folder, Lanes: lanes}.Run(cmd.Context(), all, func(r matrix.Row) {
				_ = write(cmd.OutOrStdout(), r) // the rows are still counted
			})
			if err != nil {
				return err
			}
			if !same {
				return ended(1)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&folder, "scenarios", filepath.Join("lab", "scenarios"), "`DIR` of the scenarios")
	cmd.Flags().StringVar(&glob, "match", "*", "run only the scenarios whose names match `GLOB`")
	cmd.Flags().StringVarP(&output, "output", "o", "text", "`FORMAT` of the rows: text, or json with an object a line")
	cmd.Flags().StringVar(&probe, "probe", "", "`PATH` of the program under test (default: probe beside lab)")
	return cmd
}

func writeText(w io.Writer, r matrix.Row) error {
	verdict := "ok"
	if len(r.Differs) > 0 {
		verdict = "DIFFERS"
	}
	if _, err := fmt.Fprintf(w, "%-8s %-32s %6.2f s\n", verdict, r.Scenario, r.Seconds); err != nil {
		return err
	}
	for _, d := range r.Differs {
		if _, err := fmt.Fprintf(w, "         %s\n", d); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(w io.Writer, r matrix.Row) error { return json.NewEncoder(w).Encode(r) }
