// Package sandboxtest runs the tests of a package inside of a sandbox, where
// they may build networks.
package sandboxtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/agentcore-probe/probe/lab/sandbox"
)

// reason is the environment variable that says why there is no sandbox.
const reason = "LAB_TEST_NO_SANDBOX"

// Main is for TestMain: it runs the tests inside, where setup (nil for none) is
// called first, and returns the exit status. Where namespaces are not permitted
// it runs them outside; Need skips then.
func Main(m *testing.M, setup func() error) int {
	if sandbox.Inside() {
		var order struct{}
		err := sandbox.Enter(&order)
		if err == nil && setup != nil {
			err = setup()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}
	status, err := sandbox.Run(context.Background(), struct{}{}, os.Stdin, os.Stdout, os.Stderr)
	if errors.Is(err, sandbox.ErrNotPermitted) {
		if err := os.Setenv(reason, err.Error()); err != nil {
			return 1
		}
		return m.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// Need skips a test that needs namespaces where there are none, and says why.
func Need(t testing.TB) {
	t.Helper()
	if why := os.Getenv(reason); why != "" {
		t.Skip("NOT TESTED: " + why)
	}
}
