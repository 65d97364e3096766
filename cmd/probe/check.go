package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc/proposal"
)

// checkFlags are the flags of check.
type checkFlags struct {
	setup
	output  string
	all     bool
	path    string
	runtime string

	watch    bool
	interval time.Duration

	patch string
}

func newCheck(s streams) *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check",
		Short: "Check every path once, now",
		Long: `Check measures every path once, joins what it saw with what AWS's configuration
says, and prints what is broken first, each cause once with the command that mends
it. Without a file it discovers the runtimes of its VPC, their endpoints, and the
databases that the agent's security groups speak of; a file adds expectations.

With --patch nothing is changed, and the report says which paths would change their
verdict if a change was made. Its file holds RFC 6902 operations on the documents of
'probe snapshot' as one object, where a step into a list is an index or the id of a
resource; or, as RESOURCE=FILE, a policy in the place of the one that an endpoint, a
runtime or a runtime endpoint has:
  [{"op": "remove", "path": "/SecurityGroups/sg-0db/IpPermissions/0"}]
The exit status is then that after the change.`,
		Example: `  probe check
  probe check --config probe.yaml --all
  probe check --path 'invoke/*' -o json | jq .findings
  probe check --inventory snapshot/     # the configuration from a folder
  probe check --watch --interval 1m     # until it is interrupted; marks what changed
  probe check -o junit >probe.xml       # for a CI system
  probe check --patch change.json       # what if`,
		Args: named(),
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("interval") && !f.watch {
				return misused(c, errors.New("--interval goes with --watch"))
			}
			return check(c.Context(), s, f)
		},
	}
	f.flags(c)
	c.Flags().StringVarP(&f.output, "output", "o", "text", "text, json or junit")
	c.Flags().BoolVar(&f.watch, "watch", false, "repeat until interrupted, as gently as serve: nothing is invoked for real, no connection is left silent")
	c.Flags().DurationVar(&f.interval, "interval", 30*time.Second, "with --watch, the time from one beginning to the next")
	c.Flags().StringVar(&f.patch, "patch", "", "say what the change in this file would do: RFC 6902 operations, or RESOURCE=FILE with a policy")
	c.MarkFlagsMutuallyExclusive("patch", "watch")
	c.Flags().BoolVar(&f.all, "all", false, "show the hops of every path, not only of those that are not ok")
	c.Flags().StringVar(&f.path, "path", "", "check only the paths whose id matches this glob, such as 'db/*'")
	c.Flags().StringVar(&f.runtime, "runtime", "", "check only the paths of the runtime with this ARN or id")
	return c
}

func check(ctx context.Context, s streams, f checkFlags) error {
	if !slices.Contains([]string{"text", "json", "junit"}, f.output) {
		return fmt.Errorf("--output: %q is not one of: text, json, junit", f.output)
	}
	if f.watch && f.output == "junit" {
		return errors.New("--watch: -o junit is one document for one run")
	}
	if f.patch != "" && f.output == "junit" {
		return errors.New("--patch: -o is text or json")
	}
	if f.watch && f.interval < shortestInterval {
		return fmt.Errorf("--interval: %s is shorter than %s", f.interval, shortestInterval)
	}
	if _, err := path.Match(f.path, ""); err != nil {
		return fmt.Errorf("--path: %q is not a glob", f.path)
	}
	var change proposal.Change
	if f.patch != "" {
		var err error
		if change, err = readPatch(f.patch); err != nil {
			return err
		}
	}
	f.once = !f.watch
	turn, err := f.turn(ctx, s)
	if err != nil {
		return err
	}
	turn.Select = f.selects
	turn.Started = func(n int) { s.progress("measuring %s", report.Count(n, "path")) }
	switch {
	case f.watch:
		return f.repeat(ctx, s, turn)
	case f.patch != "":
		return f.propose(ctx, s, turn, change)
	}
	r, err := f.run(ctx, s, turn.Run)
	if err != nil {
		return err
	}
	return ended(statusOf(r), f.write(s, r, nil))
}

// run carries out one turn.
func (f checkFlags) run(ctx context.Context, s streams, turn func(context.Context) (report.Report, error)) (report.Report, error) {
	s.progress("reading the configuration")
	r, err := turn(ctx)
	s.progress("")
	if err == nil {
		err = f.selected(r)
	}
	return r, err
}

// selected refuses a selection of nothing.
func (f checkFlags) selected(r report.Report) error {
	if len(r.Paths) > 0 || f.path == "" && f.runtime == "" {
		return nil
	}
	return hint{fmt.Errorf("no path is selected by --path %q --runtime %q", f.path, f.runtime), "'probe check' without them lists every path"}
}

// statusOf is the exit status after a report; of nothing to check nothing is known.
func statusOf(r report.Report) int {
	if len(r.Paths) == 0 {
		return 3
	}
	return r.Summary.Status()
}

// selects reports whether a path is wanted.
func (f checkFlags) selects(p netpath.Path) bool {
	if ok, _ := path.Match(f.path, p.ID); f.path != "" && !ok && !matchesDeep(f.path, p.ID) {
		return false
	}
	if f.runtime == "" {
		return true
	}
	return p.Target.RuntimeARN == f.runtime || path.Base(p.Target.RuntimeARN) == f.runtime
}

// matchesDeep lets a star at the end match the rest of an id, slashes included:
// invoke/* means every invocation.
func matchesDeep(glob, id string) bool {
	for dir := path.Dir(id); dir != "."; dir = path.Dir(dir) {
		if ok, err := path.Match(glob, dir); err == nil && ok && glob[len(glob)-1] == '*' {
			return true
		}
	}
	return false
}

// write writes a report; before is the one of the last run, or nil.
func (f checkFlags) write(s streams, r report.Report, before *report.Report) error {
	switch f.output {
	case "json":
		return r.WriteJSON(s.out)
	case "junit":
		return r.WriteJUnit(s.out)
	}
	return r.WriteText(s.out, report.TextOptions{All: f.all, Color: s.terminal(s.out), Before: before})
}

// progress overwrites a line on a terminal; elsewhere it is silent.
func (s streams) progress(format string, args ...any) {
	if s.terminal(s.err) {
		fmt.Fprintf(s.err, "\r\x1b[K"+format, args...)
	}
}
