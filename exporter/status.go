package exporter

import (
	"bytes"
	_ "embed" // for the page and its style
	"html/template"
	"net/http"
	"time"

	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/watch"
)

//go:embed status.html
var statusPage string

//go:embed style.css
var styleSheet string

var statusTemplate = template.Must(template.New("status").Parse(statusPage))

// page is what the status page shows.
type page struct {
	Report    report.Report
	Rows      []row
	Inventory watch.Inventory
	Ready     bool
	Read      string // when the inventory that is in use was read
}

// row is one path of the status page.
type row struct {
	ID, Verdict, Pending, Outcome, Since, Last string
}

func newPage(s watch.State) page {
	p := page{Report: s.Report, Inventory: s.Inventory, Ready: s.Ready(), Read: clock(s.Inventory.CollectedAt)}
	outcomes := map[string]string{}
	for _, each := range s.Report.Paths {
		outcomes[each.ID] = each.Outcome
	}
	for _, each := range s.Paths {
		r := row{ID: each.ID, Verdict: "waiting", Outcome: "no result yet", Since: clock(each.Since), Last: clock(each.LastRun)}
		if each.Tested {
			r.Verdict, r.Pending, r.Outcome = string(each.Verdict), string(each.Pending), outcomes[each.ID]
		}
		p.Rows = append(p.Rows, r)
	}
	return p
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}

func (w Web) status(out http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	if err := statusTemplate.Execute(&b, newPage(w.State())); err != nil {
		w.Log.Error("status page", "error", err)
		say(out, http.StatusInternalServerError, "the status page could not be written")
		return
	}
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = out.Write(b.Bytes()) // a reader that is gone is no fault
}

func style(out http.ResponseWriter, _ *http.Request) {
	out.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = out.Write([]byte(styleSheet)) // ditto
}
