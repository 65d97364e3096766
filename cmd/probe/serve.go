package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/exporter"
	"github.com/agentcore-probe/probe/watch"
)

// serveFlags are the flags of serve. Those of the web server have the names that
// every Prometheus exporter gives them.
type serveFlags struct {
	checkFlags
	listen  []string
	web     string
	systemd bool
	format  string
	emf     bool
}

func newServe(s streams) *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve",
		Short: "The sidecar: check every path on a schedule, for Prometheus",
		Long: `Serve measures every path on its own interval, reads AWS's configuration in the
background, and shows the last results: /metrics for Prometheus, / for people,
/api/v1/report as JSON (that of check), /api/v1/paths/ID with a path's history,
/-/healthy and /-/ready. Only /probe?path=ID has a planned path measured, and at most
once in half of its interval.

Standard error has a line for each change of a verdict. With --emf standard output
has one for each run, of which CloudWatch makes metrics.

SIGHUP or a POST to /-/reload reads the configuration file again, and the files that
it names; what is wrong changes nothing. The text in ` + configText + `
and where serve listens stay what they are until a restart. Intervals and how long new evidence must hold are
in the configuration, under serve.`,
		Example: `  probe serve
  probe serve --config probe.yaml
  probe serve --emf --log.format json   # where only CloudWatch Logs can be reached
  probe serve --web.listen-address 0.0.0.0:9879 --web.config.file web.yaml   # TLS, passwords
  curl -s http://127.0.0.1:9879/metrics`,
		Args: named(),
		RunE: func(c *cobra.Command, _ []string) error { return serve(c.Context(), s, &f) },
	}
	f.flags(c)
	c.Flags().StringVar(&f.path, "path", "", "check only the paths whose id matches this glob, such as 'db/*'")
	c.Flags().StringVar(&f.runtime, "runtime", "", "check only the paths of the runtime with this ARN or id")
	c.Flags().StringArrayVar(&f.listen, "web.listen-address", nil, fmt.Sprintf("where to listen, host:port; may be repeated (default: serve.listen of the configuration file, else %s)", config.Default().Serve.Listen))
	c.Flags().StringVar(&f.web, "web.config.file", "", "TLS and passwords of the web server, as every Prometheus exporter takes them")
	c.Flags().StringVar(&f.format, "log.format", logfmt, "format of the log on standard error: logfmt or json")
	c.Flags().BoolVar(&f.emf, "emf", false, "write each run to standard output in CloudWatch's embedded metric format, a line each")
	c.Flags().BoolVar(&f.systemd, "web.systemd-socket", false, "use the sockets that systemd passes instead of listening")
	return c
}

// shutdownLimit is how long requests may go on after a signal.
const shutdownLimit = 5 * time.Second

func serve(ctx context.Context, s streams, f *serveFlags) error {
	if err := f.validate(); err != nil {
		return err
	}
	turn, err := f.scheduled(ctx, s)
	if err != nil {
		return err
	}
	configured := "" // where to listen
	if len(f.listen) == 0 && !f.systemd {
		configured = turn.Config.Serve.Listen
		f.listen = []string{configured}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	logger := slog.New(f.logs(s.err))
	metrics := exporter.NewMetrics(time.Now)
	observed, flush := f.observers(s, metrics, logger)
	defer flush()
	loop := watch.NewLoop(turn, logger, observed)
	metrics.SetState(loop.State)
	metrics.SetFile(f.absolute())
	configuration := reloader{
		read: func(ctx context.Context) (watch.Turn, error) { return f.scheduled(ctx, s) },
		loop: loop, metrics: metrics, log: logger, listen: configured,
	}
	server := exporter.Web{
		State: loop.State, History: loop.History, Measure: loop.Measure,
		Gatherer: metrics.Registry(), Reload: configuration.reload, File: f.absolute(), Log: logger, Now: time.Now,
	}.Server()

	hangup := make(chan os.Signal, 1) // from before the log says that anybody listens
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() { loop.Run(ctx) })
	running.Go(func() { configuration.onHangup(ctx, hangup) })
	running.Go(func() { closeAtEnd(ctx, server, logger) })
	err = web.ListenAndServe(server, &web.FlagConfig{WebListenAddresses: &f.listen, WebSystemdSocket: &f.systemd, WebConfigFile: &f.web}, logger)
	if errors.Is(err, http.ErrServerClosed) {
		return nil // asked to end: that is no failure
	}
	return err
}

// validate refuses flags that mean nothing.
func (f *serveFlags) validate() error {
	if _, err := path.Match(f.path, ""); err != nil {
		return fmt.Errorf("--path: %q is not a glob", f.path)
	}
	if f.format != logfmt && f.format != logJSON {
		return fmt.Errorf("--log.format: %q is not one of: %s, %s", f.format, logfmt, logJSON)
	}
	if err := web.Validate(f.web); err != nil {
		return fmt.Errorf("--web.config.file: %w", err)
	}
	return nil
}

// The formats of the log.
const (
	logfmt  = "logfmt"
	logJSON = "json"
)

func (f *serveFlags) logs(to io.Writer) slog.Handler {
	if f.format == logJSON {
		return slog.NewJSONHandler(to, nil)
	}
	return slog.NewTextHandler(to, nil)
}

// absolute is the configuration file as it is found from another folder, for commands
// that are copied; "" where none is named.
func (f *serveFlags) absolute() string {
	if f.file == "" {
		return ""
	}
	if file, err := filepath.Abs(f.file); err == nil {
		return file
	}
	return f.file
}

// flushLimit is how long the end waits for whoever reads standard output.
const flushLimit = 2 * time.Second

// observers are told of each run; flush writes what they have not written yet.
func (f *serveFlags) observers(s streams, metrics *exporter.Metrics, logger *slog.Logger) (observed func(watch.Run), flush func()) {
	if !f.emf {
		return metrics.Observe, func() {}
	}
	lines := exporter.NewEMF(s.out, logger)
	observed = func(r watch.Run) {
		metrics.Observe(r)
		lines.Observe(r)
	}
	return observed, func() { lines.Close(flushLimit) }
}

// scheduled prepares the turn that the loop carries out.
func (f *serveFlags) scheduled(ctx context.Context, s streams) (watch.Turn, error) {
	turn, err := f.turn(ctx, s)
	if err == nil {
		turn.Select = f.selects
	}
	return turn, err
}

// closeAtEnd lets the requests that are being answered end, when ctx does.
func closeAtEnd(ctx context.Context, server *http.Server, logger *slog.Logger) {
	<-ctx.Done()
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer cancel()
	if err := server.Shutdown(limited); err != nil {
		logger.Warn("requests were cut off", "error", err)
	}
}
