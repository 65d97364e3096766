package exporter

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/agentcore-probe/probe/watch"
)

// Web is what the web server shows and does. No destination comes from a request:
// /probe has a planned path measured, and nothing else makes it measure anything.
type Web struct {
	State    func() watch.State
	History  func(path string) watch.History
	Measure  func(ctx context.Context, path string) (watch.Path, error)
	Gatherer prometheus.Gatherer
	Reload   func(context.Context) error // reads the configuration file again
	File     string                      // the configuration file, as it is found from anywhere; "" where there is none
	Log      *slog.Logger
	Now      func() time.Time
}

// Server limits.
const (
	headerLimit = 5 * time.Second
	readLimit   = 10 * time.Second
	writeLimit  = 30 * time.Second
	idleLimit   = time.Minute
	headerBytes = 16 << 10
	maxScrapes  = 4 // at a time
	scrapeLimit = 10 * time.Second
	reloadLimit = 20 * time.Second
	textPlain   = "text/plain; charset=utf-8"
	contentSafe = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// Server is an HTTP server with limits that shows w.
func (w Web) Server() *http.Server {
	return &http.Server{
		Handler: w.Handler(), ReadHeaderTimeout: headerLimit, ReadTimeout: readLimit, WriteTimeout: writeLimit,
		IdleTimeout: idleLimit, MaxHeaderBytes: headerBytes, ErrorLog: slog.NewLogLogger(w.Log.Handler(), slog.LevelWarn),
	}
}

// Handler answers all requests.
func (w Web) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(w.Gatherer, promhttp.HandlerOpts{
		MaxRequestsInFlight: maxScrapes, Timeout: scrapeLimit, EnableOpenMetrics: true, ErrorLog: slog.NewLogLogger(w.Log.Handler(), slog.LevelError),
	}))
	mux.HandleFunc("GET /{$}", w.status)
	mux.HandleFunc("GET /style.css", file("style.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /script.js", file("script.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /icon.svg", file("icon.svg", "image/svg+xml"))
	mux.HandleFunc("GET /findings/{code...}", w.finding)
	mux.HandleFunc("GET /api/v1/report", w.report)
	mux.HandleFunc("GET /api/v1/paths/{id...}", w.path)
	mux.HandleFunc("GET /probe", w.measure)
	mux.HandleFunc("GET /-/healthy", func(out http.ResponseWriter, _ *http.Request) { say(out, http.StatusOK, "healthy") })
	mux.HandleFunc("GET /-/ready", w.ready)
	mux.HandleFunc("POST /-/reload", w.reload)
	return http.NewCrossOriginProtection().Handler(guarded(mux))
}

// guarded sets the headers that every answer has.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		h := out.Header()
		h.Set("Content-Security-Policy", contentSafe)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(out, in)
	})
}

func (w Web) ready(out http.ResponseWriter, _ *http.Request) {
	if waits := w.State().Waits(); waits != "" {
		say(out, http.StatusServiceUnavailable, "not ready: "+waits)
		return
	}
	say(out, http.StatusOK, "ready")
}

func (w Web) report(out http.ResponseWriter, _ *http.Request) {
	out.Header().Set("Content-Type", "application/json")
	if err := w.State().Report.WriteJSON(out); err != nil {
		w.Log.Debug("report not sent", "error", err)
	}
}

func (w Web) reload(out http.ResponseWriter, in *http.Request) {
	ctx, cancel := context.WithTimeout(in.Context(), reloadLimit)
	defer cancel()
	if err := w.Reload(ctx); err != nil {
		say(out, http.StatusInternalServerError, "not reloaded, the old configuration stays: "+err.Error())
		return
	}
	say(out, http.StatusOK, "reloaded")
}

func say(out http.ResponseWriter, status int, text string) {
	out.Header().Set("Content-Type", textPlain)
	out.WriteHeader(status)
	fmt.Fprintln(out, text)
}
