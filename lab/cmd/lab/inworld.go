package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/lab/scenario"
	"github.com/agentcore-probe/probe/lab/session"
	"github.com/agentcore-probe/probe/lab/world"
)

// place says which world to build and where the command runs in it.
type place struct {
	pattern, scenario, host, authorizer string
	credentials, record                 string
	quiet, mariadb, files               bool
}

func runCommand(env []string) *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use:   "run [--pattern PATTERN | --scenario FILE] [--at HOST] -- COMMAND…",
		Short: "Run a command in a world",
		Long: `Build a world, run a command on one of its hosts, and exit with its status.

The command gets the region, the credentials of the principal "probe" and the
world's certificate authority in its environment, which has no other AWS_
variable, and the VPC's resolver in /etc/resolv.conf. With --credentials it gets
what that platform would give it instead. When it ends, however it ends, nothing
of the world is left.

A scenario's configuration file of the probe is ` + session.ConfigFile + `.`,
		Example: "  lab run -- probe check\n  lab run --scenario lab/scenarios/sg-ingress-missing.json -- probe check --config " + session.ConfigFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			command, err := afterDash(cmd, args, 0)
			if err != nil {
				return err
			}
			order, err := p.order(cmd.Flags().Changed)
			if err != nil {
				return err
			}
			if p.record != "" {
				if p.record, err = filepath.Abs(p.record); err != nil {
					return err
				}
			}
			order.Command, order.Quiet, order.Record = command, p.quiet, p.record
			code, err := session.Run(cmd.Context(), order, env, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			if err != nil {
				return &status{session.StatusWorldFailed, err}
			}
			return ended(code)
		},
	}
	cmd.Flags().StringVar(&p.pattern, "pattern", "private", "`PATTERN` whose healthy world is built")
	cmd.Flags().StringVar(&p.scenario, "scenario", "", "`FILE` whose patch and environment are applied")
	cmd.Flags().StringVar(&p.host, "at", session.Sidecar, "`HOST` that the command runs on")
	cmd.Flags().StringVar(&p.credentials, "credentials", "environment", "`SOURCE` of the command's credentials: environment, none, imds, ecs, pod-identity,\nweb-identity, profile or assume-role")
	cmd.Flags().StringVar(&p.authorizer, "authorizer", "sigv4", "`AUTHORIZER` of the runtimes: sigv4, or jwt for bearer tokens, of which AGENT_TOKEN is one")
	cmd.Flags().BoolVar(&p.mariadb, "mariadb", false, "add the database carts, which is MariaDB")
	cmd.Flags().BoolVar(&p.files, "files", false, "add a file system of Amazon EFS that the runtimes mount")
	cmd.Flags().StringVar(&p.record, "record", "", "`FILE` that is told at the end what the AWS APIs were asked: an object a line")
	cmd.Flags().BoolVarP(&p.quiet, "quiet", "q", false, "do not say on standard error that the world is up")
	return cmd
}

// order is what to build and where a command runs in it. A scenario says the
// latter, unless --at does.
func (p *place) order(chosen func(flag string) bool) (session.Order, error) {
	o, err := p.build(chosen)
	if err != nil {
		return o, err
	}
	if chosen("at") || o.Host == "" {
		o.Host = p.host
	}
	if _, ok := o.World.Lab().Host(o.Host); !ok {
		var names []string
		for _, h := range o.World.Lab().Hosts {
			names = append(names, h.Name)
		}
		return o, fmt.Errorf("no host %q: there is %s", o.Host, strings.Join(names, ", "))
	}
	return o, nil
}

func (p *place) build(chosen func(flag string) bool) (session.Order, error) {
	if p.scenario == "" {
		w, err := world.Healthy(p.pattern)
		if err == nil {
			w, err = w.From(world.CredentialSource(p.credentials))
		}
		if err == nil {
			w, err = w.Authorize(world.Authorizer(p.authorizer))
		}
		if err == nil && p.mariadb {
			w, err = w.WithMariaDB()
		}
		if err == nil && p.files {
			w, err = w.WithFiles()
		}
		return session.Order{World: w}, err
	}
	if chosen("pattern") || chosen("credentials") || chosen("authorizer") || chosen("mariadb") || chosen("files") {
		return session.Order{}, errors.New("--scenario: a scenario names its pattern, the source of its credentials, its authorizer, its databases and file systems")
	}
	s, err := scenario.Load(p.scenario)
	if err != nil {
		return session.Order{}, err
	}
	w, err := s.World()
	if err != nil {
		return session.Order{}, fmt.Errorf("%s: %w", p.scenario, err)
	}
	return session.Order{World: w, Host: s.At, Env: s.Env, Config: s.Config}, nil
}

func ended(code int) error {
	if code == 0 {
		return nil
	}
	return &status{code: code}
}

func asCommand(env []string) *cobra.Command {
	return &cobra.Command{
		Use:     "as PRINCIPAL -- COMMAND…",
		Short:   "In a world: run a command that signs as another principal",
		Long:    "In a command of lab run: run a command with the credentials of another principal of the\nworld. The operator may do anything; probe is who lab run signs as.",
		Example: "  lab run -- sh -c 'lab as operator -- aws rds start-db-instance --db-instance-identifier orders'",
		RunE: func(cmd *cobra.Command, args []string) error {
			command, err := afterDash(cmd, args, 1)
			if err != nil {
				return err
			}
			return session.As(args[0], command, env)
		},
	}
}
