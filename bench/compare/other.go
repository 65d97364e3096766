package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// other is a program that probes. All are under the Apache License 2.0.
type other struct {
	name, module, version, pkg string
}

// others are compared.
var others = []other{
	{"blackbox_exporter", "github.com/prometheus/blackbox_exporter", "v0.27.0", ""},
	{"cloudprober", "github.com/cloudprober/cloudprober", "v0.14.0", "/cmd/cloudprober"},
}

func (o other) program() string { return filepath.Join(folder, o.name) }

// build builds the program, in a module that needs nothing else: its libraries
// are those that it asks for. Go checks them against the checksum database.
func (o other) build(ctx context.Context) error {
	if _, err := os.Stat(o.program()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir, err := os.MkdirTemp("", "compare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program, err := filepath.Abs(o.program())
	if err != nil {
		return err
	}
	module := fmt.Sprintf("module compare\n\ngo 1.26\n\nrequire %s %s\n", o.module, o.version)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(module), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-o", program, o.module+o.pkg)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stderr, os.Stderr
	return cmd.Run()
}
