package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/lab/world"
)

func showCommand() *cobra.Command {
	var authorizer string
	cmd := &cobra.Command{
		Use:       "show PATTERN [--authorizer AUTHORIZER]",
		Short:     "Print the healthy world of a pattern",
		Long:      "Print the healthy world of a pattern as one JSON document: AWS resources in the shape\nthat the AWS CLI prints, and under \"Lab\" principals and hosts.",
		Example:   "  lab show private > world.json",
		ValidArgs: world.Patterns(),
		Args:      cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := world.Healthy(args[0])
			if err == nil {
				w, err = w.Authorize(world.Authorizer(authorizer))
			}
			if err != nil {
				return err
			}
			encoder := json.NewEncoder(cmd.OutOrStdout())
			encoder.SetIndent("", "  ")
			encoder.SetEscapeHTML(false)
			return encoder.Encode(w.Document())
		},
	}
	cmd.Flags().StringVar(&authorizer, "authorizer", "sigv4", "`AUTHORIZER` of the runtimes: sigv4, or jwt for bearer tokens")
	return cmd
}
