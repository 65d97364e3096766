package exporter_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/exporter"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/watch"
)

// get asks a handler without a network, in time that may be a bubble's.
func get(t *testing.T, w exporter.Web, address string, header ...string) (int, string) {
	t.Helper()
	w.Log = slog.New(slog.DiscardHandler)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	w.Handler().ServeHTTP(answer, request)
	return answer.Code, answer.Body.String()
}

// The names of success and duration are those of Prometheus's blackbox exporter.
func TestProbeMeasuresAPath(t *testing.T) {
	asked := ""
	w := exporter.Web{
		Now: func() time.Time { return now.Add(2 * time.Second) },
		Measure: func(_ context.Context, id string) (watch.Path, error) {
			asked = id
			return watch.Path{ID: id, Tested: true, Verdict: netpath.VerdictBroken, LastRun: now, Duration: 1500 * time.Millisecond}, nil
		},
	}
	status, text := get(t, w, "/probe?path=db/orders")
	var got []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	want := []string{
		`agentcore_probe_path_verdict{path="db/orders",verdict="broken"} 1`,
		`agentcore_probe_path_verdict{path="db/orders",verdict="degraded"} 0`,
		`agentcore_probe_path_verdict{path="db/orders",verdict="exposed"} 0`,
		`agentcore_probe_path_verdict{path="db/orders",verdict="ok"} 0`,
		`agentcore_probe_path_verdict{path="db/orders",verdict="unknown"} 0`,
		`agentcore_probe_result_age_seconds 2`,
		`probe_duration_seconds 1.5`,
		`probe_success 0`,
	}
	if diff := cmp.Diff(want, got); diff != "" || status != http.StatusOK || asked != "db/orders" {
		t.Errorf("status %d, asked for %q (-want +got):\n%s", status, asked, diff)
	}
}

// Prometheus says how long it waits ("X-Prometheus-Scrape-Timeout-Seconds"); the
// answer comes before that.
func TestProbeKeepsPrometheusTimeout(t *testing.T) {
	for header, want := range map[string]time.Duration{"10": 9500 * time.Millisecond, "0.2": 100 * time.Millisecond, "": 25 * time.Second, "3600": 24500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			w := exporter.Web{Now: time.Now, Measure: func(ctx context.Context, _ string) (watch.Path, error) {
				<-ctx.Done()
				return watch.Path{}, ctx.Err()
			}}
			status, _ := get(t, w, "/probe?path=db/orders", "X-Prometheus-Scrape-Timeout-Seconds", header)
			if took := time.Since(start); status != http.StatusGatewayTimeout || took != want {
				t.Errorf("header %q: status %d after %s, want 504 after %s", header, status, took, want)
			}
		})
	}
}

func TestProbeRefuses(t *testing.T) {
	w := exporter.Web{Now: time.Now, Measure: func(_ context.Context, id string) (watch.Path, error) {
		if id == "db/end" {
			return watch.Path{}, errors.New("the program is ending")
		}
		return watch.Path{}, watch.ErrNotPlanned
	}}
	for _, tt := range []struct {
		address, timeout string
		want             int
	}{
		{"/probe", "", 400}, {"/probe?target=10.0.0.1", "", 400}, {"/probe?path=10.0.0.1", "", 404}, {"/probe?path=db/end", "", 503},
		{"/probe?path=db/orders", "soon", 400}, {"/probe?path=db/orders", "-1", 400}, {"/probe?path=db/orders", "NaN", 400},
	} {
		if status, _ := get(t, w, tt.address, "X-Prometheus-Scrape-Timeout-Seconds", tt.timeout); status != tt.want {
			t.Errorf("%s, timeout %q: status %d, want %d", tt.address, tt.timeout, status, tt.want)
		}
	}
}
