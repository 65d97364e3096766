package running_test

import (
	"os"
	"testing"

	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { os.Exit(sandboxtest.Main(m, nil)) }
