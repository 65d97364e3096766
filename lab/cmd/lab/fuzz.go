package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/fuzz"
)

// fuzzVerb is the verb's name, by which the process in the sandbox knows too
// what it is for.
const fuzzVerb = "fuzz"

func fuzzCommand() *cobra.Command {
	o := fuzz.Options{Lanes: lanes}
	cmd := &cobra.Command{
		Use:   fuzzVerb + " [--seed S] [--count N] [--probe PATH] [--out DIR] | --replay FILE",
		Short: "Ask probe reach and the kernel about random flows in random worlds",
		Long: `Draw random worlds and flows, ask probe reach --batch about them, and send the
packets. Each flow that the two disagree about is a line, and a file with the world,
made small, and the flow: --replay asks about it again. The same seed draws the same.

Exits with 1 when they disagree about any flow, and with 2 when not all were asked.`,
		Example: "  lab fuzz --seed 1 --count 2000\n  lab fuzz --replay fuzz-1-17-3.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Count < 1 {
				return errors.New("--count: must be 1 or more")
			}
			var err error
			if o.Probe, err = programUnderTest(o.Probe); err != nil {
				return err
			}
			_, notTerminal := unix.IoctlGetTermios(int(os.Stderr.Fd()), unix.TCGETS)
			o.Progress = notTerminal == nil
			code, err := fuzz.Run(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return ended(code)
		},
	}
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "`SEED` of the worlds and flows")
	cmd.Flags().IntVar(&o.Count, "count", 2000, "how many `FLOWS` to ask about")
	cmd.Flags().StringVar(&o.Probe, "probe", "", "`PATH` of the program under test (default: probe beside lab)")
	cmd.Flags().StringVar(&o.Out, "out", ".", "`DIR` for the files of disagreements")
	cmd.Flags().StringVar(&o.Replay, "replay", "", "ask about the flow of this `FILE` again")
	cmd.Flags().BoolVar(&o.Shrink, "shrink", true, "make the world of a disagreement small")
	return cmd
}

// programUnderTest is the probe that a flag names, or the one beside this
// program, as an absolute path.
func programUnderTest(path string) (string, error) {
	if path == "" {
		self, err := os.Executable()
		if err != nil {
			return "", err
		}
		path = filepath.Join(filepath.Dir(self), "probe")
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("--probe: %w", err)
	}
	return filepath.Abs(path)
}
