package exporter

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/watch"
)

// pathDocument is what /api/v1/paths/{id} answers. Within a version fields are
// only added.
type pathDocument struct {
	Version  int                 `json:"version"`
	ID       string              `json:"id"`
	Kind     netpath.Kind        `json:"kind"`
	Route    netpath.Route       `json:"route"`
	Expect   netpath.Expectation `json:"expect"`
	Tested   bool                `json:"tested"`
	Verdict  netpath.Verdict     `json:"verdict,omitempty"`
	Pending  netpath.Verdict     `json:"pending,omitempty"`
	Since    time.Time           `json:"since,omitzero"`
	LastRun  time.Time           `json:"last_run,omitzero"`
	Path     *report.Path        `json:"path"`     // as in the report; null before the first result
	Findings []netpath.Finding   `json:"findings"` // those that break the path
	Results  []watch.Result      `json:"results"`  // the newest first
	Failures []watch.Result      `json:"failures"` // those that were not ok, kept longer
}

// path answers for one path.
func (w Web) path(out http.ResponseWriter, in *http.Request) {
	document, ok := w.document(in.PathValue("id"))
	if !ok {
		say(out, http.StatusNotFound, "no path has this id; /api/v1/report lists them")
		return
	}
	out.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		w.Log.Debug("path not sent", "error", err)
	}
}

func (w Web) document(id string) (pathDocument, bool) {
	s := w.State()
	i := slices.IndexFunc(s.Paths, func(p watch.Path) bool { return p.ID == id })
	if i < 0 {
		return pathDocument{}, false
	}
	p, h := s.Paths[i], w.History(id)
	d := pathDocument{
		Version: 1, ID: p.ID, Kind: p.Kind, Route: p.Route, Expect: p.Expect,
		Tested: p.Tested, Verdict: p.Verdict, Pending: p.Pending, Since: p.Since, LastRun: p.LastRun,
		Findings: []netpath.Finding{}, Results: append([]watch.Result{}, h.Results...), Failures: append([]watch.Result{}, h.Failures...),
	}
	for _, each := range s.Report.Paths {
		if each.ID == id {
			d.Path = &each
			d.Findings = append(d.Findings, behind(s.Report, each)...)
		}
	}
	return d, true
}

// behind are the findings that break a path, those that stand under another path
// included: a cause is listed once.
func behind(r report.Report, p report.Path) []netpath.Finding {
	var all []netpath.Finding
	for _, f := range r.Findings {
		if f.Path == p.ID || slices.Contains(f.Also, p.ID) {
			all = append(all, f)
		}
	}
	return all
}
