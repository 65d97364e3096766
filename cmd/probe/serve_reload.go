package main

import (
	"context"
	"log/slog"
	"os"
	"sync"

	"github.com/agentcore-probe/probe/exporter"
	"github.com/agentcore-probe/probe/watch"
)

// reloader has a loop take what the configuration says now.
type reloader struct {
	read    func(context.Context) (watch.Turn, error)
	loop    *watch.Loop
	metrics *exporter.Metrics
	log     *slog.Logger
	listen  string // where the server listens by the configuration; "" where flags say it

	mu sync.Mutex // one at a time
}

// reload reads the configuration again. What is wrong changes nothing.
func (r *reloader) reload(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	turn, err := r.read(ctx)
	if err == nil {
		err = r.loop.Reload(ctx, turn)
	}
	r.metrics.Reloaded(err)
	if err != nil {
		r.log.Error("not reloaded, the old configuration stays", "error", err)
		return err
	}
	r.log.Info("reloaded")
	if wanted := turn.Config.Serve.Listen; r.listen != "" && wanted != r.listen {
		r.log.Warn("serve.listen is taken over by a restart only", "listen", r.listen, "configured", wanted)
	}
	return nil
}

// onHangup reloads at each signal. What failed is in the log.
func (r *reloader) onHangup(ctx context.Context, hangup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			_ = r.reload(ctx)
		}
	}
}
