package browser_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	entries "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is Chromium with the page open.
type browser struct {
	t    *testing.T
	ctx  context.Context //nolint:containedctx // chromedp keeps its browser there
	name string

	mu       sync.Mutex
	faults   []string // of scripts, of the content security policy, of requests
	requests []string
}

func open(t *testing.T, name string) *browser {
	t.Helper()
	scratch, err := os.MkdirTemp("", "browser")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(scratch) })                                                                                                 // which a browser that is killed leaves behind
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.Env("TMPDIR="+scratch), chromedp.NoSandbox, chromedp.WindowSize(wide, 780)) // the world is a sandbox, of root's
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, name: name}
	chromedp.ListenTarget(ctx, b.hear)
	b.do(network.Enable(), entries.Enable(), chromedp.Navigate(page), chromedp.WaitReady("#paths"))
	t.Cleanup(b.quiet)
	return b
}

// hear takes down what must not happen, and whom the page asks.
func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, "exception: "+e.ExceptionDetails.Error())
	case *entries.EventEntryAdded:
		if e.Entry.Level == entries.LevelError || e.Entry.Level == entries.LevelWarning {
			b.faults = append(b.faults, string(e.Entry.Source)+": "+e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		b.faults = append(b.faults, "console: "+string(e.Type))
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

// quiet wants no fault, and no request but to the probe itself.
func (b *browser) quiet() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) > 0 {
		b.t.Errorf("the browser complains: %s", strings.Join(b.faults, "; "))
	}
	for _, r := range b.requests {
		if !strings.HasPrefix(r, page) {
			b.t.Errorf("a request to %s", r)
		}
	}
	if len(b.requests) < 4 {
		b.t.Errorf("%d requests were seen", len(b.requests))
	}
}

func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// value is what an expression of the page comes to.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	var v T
	b.do(chromedp.Evaluate(expression, &v))
	return v
}

// text is the visible text of an element.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return strings.TrimSpace(value[string](b, fmt.Sprintf(`(e => e ? e.innerText ?? e.textContent : "(no such element)")(document.querySelector(%q))`, selector)))
}

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// Widths of the window: of a desk's and of a phone's.
const (
	wide  = 1400
	phone = 360
)

// shoot keeps what the whole page looks like. A screenshot leaves the window as
// high as the page was: it is given a height of its own again, and the page time to
// be laid out for it.
func (b *browser) shoot(suffix string, width int64) {
	b.t.Helper()
	var picture []byte
	b.do(chromedp.EmulateViewport(width, 780), chromedp.Evaluate(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`, nil, awaited))
	b.do(chromedp.FullScreenshot(&picture, 100))
	if err := os.WriteFile(filepath.Join(os.Getenv("SCREENSHOTS"), b.name+suffix+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// scheme is light or dark.
func scheme(of string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: of}})
}

// fetch is what the probe answers to others than the browser.
func fetch(path string) ([]byte, error) {
	r, err := http.Get(page + path) //nolint:noctx // a test's, to loopback
	if err != nil {
		return nil, err
	}
	defer r.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = errors.New(r.Status)
	}
	return text, err
}

// verdicts are those of the report, by path.
func verdicts() (map[string]string, error) {
	text, err := fetch("api/v1/report")
	if err != nil {
		return nil, err
	}
	var report struct {
		Paths []struct{ ID, Verdict string }
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, p := range report.Paths {
		all[p.ID] = p.Verdict
	}
	return all, nil
}

// settled is nil once every path has several results, the newest of which agree
// with the verdict that is shown.
func settled() error {
	if _, err := fetch("-/ready"); err != nil {
		return err
	}
	all, err := verdicts()
	if err != nil {
		return err
	}
	for id, verdict := range all {
		text, err := fetch("api/v1/paths/" + id)
		if err != nil {
			return err
		}
		var path struct{ Results []struct{ Verdict string } }
		if err := json.Unmarshal(text, &path); err != nil {
			return err
		}
		if len(path.Results) < 3 || path.Results[0].Verdict != verdict || path.Results[1].Verdict != verdict {
			return fmt.Errorf("%s is %s after %d results", id, verdict, len(path.Results))
		}
	}
	return nil
}
