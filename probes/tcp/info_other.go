//go:build !linux

package tcp

import (
	"net"
	"syscall"
)

// ReadInfo knows nothing: TCP_INFO is read on Linux only.
func ReadInfo(net.Conn) (Info, bool) { return Info{}, false }

func (d Dialer) control(string) func(string, string, syscall.RawConn) error { return nil }
