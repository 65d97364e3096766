package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A container asks itself: whether it lives, and whether every path has a result.
func TestHealthz(t *testing.T) {
	answers := func(ready int) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("/-/healthy", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("/-/ready", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(ready)
			_, _ = w.Write([]byte("not ready: not every path has a result yet\n"))
		})
		return mux
	}
	for _, tt := range []struct {
		name   string
		ready  int // what /-/ready answers
		tls    bool
		args   []string
		status int
		text   string
	}{
		{"lives", http.StatusServiceUnavailable, false, nil, 0, ""},
		{"is not ready", http.StatusServiceUnavailable, false, []string{"--ready"}, 1, "probe: not ready: 503 not ready: not every path has a result yet\n"},
		{"is ready", http.StatusOK, false, []string{"--ready"}, 0, ""},
		{"asks for a password", http.StatusUnauthorized, false, []string{"--ready"}, 0, ""},
		{"redirects", http.StatusFound, false, []string{"--ready"}, 1, "probe: not ready: 302 not ready: not every path has a result yet\n"},
		{"speaks TLS and is ready", http.StatusOK, true, []string{"--ready"}, 0, ""},
		{"speaks TLS and is not", http.StatusServiceUnavailable, true, []string{"--ready"}, 1, "probe: not ready: 503 not ready: not every path has a result yet\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := httptest.NewServer
			if tt.tls {
				start = httptest.NewTLSServer
			}
			server := start(answers(tt.ready))
			defer server.Close()
			status, text := healthzOf(t, "http://"+server.Listener.Addr().String()+"/-/healthy", tt.args...)
			if status != tt.status || text != tt.text {
				t.Errorf("exit status %d, %q; want %d, %q", status, text, tt.status, tt.text)
			}
		})
	}
}
