package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/world"
)

// ErrOutside means that there is no world around this process.
var ErrOutside = errors.New("not in a world: use it in a command of lab run")

// As replaces this process by a command that signs as another principal of the
// world around it. It returns only when it fails.
func As(principal string, command, env []string) error {
	data, err := os.ReadFile(principals)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrOutside
	} else if err != nil {
		return err
	}
	var known []world.Principal
	if err := json.Unmarshal(data, &known); err != nil {
		return err
	}
	i := slices.IndexFunc(known, func(p world.Principal) bool { return p.Name == principal })
	if i < 0 {
		return fmt.Errorf("no principal %q: there is %s", principal, strings.Join(namesOf(known), ", "))
	}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		env = without(slices.Clone(env), name)
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	return unix.Exec(path, command, append(env, credentials(known[i])...))
}

func namesOf(all []world.Principal) []string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	return names
}
