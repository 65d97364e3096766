// Package fuzz asks "probe reach --batch" about random flows in random worlds,
// and the kernel about the same: the worlds stand as networks, and packets are
// sent. Where the two disagree, one of them is wrong; the kernel, with what the
// lab believes about AWS, is the judge.
//
// It runs in a sandbox. A world and its flows are the same for the same seed and
// number.
package fuzz

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/world"
)

// Options say what to ask, and whom.
type Options struct {
	Seed     uint64
	Count    int    // flows
	Probe    string // program under test
	Lanes    int    // worlds at once
	Out      string // folder of reproduction files
	Replay   string // a reproduction file that is asked instead
	Shrink   bool   // make the worlds of disagreements small
	Progress bool   // standard error is a terminal
}

// perWorld is how many flows a world is asked about.
const perWorld = 50

// Silence counts as blocked after patience; where the probe says otherwise, and
// is sent again, after doubt: the kernel sends a lost SYN again after a
// second.
const (
	patience = 120 * time.Millisecond
	doubt    = 1500 * time.Millisecond
)

// Judged is a flow with both answers.
type Judged struct {
	Flow
	Kernel string `json:"kernel"` // reachable, blocked
	Ours   Answer `json:"ours"`
}

func (j Judged) agrees() bool { return j.unknown() || j.Kernel == j.Ours.Verdict }

func (j Judged) unknown() bool { return j.Ours.Verdict == "unknown" }

// Totals are the counts of a run.
type Totals struct {
	Flows, Worlds, Agree, Disagree, Unknown int
}

// Run does it all in a sandbox, and returns the exit status: 1 for any
// disagreement. sandbox.ErrNotPermitted means that nothing was run.
func Run(ctx context.Context, o Options, stdout, stderr io.Writer) (int, error) {
	return sandbox.Run(ctx, o, nil, stdout, stderr)
}

// Inside is the main function of the process in the sandbox.
func Inside(ctx context.Context, stdout, stderr io.Writer) int {
	var o Options
	err := sandbox.Enter(&o)
	if err == nil {
		var status int
		if status, err = o.inside(ctx, stdout, stderr); err == nil {
			return status
		}
	}
	_, _ = fmt.Fprintln(stderr, "lab:", err)
	return statusFailed
}

// statusFailed means that not everything could be asked.
const statusFailed = 2

func (o Options) inside(ctx context.Context, stdout, stderr io.Writer) (int, error) {
	if o.Replay != "" {
		return o.replay(ctx, stdout)
	}
	start := time.Now()
	r := &run{Options: o, stdout: stdout, stderr: stderr}
	if err := r.all(ctx); err != nil {
		return 0, err
	}
	_, err := fmt.Fprintf(stdout, "%s, %.0f s\n", r.totals, time.Since(start).Seconds())
	return r.totals.status(), err
}

func (t Totals) status() int {
	if t.Disagree > 0 {
		return 1
	}
	return 0
}

func (t Totals) String() string {
	share := 0.0
	if t.Flows > 0 {
		share = 100 * float64(t.Unknown) / float64(t.Flows)
	}
	worlds := "worlds"
	if t.Worlds == 1 {
		worlds = "world"
	}
	return fmt.Sprintf("%d flows in %d %s: %d agree, %d disagree, %d unknown (%.1f %%)", t.Flows, t.Worlds, worlds, t.Agree, t.Disagree, t.Unknown, share)
}

// run is a run on its way.
type run struct {
	Options
	stdout, stderr io.Writer

	mu     sync.Mutex
	totals Totals
}

func (r *run) all(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Lanes))
	for number := 0; number*perWorld < r.Count; number++ {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return r.one(ctx, uint64(number), min(perWorld, r.Count-number*perWorld))
		})
	}
	return group.Wait()
}

// one judges the flows of one world. A disagreement counts when the flow alone,
// in a fresh network, gives it too: behind a NAT gateway a protocol without ports
// may pass as the reply of another flow.
func (r *run) one(ctx context.Context, number uint64, count int) error {
	w, flows, err := generate(r.Seed, number, count)
	if err != nil {
		return err
	}
	judged, err := judge(ctx, r.Probe, w, flows)
	if err != nil {
		return fmt.Errorf("world %d of seed %d: %w", number, r.Seed, err)
	}
	for i := range judged {
		if judged[i].agrees() {
			continue
		}
		alone, err := judge(ctx, r.Probe, w, []Flow{judged[i].Flow})
		if err != nil {
			return err
		}
		j := alone[0]
		if judged[i] = j; j.agrees() {
			continue
		}
		file := filepath.Join(r.Out, fmt.Sprintf("fuzz-%d-%d-%d.json", r.Seed, number, i))
		small := w
		if r.Shrink {
			if small, err = shrink(ctx, r.Probe, w, j, shrinking); err != nil {
				return err
			}
		}
		if err := writeReproduction(file, small, j); err != nil {
			return err
		}
		r.report(fmt.Sprintf("world %d/%d: %s; %s", r.Seed, number, j.words(), file))
	}
	r.count(judged)
	return nil
}

// count adds the answers of a world.
func (r *run) count(judged []Judged) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.totals.Worlds++
	for _, j := range judged {
		r.totals.Flows++
		switch {
		case j.unknown():
			r.totals.Unknown++
		case j.agrees():
			r.totals.Agree++
		default:
			r.totals.Disagree++
		}
	}
	if r.Progress {
		_, _ = fmt.Fprintf(r.stderr, "\r%s ", r.totals)
		if r.totals.Flows >= r.Count {
			_, _ = fmt.Fprint(r.stderr, "\r\033[K")
		}
	}
}

func (r *run) report(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Progress {
		_, _ = fmt.Fprint(r.stderr, "\r\033[K")
	}
	_, _ = fmt.Fprintln(r.stdout, line)
}

// words are a line about a flow.
func (j Judged) words() string {
	text := fmt.Sprintf("%s to %s, %s %d: ours %s, the kernel's %s", j.From, j.To, j.Protocol, j.Port, j.Ours.Verdict, j.Kernel)
	if j.Ours.Hop == "" {
		return text
	}
	way := ""
	if j.Ours.Return {
		way = " on the way back"
	}
	return text + fmt.Sprintf(" (%s%s: %s)", j.Ours.Hop, way, j.Ours.Detail)
}

// judge asks both.
func judge(ctx context.Context, probe string, w *world.World, flows []Flow) ([]Judged, error) {
	answers, err := consult(ctx, probe, w, flows)
	if err != nil {
		return nil, err
	}
	kernel, err := verdicts(w, flows, answers)
	if err != nil {
		return nil, err
	}
	judged := make([]Judged, len(flows))
	for i, f := range flows {
		judged[i] = Judged{Flow: f, Kernel: kernel[i], Ours: answers[i]}
	}
	return judged, nil
}

// verdicts are the kernel's about flows of a world. Those that the answers say
// should arrive get more time.
func verdicts(w *world.World, flows []Flow, answers []Answer) (words []string, err error) {
	k, err := build(w)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	passed, err := k.ask(flows, patience)
	if err != nil {
		return nil, err
	}
	if answers != nil {
		err = k.askAgain(flows, answers, passed)
	}
	if err != nil {
		return nil, err
	}
	words = make([]string, len(flows))
	for i := range words {
		words[i] = "blocked"
		if passed[i] {
			words[i] = "reachable"
		}
	}
	return words, nil
}

// askAgain gives more time to the flows that vanished and should not.
func (k *kernel) askAgain(flows []Flow, answers []Answer, passed []bool) error {
	var doubtful []Flow
	var of []int
	for i, f := range flows {
		if !passed[i] && answers[i].Verdict == "reachable" {
			doubtful, of = append(doubtful, f), append(of, i)
		}
	}
	if len(doubtful) == 0 {
		return nil
	}
	again, err := k.ask(doubtful, doubt)
	for i := range again {
		passed[of[i]] = again[i]
	}
	return err
}

// reproduction is a file with a world and a flow in it.
type reproduction struct {
	Flow  Judged          `json:"flow"`
	World json.RawMessage `json:"world"`
}

func writeReproduction(file string, w *world.World, j Judged) error {
	document, err := json.Marshal(w)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(reproduction{j, document}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o600)
}

func readReproduction(file string) (*world.World, Judged, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, Judged{}, err
	}
	var r reproduction
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, Judged{}, fmt.Errorf("%s: %w", file, err)
	}
	w, err := world.Parse(r.World)
	if err != nil {
		return nil, Judged{}, fmt.Errorf("%s: %w", file, err)
	}
	return w, r.Flow, nil
}

// replay asks about the flow of a file again.
func (o Options) replay(ctx context.Context, stdout io.Writer) (int, error) {
	w, j, err := readReproduction(o.Replay)
	if err != nil {
		return 0, err
	}
	judged, err := judge(ctx, o.Probe, w, []Flow{j.Flow})
	if err != nil {
		return 0, err
	}
	if _, err := fmt.Fprintln(stdout, judged[0].words()); err != nil || judged[0].agrees() {
		return 0, err
	}
	return 1, nil
}
