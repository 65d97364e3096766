package fuzz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/agentcore-probe/probe/lab/world"
)

// Answer is what "probe reach --batch" says of a flow.
type Answer struct {
	ID        int    `json:"id"`
	Verdict   string `json:"verdict"` // reachable, blocked, unknown
	Hop       string `json:"hop,omitempty"`
	Return    bool   `json:"return,omitempty"`
	Component string `json:"component,omitempty"`
	Detail    string `json:"detail,omitempty"`
}

// question is a line of the batch.
type question struct {
	ID       int    `json:"id"`
	From     string `json:"from"`
	To       string `json:"to"`
	Port     uint16 `json:"port,omitempty"`
	Protocol string `json:"protocol"`
}

// consult asks the probe about flows of a world.
func consult(ctx context.Context, probe string, w *world.World, flows []Flow) ([]Answer, error) {
	dir, err := os.MkdirTemp("", "lab-fuzz-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	inventory := filepath.Join(dir, "inventory")
	if err := os.Mkdir(inventory, 0o700); err != nil {
		return nil, err
	}
	if err := writeInventory(w, inventory); err != nil {
		return nil, err
	}
	var batch bytes.Buffer
	lines := json.NewEncoder(&batch)
	for i, f := range flows {
		if err := lines.Encode(question{i, f.From, f.To.String(), f.Port, f.Protocol}); err != nil {
			return nil, err
		}
	}
	file := filepath.Join(dir, "questions.jsonl")
	if err := os.WriteFile(file, batch.Bytes(), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, probe, "reach", "--inventory", inventory, "--batch", file)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() == 2) {
		return nil, fmt.Errorf("%s reach: %w: %s", probe, err, strings.TrimSpace(errs.String()))
	}
	answers, err := readAnswers(&out, len(flows))
	if err != nil {
		return nil, fmt.Errorf("%s reach: %w: %s", probe, err, strings.TrimSpace(errs.String()))
	}
	return answers, nil
}

func readAnswers(r io.Reader, count int) ([]Answer, error) {
	answers := make([]Answer, count)
	seen := 0
	for d := json.NewDecoder(r); ; seen++ {
		var a Answer
		if err := d.Decode(&a); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if a.ID < 0 || a.ID >= count {
			return nil, fmt.Errorf("an answer to question %d of %d", a.ID, count)
		}
		answers[a.ID] = a
	}
	if seen != count {
		return nil, fmt.Errorf("%d answers to %d questions", seen, count)
	}
	return answers, nil
}
