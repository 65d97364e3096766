package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// named wants an argument for each of the names in a command's usage line.
func named(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		given := "none was given"
		if len(args) > 0 {
			given = "given: " + strings.Join(args, " ")
		}
		return misused(c, fmt.Errorf("%s takes %s; %s", strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" "), strings.Join(names, " and "), given))
	}
}

// optional is the one argument, or "" where none is given.
func optional(args []string) string {
	return strings.Join(args, "")
}

// misused is an error in how a command is called.
func misused(c *cobra.Command, err error) error {
	return hint{err, "'" + c.CommandPath() + " --help' shows the flags, and examples"}
}
