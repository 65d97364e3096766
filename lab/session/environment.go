package session

import (
	"maps"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/lab/running"
	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/world"
)

const (
	scratch    = sandbox.Scratch + "/lab"
	bundle     = scratch + "/ca.pem"
	principals = scratch + "/principals.json"
)

// ConfigFile is where a command in a world finds the configuration file that its
// order has for it.
const ConfigFile = scratch + "/probe.yaml"

// Probe is the principal that signs for commands.
const Probe = "probe"

// Environment is the environment of a command in a world: that of outside
// without any AWS_ variable, then the certificate authority, what the platform
// sets that the world's credentials come from, then extra. Without a platform
// that is the region and the credentials of the principal "probe".
func Environment(outside []string, w *world.World, extra map[string]string) []string {
	env := slices.DeleteFunc(slices.Clone(outside), func(v string) bool { return strings.HasPrefix(v, "AWS_") || strings.HasPrefix(v, "ECS_") })
	env = append(env, "AWS_CA_BUNDLE="+bundle)
	env = platform(env, w.Lab())
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		env = append(without(env, name), name+"="+extra[name])
	}
	return env
}

func credentials(p world.Principal) []string {
	env := []string{"AWS_ACCESS_KEY_ID=" + p.AccessKeyId, "AWS_SECRET_ACCESS_KEY=" + p.SecretAccessKey}
	if p.SessionToken != "" {
		env = append(env, "AWS_SESSION_TOKEN="+p.SessionToken)
	}
	return env
}

func without(env []string, name string) []string {
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
}

// tokenVariable holds a bearer token that a world's runtimes take, in worlds that
// have an OpenID provider. Its keys are made at the start: nobody outside could.
const tokenVariable = "AGENT_TOKEN"

// withToken adds the bearer token, unless the scenario has one of its own.
func withToken(env []string, r *running.World) ([]string, error) {
	token, err := r.Token()
	if err != nil || token == "" || slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, tokenVariable+"=") }) {
		return env, err
	}
	return append(env, tokenVariable+"="+token), nil
}
