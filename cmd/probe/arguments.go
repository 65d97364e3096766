package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// named wants an argument for each of the names in a command's usage line, and none
// where there are no names.
func named(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		given := "none was given"
		if len(args) > 0 {
			given = "given: " + strings.Join(args, " ")
		}
		return misused(c, fmt.Errorf("%s takes %s; %s", strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" "), cmp.Or(strings.Join(names, " and "), "no argument"), given))
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

// port is a flag's value: a port of TCP or UDP.
type port uint16

func (p *port) String() string { return strconv.Itoa(int(*p)) }

func (*port) Type() string { return "port" }

// Set reads a decimal number.
func (p *port) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return errors.New("a port is a number from 0 to 65535")
	}
	*p = port(n)
	return nil
}
