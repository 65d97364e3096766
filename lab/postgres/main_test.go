package postgres_test

import (
	"os"
	"testing"

	"github.com/vishvananda/netlink"

	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { os.Exit(sandboxtest.Main(m, loopback)) }

// loopback raises the loopback interface of the namespace that it is called in.
func loopback() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(lo)
}
