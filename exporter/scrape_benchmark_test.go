package exporter_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/exporter"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/watch"
)

// BenchmarkScrape scrapes a sidecar with 30, 200 and 1,000 paths over loopback.
// The sidecar is a process of its own, in which everything runs but the network:
// the loop, the judge and the web server, each path once a second. Its floor is
// net/http's answer with the same bytes, in the same run.
//
//	RSS-MB   resident memory of the sidecar's process after the scrapes
//	cpu-%    of one core, that the sidecar takes for all its paths' runs and the scrapes
func BenchmarkScrape(b *testing.B) {
	for _, paths := range []int{30, 200, 1000} {
		b.Run(fmt.Sprintf("paths=%d", paths), func(b *testing.B) {
			s := startSidecar(b, paths)
			text := scrape(b, s.url+"/metrics")
			b.ReportAllocs()
			start, used := time.Now(), s.cpu(b)
			for b.Loop() {
				scrape(b, s.url+"/metrics")
			}
			b.ReportMetric(float64(len(text))/1024, "KiB/scrape")
			b.ReportMetric(s.memory(b), "RSS-MB")
			b.ReportMetric(100*(s.cpu(b)-used).Seconds()/time.Since(start).Seconds(), "cpu-%")
		})
		b.Run(fmt.Sprintf("paths=%d/floor", paths), func(b *testing.B) {
			s := startSidecar(b, paths)
			text := scrape(b, s.url+"/metrics")
			floor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) }))
			defer floor.Close()
			for b.Loop() {
				scrape(b, floor.URL)
			}
		})
	}
}

func scrape(b *testing.B, url string) []byte {
	b.Helper()
	r, err := http.Get(url)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		b.Fatal(r.Status, err)
	}
	return text
}

// sidecarPaths is how many paths the test program serves instead of testing.
const sidecarPaths = "PROBE_BENCHMARK_PATHS"

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(sidecarPaths)); err == nil {
		if err := serveSidecar(n); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveSidecar serves until its standard input ends. The address stands in the
// first line that it prints.
func serveSidecar(paths int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	metrics := exporter.NewMetrics(time.Now)
	log := slog.New(slog.DiscardHandler)
	loop := watch.NewLoop(manyPaths(paths), log, metrics.Observe)
	metrics.SetState(loop.State)
	server := exporter.Web{State: loop.State, History: loop.History, Measure: loop.Measure, Gatherer: metrics.Registry(), Log: log, Now: time.Now}.Server()
	var running sync.WaitGroup
	running.Go(func() { loop.Run(ctx) })
	running.Go(func() { _ = server.Serve(listener) }) // ends with Close
	fmt.Fprintln(os.Stdout, "http://"+listener.Addr().String())
	_, _ = io.Copy(io.Discard, os.Stdin) // until the benchmark has ended
	cancel()
	err = server.Close()
	running.Wait()
	return err
}

// manyPaths is a turn over so many databases that all answer, each probed once a
// second, in the network of the model's tests.
func manyPaths(n int) watch.Turn {
	c := config.Default()
	c.Serve.Intervals.Database = time.Second
	for i := range n {
		c.Databases = append(c.Databases, config.Database{Name: fmt.Sprintf("db-%04d", i), Host: fmt.Sprintf("db-%04d.corp.example.com", i), Port: 5432, Protocol: netpath.ProtocolPostgres})
	}
	pass := netpath.Evidence{Status: netpath.StatusPass}
	return watch.Turn{
		Config: c, Region: "us-east-1", Local: []netip.Addr{netip.MustParseAddr("10.0.1.20")}, Now: time.Now,
		Select:  func(p netpath.Path) bool { return strings.HasPrefix(p.ID, "db/db-") },
		Collect: func(context.Context) (inventory.Snapshot, error) { return inventory.ReadFolder("../vpc/testdata") },
		Observe: func(_ context.Context, p netpath.Path) netpath.Observation {
			return netpath.Observation{
				Path: p.ID, Start: time.Now(), Duration: 3 * time.Millisecond, Resolver: pass,
				Addresses: []netpath.AddressObservation{{
					Address: netip.MustParseAddrPort("10.0.21.10:5432"),
					Hops:    map[netpath.HopName]netpath.Evidence{netpath.HopTCP: pass, netpath.HopTLS: pass, netpath.HopDatabase: pass},
				}},
			}
		},
	}
}

// sidecar is a process of its own.
type sidecar struct {
	url string
	pid int
}

// startSidecar starts one and waits until every path has a result.
func startSidecar(b *testing.B, paths int) sidecar {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), self)
	cmd.Env, cmd.Stderr = append(os.Environ(), fmt.Sprintf("%s=%d", sidecarPaths, paths)), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	s := sidecar{strings.TrimSpace(line), cmd.Process.Pid}
	for start := time.Now(); !strings.Contains(string(scrape(b, s.url+"/metrics")), "\nagentcore_probe_ready 1\n"); {
		if time.Since(start) > time.Minute {
			b.Fatal("not every path has a result after a minute")
		}
	}
	if got := strings.Count(string(scrape(b, s.url+"/metrics")), "\nagentcore_probe_path_info{"); got != paths {
		b.Fatalf("%d paths, want %d", got, paths)
	}
	return s
}

// memory is the resident set in megabytes (proc(5): VmRSS, in kB).
func (s sidecar) memory(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		b.Skip(err)
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	kilobytes, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kilobytes) / 1000
}

// cpu is the processor time so far (proc(5): utime and stime, in clock ticks of
// 10 ms).
func (s sidecar) cpu(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		b.Skip(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	var ticks int
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
