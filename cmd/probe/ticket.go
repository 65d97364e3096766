package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/ticket"
)

// ticketFlags say what is checked for a ticket.
type ticketFlags struct {
	setup
	names string
}

func newTicket(s streams) *cobra.Command {
	var f ticketFlags
	c := &cobra.Command{
		Use:   "ticket FILE",
		Short: "Check, and put what others need to look at it into one file",
		Long: `Ticket checks every path once, as check does, and writes a compressed archive for AWS
Support or the network team: the report as text and as JSON, the configuration, when
and from which Availability Zone it was measured, and the ids of the requests.

Whose network it is stays hidden: ids, addresses, names, accounts and ARNs are
replaced, the same by the same in all of it, and tags left out. Times, Regions,
Availability Zone ids and ids of requests stay. --names keeps a list of what stands
for what, which is for you and not in the archive.

Exit status: 0 written, whatever was found; 2 usage or configuration error.`,
		Example: `  probe ticket case.tar.gz
  probe ticket case.tar.gz --names case-names.json
  tar -xzf case.tar.gz && cat ticket/README.txt`,
		Args: named("FILE"),
		RunE: func(c *cobra.Command, args []string) error { return makeTicket(c.Context(), s, f, args[0]) },
	}
	f.flags(c)
	c.Flags().StringVar(&f.names, "names", "", "write what stands for what into this file: keep it to yourself")
	return c
}

func makeTicket(ctx context.Context, s streams, f ticketFlags, file string) error {
	f.once = true
	turn, err := f.turn(ctx, s)
	if err != nil {
		return err
	}
	var taken inventory.Snapshot
	collect := turn.Collect
	turn.Collect = func(ctx context.Context) (inventory.Snapshot, error) {
		var err error
		taken, err = collect(ctx)
		return taken, err
	}
	s.progress("reading the configuration, measuring")
	r, err := turn.Run(ctx)
	s.progress("")
	if err != nil {
		return err
	}
	t, err := ticket.New("probe "+version(), r, taken)
	if err != nil {
		return err
	}
	if err := create(file, t.Write); err != nil {
		return err
	}
	if f.names != "" {
		if err := create(f.names, func(w io.Writer) error { return writeNames(w, t.Names()) }); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.out, "%s: %s, %s\n", file, report.Count(len(r.Paths), "path"), report.Count(len(r.Findings), "finding"))
	return nil
}

func writeNames(w io.Writer, names map[string]string) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(names)
}

// create writes a file that only its owner may read, whole or not at all.
func create(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".probe-*") // its mode is 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := write(f); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
