package exporter

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/exporter/picture"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/watch"
)

//go:embed page
var pageFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"anchor":  anchor,
	"some":    some,
	"others":  others,
	"changed": report.ChangedWords,
	"count":   report.Count,
	"named":   report.Report.Named,
	"author":  report.ChangedByWords,
	"ask":     report.AskWhoChanged,
	"inset":   func(x int) int { return x + 9 },
	"below":   func(y int) int { return y + 18 },
	"middle":  func(y int) int { return y + 4 },
	"above":   func(y int) int { return y - 13 },
	"bar":     func(x, y int) string { return fmt.Sprintf("M%d %dh8", x-4, y) },
	"cross":   func(x, y int) string { return fmt.Sprintf("M%d %dl8 8m0 -8l-8 8", x-4, y-4) },
}).ParseFS(pageFiles, "page/*.html"))

// anchor is what a path or a code is called in an address on the page.
func anchor(id string) string { return "p-" + strings.ReplaceAll(id, "/", "-") }

// page is what the status page shows.
type page struct {
	Title, Headline, Worst string
	Report                 report.Report
	Picture                *picture.Picture // nil where no path is planned
	Rows                   []row            // the worst first
	More                   int              // paths without a row
	Inventory              watch.Inventory
	Read                   string // when the inventory that is in use was read
}

func (w Web) page() page {
	s := w.State()
	p := page{Report: s.Report, Inventory: s.Inventory, Read: clock(s.Inventory.CollectedAt)}
	p.Headline, p.Worst = headline(s)
	p.Title = p.Headline + " · AgentCore Probe"
	judged := map[string]report.Path{}
	for _, each := range s.Report.Paths {
		judged[each.ID] = each
	}
	for _, each := range s.Paths {
		p.Rows = append(p.Rows, newRow(each, judged[each.ID], w.File))
	}
	slices.SortStableFunc(p.Rows, func(a, b row) int { return rank(a.Verdict) - rank(b.Verdict) })
	p.Rows, p.More = p.Rows[:min(len(p.Rows), maxRows)], max(0, len(p.Rows)-maxRows)
	spent := 0
	for i := range p.Rows {
		r := p.Rows[i]
		r.climb(judged[r.ID], w.History(r.ID))
		if spent += r.weight(); spent > maxWeight {
			break
		}
		p.Rows[i] = r
	}
	if len(s.Paths) > 0 {
		shown := slices.DeleteFunc(slices.Clone(s.Planned), func(planned netpath.Path) bool {
			return !slices.ContainsFunc(p.Rows, func(r row) bool { return r.ID == planned.ID })
		})
		drawn := picture.Draw(picture.Scene{Network: s.Network, Paths: shown, Report: s.Report})
		p.Picture = &drawn
	}
	return p
}

// rank puts first what somebody who was woken looks for.
func rank(verdict string) int {
	return slices.Index([]string{
		string(netpath.VerdictExposed), string(netpath.VerdictBroken), string(netpath.VerdictDegraded), string(netpath.VerdictUnknown),
		waiting, string(netpath.VerdictOK),
	}, verdict)
}

// The page stays small: so many paths have a row, and rows have their ladder and
// history up to so many bytes, the worst first. The JSON documents have everything.
const (
	maxRows   = 100
	maxWeight = 80_000
)

// some are the first of some paths.
func some(ids []string) []string { return ids[:min(len(ids), maxNamed)] }

// others is how many some leaves out.
func others(ids []string) int { return max(0, len(ids)-maxNamed) }

const maxNamed = 20

// headline is the state in a few words, and the verdict that is the worst of all.
func headline(s watch.State) (text, worst string) {
	sum := s.Report.Summary
	var parts []string
	for _, v := range []struct {
		verdict netpath.Verdict
		count   int
	}{
		{netpath.VerdictExposed, sum.Exposed}, {netpath.VerdictBroken, sum.Broken}, {netpath.VerdictDegraded, sum.Degraded},
		{netpath.VerdictUnknown, sum.Unknown}, {netpath.VerdictOK, sum.OK},
	} {
		if v.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", v.count, v.verdict))
			if worst == "" {
				worst = string(v.verdict)
			}
		}
	}
	if waits := s.Waits(); waits != "" {
		parts = append(parts, waits)
	}
	if len(parts) == 0 {
		parts = []string{"no path is planned"}
	}
	return strings.Join(parts, ", "), worst
}

// clock is a time for a reader and for a machine; "" where there is none.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (w Web) status(out http.ResponseWriter, _ *http.Request) {
	w.render(out, "status.html", w.page())
}

// finding shows the page of a code.
func (w Web) finding(out http.ResponseWriter, in *http.Request) {
	entry, ok := catalogue.Find(in.PathValue("code"))
	if !ok {
		say(out, http.StatusNotFound, "no finding has this code")
		return
	}
	w.render(out, "finding.html", entry)
}

func (w Web) render(out http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		w.Log.Error("page not written", "page", name, "error", err)
		say(out, http.StatusInternalServerError, "the page could not be written")
		return
	}
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = out.Write(b.Bytes()) // a reader that is gone is no fault
}

// file answers with one of the page's files.
func file(name, kind string) http.HandlerFunc {
	return func(out http.ResponseWriter, _ *http.Request) {
		text, err := pageFiles.ReadFile("page/" + name)
		if err != nil {
			say(out, http.StatusNotFound, "no such file")
			return
		}
		out.Header().Set("Content-Type", kind)
		_, _ = out.Write(text) // ditto
	}
}
