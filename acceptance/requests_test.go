package acceptance_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/watch"
)

// onRequest has Prometheus say when a path is measured.
const onRequest = `  - job_name: requested
    metrics_path: /probe
    params: {path: [invoke/support/public]}
    scrape_interval: 5s
    scrape_timeout: 4s
    static_configs: [{targets: ['127.0.0.1:9879']}]
`

// requestIDs are AWS's: random UUIDs.
var requestIDs = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// exemplar wants Prometheus to have the id of a refused request. Every pattern's
// public front refuses but those that leave it open.
func (p prometheus) exemplar(t *testing.T) {
	t.Helper()
	type series struct {
		Exemplars []struct{ Labels map[string]string }
	}
	r, err := http.Get(p.api + "query_exemplars?" + url.Values{
		"query": {`agentcore_probe_failures_total{reason="access_denied"}`},
		"start": {time.Now().Add(-time.Hour).Format(time.RFC3339)}, "end": {time.Now().Add(time.Hour).Format(time.RFC3339)},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var answer struct{ Data []series }
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	refused := len(p.query(t, `agentcore_probe_failures_total{kind="invoke",reason="access_denied"} > 0`)) > 0
	found := slices.ContainsFunc(answer.Data, func(s series) bool {
		return slices.ContainsFunc(s.Exemplars, func(e struct{ Labels map[string]string }) bool { return requestIDs.MatchString(e.Labels["request_id"]) })
	})
	if found != refused {
		t.Errorf("exemplars %v, and requests were refused: %v", answer.Data, refused)
	}
}

// onRequest wants what Prometheus asks of a path, what is remembered of it, and
// what CloudWatch is told about it.
func (p prometheus) onRequest(t *testing.T) {
	t.Helper()
	p.wait(t, "a requested run succeeds", `probe_success{job="requested"} == 1 and agentcore_probe_result_age_seconds{job="requested"} < 4`)
	if over := p.query(t, `probe_duration_seconds{job="requested"} <= 0`); len(over) > 0 {
		t.Errorf("a run took no time: %v", over)
	}
	const id = "invoke/support/public"
	path := decode[struct {
		ID, Verdict string
		Results     []watch.Result
	}](t, fetch(t, strings.TrimSuffix(p.metrics, "metrics")+"api/v1/paths/"+id))
	if path.ID != id || path.Verdict != "ok" || len(path.Results) < 2 || path.Results[0].Verdict != "ok" {
		t.Errorf("%+v, want at least two results, the newest ok", path)
	}
	for line := range strings.Lines(read(t, p.logs[os.Getenv("PROBE")])) {
		if strings.HasPrefix(line, `{"_aws":`) && strings.Contains(line, `"Path":"`+id+`"`) {
			event := decode[struct {
				VPC, Verdict string
				Duration     float64
			}](t, line)
			if event.Verdict == "ok" && strings.HasPrefix(event.VPC, "vpc-") && event.Duration > 0 {
				return
			}
		}
	}
	t.Error("standard output has no line of embedded metrics for " + id)
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	r, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, r.Status, err)
	}
	return string(text)
}
