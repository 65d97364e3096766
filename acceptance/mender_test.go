package acceptance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
)

// mender is the name under which the tests' program runs fixes in a world.
const mender = "mend"

// mending is what became of one finding in its world.
type mending struct {
	Finding  named    // the zero value where all fixes were run, one after the other
	Mended   []named  // what the commands are for
	Before   []named  // everything that is found before the fix, Finding included
	Commands []string // what was run, undo included
	Failures []string // of the commands
	Fixed    []named  // what is found after the fix
	Undoable bool
	Undone   []named // what is found after the undo
}

// mend checks, and runs the fix and the undo of each finding, one after the
// other: what one of them changes is taken back before the next.
func mend(ctx context.Context, args []string) error {
	before, err := checked(ctx, args)
	if err != nil {
		return err
	}
	all := []mending{}
	for _, f := range before {
		m := mending{Finding: nameOf(f), Mended: []named{nameOf(f)}, Before: namesOf(before)}
		fix := commands(f.Fix)
		if len(fix) > 0 {
			if err := m.carryOut(ctx, fix, f, args); err != nil {
				return err
			}
		}
		all = append(all, m)
	}
	together, err := mendAll(ctx, before, args)
	if err != nil {
		return err
	}
	if len(together.Mended) > 1 {
		all = append(all, together)
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}

// mendAll runs the fixes of all findings as somebody would who works off a
// report: none may be in another's way.
func mendAll(ctx context.Context, before []netpath.Finding, args []string) (mending, error) {
	m := mending{Before: namesOf(before)}
	var all []string
	for _, f := range before {
		if fix := commands(f.Fix); len(fix) > 0 && nameOf(f).byCommand() {
			m.Mended, all = append(m.Mended, nameOf(f)), append(all, fix...)
		}
	}
	if len(m.Mended) < 2 {
		return m, nil
	}
	m.operate(ctx, all)
	after, err := settled(ctx, args, len(before)-len(m.Mended))
	m.Fixed = namesOf(after)
	return m, err
}

// commands are those of a fix; its other lines are steps in words.
func commands(fix []string) []string {
	return slices.DeleteFunc(slices.Clone(fix), func(line string) bool { return !catalogue.IsCommand(line) })
}

func (m *mending) carryOut(ctx context.Context, fix []string, f netpath.Finding, args []string) error {
	m.operate(ctx, fix)
	after, err := settled(ctx, args, len(m.Before)-1)
	if err != nil {
		return err
	}
	m.Fixed = namesOf(after)
	undo := commands(f.Undo)
	if len(undo) == 0 {
		return nil
	}
	m.Undoable = true
	m.operate(ctx, undo)
	after, err = settled(ctx, args, len(m.Before))
	m.Undone = namesOf(after)
	return err
}

// operate runs commands as the operator would: as they are printed, by a shell.
func (m *mending) operate(ctx context.Context, commands []string) {
	for _, c := range commands {
		m.Commands = append(m.Commands, c)
		cmd := exec.CommandContext(ctx, os.Getenv("LAB"), "as", "operator", "--", "sh", "-c", c)
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(os.Args[0])+":"+os.Getenv("PATH"), "AWS_PAGER=")
		if out, err := cmd.CombinedOutput(); err != nil {
			m.Failures = append(m.Failures, fmt.Sprintf("%s: %v: %s", c, err, bytes.TrimSpace(out)))
		}
	}
}

// settled checks until there are so many findings, at most three times: a
// database that was started takes a moment.
func settled(ctx context.Context, args []string, count int) ([]netpath.Finding, error) {
	var found []netpath.Finding
	for range 3 {
		var err error
		if found, err = checked(ctx, args); err != nil {
			return nil, err
		}
		if len(found) == count {
			break
		}
	}
	return found, nil
}

// checked runs probe check and returns what it found.
func checked(ctx context.Context, args []string) ([]netpath.Finding, error) {
	cmd := exec.CommandContext(ctx, os.Getenv("PROBE"), append([]string{"check", "-o", "json"}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	var r report.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return nil, fmt.Errorf("no report (%v): %s", cmd.ProcessState, errs.String())
	}
	return r.Findings, nil
}

func nameOf(f netpath.Finding) named { return named{f.Code, f.Component} }

func namesOf(all []netpath.Finding) []named {
	names := []named{}
	for _, f := range all {
		names = append(names, nameOf(f))
	}
	return names
}
