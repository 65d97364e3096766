package report

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc/redact"
)

// nameFacts are facts whose values are names: of people's things, in words that
// only they know.
var nameFacts = []string{"issuer", "user", "name", "database", "statement", "alias"}

// whole are fields of the report whose values are words of the probe's or of
// AWS's.
var whole = []string{
	"version", "started_at", "collected_at", "kind", "region", "az", "route", "expect", "verdict", "basis", "code", "severity", "hop", "status", "live", "config",
	"operation", "failure", "flaws", "request_id", "action", "event", "event_id", "event_source", "event_time",
}

// Redacted is the report without what says whose network it is: see package
// redact. The redactor is that of the network. Times, Regions, Availability Zone
// ids and the ids of requests stay.
func (r Report) Redacted(names *redact.Redactor) (Report, error) {
	r.learnNames(names)
	text, err := json.Marshal(r)
	if err != nil {
		return Report{}, err
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		return Report{}, err
	}
	hidden, err := json.Marshal(redacted(names, "", tree))
	if err != nil {
		return Report{}, err
	}
	var out Report
	err = json.Unmarshal(hidden, &out)
	if !strings.HasPrefix(r.Inventory.Source, "AWS ") {
		out.Inventory.Source = "a folder"
	}
	return out, err
}

// learnNames makes the names known that are no resource's of the network, so
// that they are found in sentences.
func (r Report) learnNames(known *redact.Redactor) {
	for _, p := range r.Paths {
		if parts := strings.Split(p.ID, "/"); len(parts) > 1 && p.Kind != netpath.KindService {
			known.Name(parts[1])
		}
		known.Name(p.Name)
	}
	for _, name := range r.Names {
		known.Name(name)
	}
	for _, f := range r.Findings {
		known.Name(f.Owner.Name)
		known.Name(f.Owner.Stack)
		known.Name(f.ChangedBy.Principal)
		for _, key := range nameFacts {
			known.Name(f.Evidence[key])
		}
	}
}

// redacted maps a value of the report's JSON.
func redacted(names *redact.Redactor, key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			switch {
			case slices.Contains(whole, name) && !isObject(value), name == "name" && v["live"] != nil: // a hop's
				out[name] = value
			case name == "user_agent": // a program may call itself anything
			case key == "names":
				out[names.Prose(name)] = redacted(names, name, value)
			default:
				out[name] = redacted(names, name, value)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			if text, isText := value.(string); isText && key == "findings" {
				out[i] = text // codes
				continue
			}
			out[i] = redacted(names, key, value)
		}
		return out
	case string:
		return names.Prose(v)
	}
	return v
}

func isObject(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}
