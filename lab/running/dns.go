package running

import (
	"context"
	"net/netip"

	"github.com/agentcore-probe/probe/lab/names"
	"github.com/agentcore-probe/probe/lab/netns"
)

func (r *World) dns(ctx context.Context, space *netns.Namespace, host string, service int, at netip.AddrPort) (func() error, error) {
	server, err := names.Serve(ctx, r.live, space, host, service, at)
	if err != nil {
		return nil, err
	}
	return server.Close, nil
}
