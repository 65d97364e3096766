package exporter_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/agentcore-probe/probe/exporter"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/watch"
)

// emfSchema is what "Specification: Embedded metric format" (Amazon CloudWatch User
// Guide) says of the metadata object, its directives and metrics.
const emfSchema = `{
  "type": "object", "required": ["_aws"],
  "properties": {"_aws": {
    "type": "object", "required": ["Timestamp", "CloudWatchMetrics"],
    "properties": {
      "Timestamp": {"type": "integer"},
      "CloudWatchMetrics": {"type": "array", "items": {
        "type": "object", "required": ["Namespace", "Dimensions", "Metrics"], "additionalProperties": false,
        "properties": {
          "Namespace": {"type": "string", "minLength": 1, "maxLength": 1024},
          "Dimensions": {"type": "array", "minItems": 1, "items": {
            "type": "array", "minItems": 1, "maxItems": 30, "items": {"type": "string", "minLength": 1, "maxLength": 250}}},
          "Metrics": {"type": "array", "minItems": 1, "maxItems": 100, "items": {
            "type": "object", "required": ["Name"], "additionalProperties": false,
            "properties": {
              "Name": {"type": "string", "minLength": 1, "maxLength": 1024},
              "Unit": {"enum": ["Seconds", "Milliseconds", "Count", "Percent", "Bytes", "None"]},
              "StorageResolution": {"enum": [1, 60]}}}}}}}}}}
}`

func TestEmbeddedMetrics(t *testing.T) {
	var text bytes.Buffer
	run := watch.Run{
		Path:   netpath.Path{ID: "db/orders", Kind: netpath.KindDatabase},
		Result: watch.Result{Start: now, Seconds: 3, Verdict: netpath.VerdictBroken, Outcome: "stopped\nat dest-sg", Findings: []string{"sg/ingress-missing"}, RequestID: "8f0c"},
		Now:    watch.Path{ID: "db/orders", Verdict: netpath.VerdictBroken},
		From:   netpath.Vantage{VPC: "vpc-1"},
	}
	if err := exporter.WriteEMF(&text, run); err != nil {
		t.Fatal(err)
	}
	if strings.Count(text.String(), "\n") != 1 || !strings.HasSuffix(text.String(), "}\n") {
		t.Errorf("not one line: %q", text.String())
	}
	got := event(t, text.Bytes())
	aws := got["_aws"].(map[string]any)
	delete(got, "_aws")
	want := map[string]any{
		"Path": "db/orders", "VPC": "vpc-1", "Verdict": "broken", "Outcome": "stopped\nat dest-sg", "Findings": []any{"sg/ingress-missing"}, "RequestId": "8f0c",
		"Broken": 1.0, "Exposed": 0.0, "Degraded": 0.0, "Unknown": 0.0, "Duration": 3000.0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// "Target members": a dimension is text of the root node, a metric a number.
	directive := aws["CloudWatchMetrics"].([]any)[0].(map[string]any)
	for _, set := range directive["Dimensions"].([]any) {
		for _, name := range set.([]any) {
			if value, ok := got[name.(string)].(string); !ok || value == "" {
				t.Errorf("the dimension %v is %v", name, got[name.(string)])
			}
		}
	}
	for _, m := range directive["Metrics"].([]any) {
		if _, ok := got[m.(map[string]any)["Name"].(string)].(float64); !ok {
			t.Errorf("the metric %v is no number", m)
		}
	}
	if aws["Timestamp"] != float64(now.UnixMilli()) {
		t.Errorf("timestamp %v, want milliseconds since 1970: %d", aws["Timestamp"], now.UnixMilli())
	}
}

// Nothing waits for whoever reads the lines: what finds no room is dropped, and the
// log says when that begins and how many there were. A goroutine that stays makes
// the bubble fail.
func TestNobodyReadsTheEmbeddedMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		var said bytes.Buffer
		lines := exporter.NewEMF(writer, slog.New(slog.NewTextHandler(&said, nil)))
		for range 1500 {
			lines.Observe(watch.Run{Path: netpath.Path{ID: "db/orders"}})
			synctest.Wait()
		}
		if n := strings.Count(said.String(), "dropped"); n != 1 {
			t.Errorf("%d lines of the log say that lines are dropped:\n%s", n, said.String())
		}
		read := bufio.NewScanner(reader)
		for range 1000 {
			read.Scan()
			event(t, read.Bytes())
		}
		synctest.Wait()
		lines.Observe(watch.Run{Path: netpath.Path{ID: "db/last"}})
		if !strings.Contains(said.String(), `msg="embedded metrics are read again" dropped=499`) {
			t.Errorf("the log does not say that they are read again:\n%s", said.String())
		}
		start := time.Now()
		lines.Close(2 * time.Second)
		if took := time.Since(start); took != 2*time.Second || !strings.Contains(said.String(), "lines=") {
			t.Errorf("closed after %s, want the limit; the log:\n%s", took, said.String())
		}
		reader.Close()
	})
}

func TestEmbeddedMetricsAreFlushed(t *testing.T) {
	var text bytes.Buffer
	lines := exporter.NewEMF(&text, slog.New(slog.DiscardHandler))
	for range 100 {
		lines.Observe(watch.Run{Path: netpath.Path{ID: "db/orders"}})
	}
	lines.Close(time.Minute)
	if n := strings.Count(text.String(), "\n"); n != 100 {
		t.Errorf("%d lines are written, want 100", n)
	}
}

// event is a line that has the form of the specification.
func event(t *testing.T, line []byte) map[string]any {
	t.Helper()
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(emfSchema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("emf.json", schema); err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.MustCompile("emf.json").Validate(document); err != nil {
		t.Error(err)
	}
	var got map[string]any
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	return got
}
