package main

import (
	"context"
	"fmt"
	"time"

	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/watch"
)

// shortestInterval spares AWS's APIs, which are asked anew each time.
const shortestInterval = 5 * time.Second

// repeat checks on an interval until ctx ends, marks what differs from the run
// before, and says what changed and who changed it. A later run that could not be
// carried out is said and tried again. The exit status is that of the last report.
func (f checkFlags) repeat(ctx context.Context, s streams, turn watch.Turn) error {
	var last *report.Report
	series := watch.NewSeries(turn)
	ticks := time.NewTicker(f.interval)
	defer ticks.Stop()
	for {
		r, err := f.run(ctx, s, series.Run)
		switch {
		case ctx.Err() != nil && last == nil:
			return ctx.Err()
		case ctx.Err() != nil:
			return ended(statusOf(*last), nil)
		case err != nil && last == nil:
			return err
		case err != nil:
			fmt.Fprintf(s.err, "probe: %v\n", err)
		default:
			if err := f.show(s, r, last); err != nil {
				return err
			}
			last = &r
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return ended(statusOf(*last), nil)
		}
	}
}

// show writes a report in the last one's place on a terminal, else below it.
func (f checkFlags) show(s streams, r report.Report, last *report.Report) error {
	if f.output == "text" {
		if s.terminal(s.out) {
			fmt.Fprint(s.out, "\x1b[H\x1b[2J")
		} else if last != nil {
			fmt.Fprintln(s.out)
		}
		fmt.Fprintf(s.out, "%s, every %s\n\n", r.StartedAt.Format(time.RFC3339), f.interval)
	}
	return f.write(s, r, last)
}
