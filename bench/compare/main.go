// Program compare shows the same faults to blackbox_exporter, cloudprober and
// probe, each in a world of the lab that has this one fault, and writes what each
// reports as docs/comparison.md. Run it in the root of the repository, after make
// build.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

// faults are the scenarios that are shown.
var faults = []string{
	"dns-private-dns-off", "sg-ingress-missing", "nacl-return-db", "sg-endpoint-ingress-missing", "endpoint-policy-denies",
	"policy-public-exposed", "endpoint-address-down", "tcp-mtu-endpoint", "tcp-loss-db", "tls-untrusted",
}

const (
	folder = "build/compare" // of the other programs
	page   = "docs/comparison.md"
	inside = "inside" // this program's argument in a world
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == inside {
		return observe(ctx, os.Stdout)
	}
	for _, o := range others {
		if err := o.build(ctx); err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
	}
	var rows []row
	for _, name := range append([]string{"healthy-private"}, faults...) {
		fmt.Fprintln(os.Stderr, name)
		r, err := show(ctx, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rows = append(rows, r)
	}
	f, err := os.Create(page)
	if err != nil {
		return err
	}
	return errors.Join(write(f, rows), f.Close())
}

// row is what is reported of one scenario.
type row struct {
	About  string            // what is wrong
	Others map[string]report // by program
	Probe  judged
}

// judged is what is read of probe's report.
type judged struct {
	Findings []struct {
		Code      string   `json:"code"`
		Component string   `json:"component"`
		Fix       []string `json:"fix"`
	} `json:"findings"`
	Paths []struct {
		ID      string `json:"id"`
		Verdict string `json:"verdict"`
	} `json:"paths"`
}

// show builds the scenario's world twice: for the others, and for probe.
func show(ctx context.Context, name string) (row, error) {
	file := filepath.Join("lab/scenarios", name+".json")
	text, err := os.ReadFile(file)
	if err != nil {
		return row{}, err
	}
	var r row
	var s struct{ About string }
	if err := json.Unmarshal(text, &s); err != nil {
		return row{}, err
	}
	r.About = s.About
	self, err := os.Executable()
	if err != nil {
		return row{}, err
	}
	if err := inWorld(ctx, file, &r.Others, self, inside); err != nil {
		return row{}, err
	}
	return r, inWorld(ctx, file, &r.Probe, "bin/probe", "check", "--pattern", "private", "-o", "json")
}

// inWorld runs a command in the scenario's world and reads the JSON that it
// prints.
func inWorld(ctx context.Context, scenario string, into any, command ...string) error {
	cmd := exec.CommandContext(ctx, "bin/lab", append([]string{"run", "-q", "--scenario", scenario, "--"}, command...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	if failed := json.Unmarshal(out, into); failed != nil {
		return errors.Join(err, failed)
	}
	return nil
}
