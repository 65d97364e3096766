// Package matrix runs scenarios: for each of them a world of its own, in it one
// "probe check", and a comparison of what that found with what the scenario
// wants.
package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agentcore-probe/probe/lab/scenario"
	"github.com/agentcore-probe/probe/lab/session"
)

// Runner runs scenarios.
type Runner struct {
	Lab   string // the lab program: "lab run" builds the worlds
	Probe string // the program under test
	Dir   string // of the scenario files
	Lanes int    // worlds at once
}

// Row is the result of one scenario.
type Row struct {
	Scenario string   `json:"scenario"`
	Seconds  float64  `json:"seconds"` // of the check, without the world
	Differs  []string `json:"differs"` // each way in which it is not as wanted
}

// Run runs the scenarios and hands each row to done, in the order in which they
// end. It reports whether all were as wanted.
func (r Runner) Run(ctx context.Context, all []scenario.Scenario, done func(Row)) (bool, error) {
	rows := make(chan Row)
	var group errgroup.Group
	group.SetLimit(max(1, r.Lanes))
	go func() {
		for _, s := range all {
			group.Go(func() error {
				rows <- r.one(ctx, s)
				return nil
			})
		}
		_ = group.Wait() // no scenario returns an error: it is a row that differs
		close(rows)
	}()
	same := true
	for row := range rows {
		same = same && len(row.Differs) == 0
		done(row)
	}
	return same, ctx.Err()
}

// one runs one scenario.
func (r Runner) one(ctx context.Context, s scenario.Scenario) Row {
	row := Row{Scenario: s.Name, Differs: []string{}}
	report, took, err := r.check(ctx, s)
	if err != nil {
		row.Differs = append(row.Differs, err.Error())
		return row
	}
	row.Seconds = took.Seconds()
	row.Differs = append(row.Differs, compare(s.Want, report, took)...)
	return row
}

// grace is for the world itself: building it, starting its servers.
const grace = 60 * time.Second

// check runs probe check in the scenario's world.
func (r Runner) check(ctx context.Context, s scenario.Scenario) (Report, time.Duration, error) {
	command, err := r.command(s)
	if err != nil {
		return Report{}, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.Want.Within*float64(time.Second))+grace)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.Lab, command...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Report{}, 0, err
	}
	var report Report
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		return Report{}, 0, fmt.Errorf("no report (%v): %s", cmd.ProcessState, strings.TrimSpace(errs.String()))
	}
	report.exit = cmd.ProcessState.ExitCode()
	return report, report.took(), nil
}

// command is the lab's command line for a scenario.
func (r Runner) command(s scenario.Scenario) ([]string, error) {
	probe, err := filepath.Abs(r.Probe)
	if err != nil {
		return nil, err
	}
	command := []string{"run", "--scenario", filepath.Join(r.Dir, s.Name+".json"), "--", probe, "check", "-o", "json"}
	if len(s.Config) > 0 {
		command = append(command, "--config", session.ConfigFile)
	}
	return append(command, s.Args...), nil
}
