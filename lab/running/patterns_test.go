package running_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/lab/running"
	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
	"github.com/agentcore-probe/probe/lab/world"
)

func TestEveryPatternRuns(t *testing.T) {
	sandboxtest.Need(t)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range world.Patterns() {
		t.Run(pattern, func(t *testing.T) {
			ignore := goleak.IgnoreCurrent()
			w, err := world.Healthy(pattern)
			if err != nil {
				t.Fatal(err)
			}
			r, err := running.Start(t.Context(), w, running.Options{Now: time.Now, Scratch: filepath.Join(sandbox.Scratch, t.Name()), Cache: filepath.Join(cache, "agentcore-probe-lab")})
			if err != nil {
				t.Fatal(err)
			}
			m, err := ask(t, r, "udp", "10.0.0.2:53", agentcore)
			if err != nil || len(answers(m)) != 2 {
				t.Errorf("the resolver says %v, %v", m, err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			goleak.VerifyNone(t, ignore)
		})
	}
}

func TestEveryRuntimeHasAContainer(t *testing.T) {
	got := map[string]string{}
	for _, pattern := range world.Patterns() {
		w, err := world.Healthy(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, rt := range w.Network().Runtimes {
			host, port, ok := running.ContainerOf(w, rt.ARN[strings.LastIndex(rt.ARN, "/")+1:])
			if !ok || port == 0 {
				t.Errorf("%s: none for %s", pattern, rt.ARN)
			}
			got[pattern+" "+rt.Name] = host
		}
		if _, _, ok := running.ContainerOf(w, "nobody-0123456789"); ok {
			t.Errorf("%s: one for a runtime that is not there", pattern)
		}
	}
	want := map[string]string{"private support": "agent-a", "public support": "agent", "vpc support": "agent-a"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
