package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc/proposal"
	"github.com/agentcore-probe/probe/watch"
)

// readPatch reads what --patch names: [RESOURCE=]FILE.
func readPatch(argument string) (proposal.Change, error) {
	file, resource := argument, ""
	data, err := os.ReadFile(file)
	if before, after, found := strings.Cut(argument, "="); errors.Is(err, fs.ErrNotExist) && found {
		file, resource = after, before
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return proposal.Change{}, fmt.Errorf("--patch: %w", err)
	}
	var change proposal.Change
	if resource != "" || proposal.IsPolicy(data) {
		change, err = proposal.ReadPolicy(file, resource, data)
	} else {
		change, err = proposal.Read(file, data)
	}
	return change, patchError(err)
}

// patched is an inventory as a change would leave it. What has no effect is said.
func (s streams) patched(before inventory.Snapshot, change proposal.Change) (inventory.Snapshot, error) {
	after, ignored, err := before.Patched(change)
	for _, field := range ignored {
		fmt.Fprintf(s.err, "probe: --patch: nobody understands %s: it has no effect\n", field)
	}
	return after, patchError(err)
}

// patchError says what a patch is.
func patchError(err error) error {
	if err == nil {
		return nil
	}
	return hint{fmt.Errorf("--patch: %w", err), "RFC 6902 operations on what 'probe snapshot' writes, one object of all its top-level keys;\n" +
		"      or a policy document: --patch RESOURCE=FILE, with the id of an endpoint or the ARN of a runtime"}
}

// propose says what a change would do to the paths.
func (f checkFlags) propose(ctx context.Context, s streams, turn watch.Turn, change proposal.Change) error {
	s.progress("reading the configuration")
	before, after, err := turn.Propose(ctx, func(is inventory.Snapshot) (inventory.Snapshot, error) { return s.patched(is, change) })
	s.progress("")
	if err == nil {
		err = f.selected(before)
	}
	if err != nil {
		return err
	}
	p := report.NewProposal(f.patch, before, after)
	if f.output == "json" {
		err = p.WriteJSON(s.out)
	} else {
		err = p.WriteText(s.out, report.TextOptions{All: f.all, Color: s.terminal(s.out)})
	}
	return ended(statusOf(after), err)
}
