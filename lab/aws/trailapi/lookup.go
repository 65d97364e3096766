package trailapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// Lookup answers LookupEvents for the caller's account. The error is a
// *wire.Fault.
func (h *History) Lookup(account string, input tree.Object, now time.Time) (tree.Object, error) {
	if !h.admit(account, now) {
		return nil, wire.Faultf(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
	}
	wanted, err := readQuestion(input)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(h.newest(account), func(e Event) bool { return !wanted.matches(e) })
	if wanted.token != "" {
		i := slices.IndexFunc(found, func(e Event) bool { return e.id == wanted.token })
		if i < 0 {
			return nil, wire.Faultf(http.StatusBadRequest, "InvalidNextTokenException", "Invalid NextToken.")
		}
		found = found[i+1:]
	}
	answer := tree.Object{}
	if len(found) > wanted.limit {
		found = found[:wanted.limit]
		answer["NextToken"] = found[wanted.limit-1].id
	}
	events := make([]tree.Object, len(found))
	for i, e := range found {
		if events[i], err = e.found(); err != nil {
			return nil, err
		}
	}
	tree.SetObjects(answer, "Events", events)
	return answer, nil
}

// admitted is how many lookups an account has in a second ("LookupEvents").
const admitted = 2

// admit counts a lookup.
func (h *History) admit(account string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	recent := slices.DeleteFunc(h.asked[account], func(at time.Time) bool { return now.Sub(at) >= time.Second })
	if h.asked == nil {
		h.asked = map[string][]time.Time{}
	}
	if len(recent) >= admitted {
		h.asked[account] = recent
		return false
	}
	h.asked[account] = append(recent, now)
	return true
}

// question is what events are wanted.
type question struct {
	key, value string    // of the one attribute; "" for all events
	start, end time.Time // zero for no bound
	limit      int
	token      string
}

// attributes are what events can be looked up by ("LookupAttribute").
var attributes = map[string]func(Event) []string{
	"EventId":     func(e Event) []string { return []string{e.id} },
	"EventName":   func(e Event) []string { return []string{e.Name} },
	"EventSource": func(e Event) []string { return []string{e.Source} },
	"ReadOnly":    func(e Event) []string { return []string{strconv.FormatBool(e.readOnly())} },
	"Username":    func(e Event) []string { return []string{e.Caller.user()} },
	"AccessKeyId": func(e Event) []string { return []string{e.Caller.AccessKey} },
	"ResourceName": func(e Event) (names []string) {
		for _, r := range e.Resources {
			names = append(names, r.Name)
		}
		return names
	},
	"ResourceType": func(e Event) (types []string) {
		for _, r := range e.Resources {
			types = append(types, r.Type)
		}
		return types
	},
}

func readQuestion(input tree.Object) (question, error) {
	q := question{limit: 50, token: tree.Text(input, "NextToken")}
	list := tree.Objects(input, "LookupAttributes")
	if len(list) > 1 {
		return q, wire.Faultf(http.StatusBadRequest, "InvalidLookupAttributesException", "Only one lookup attribute is allowed.")
	}
	if len(list) == 1 {
		q.key, q.value = tree.Text(list[0], "AttributeKey"), tree.Text(list[0], "AttributeValue")
		if attributes[q.key] == nil || q.value == "" {
			return q, wire.Faultf(http.StatusBadRequest, "InvalidLookupAttributesException", "Invalid lookup attribute %s.", q.key)
		}
	}
	if text := tree.Text(input, "MaxResults"); text != "" {
		var err error
		if q.limit, err = strconv.Atoi(text); err != nil || q.limit < 1 || q.limit > 50 {
			return q, wire.Faultf(http.StatusBadRequest, "InvalidMaxResultsException", "Max results must be between 1 and 50.")
		}
	}
	for name, into := range map[string]*time.Time{"StartTime": &q.start, "EndTime": &q.end} {
		if text := tree.Text(input, name); text != "" {
			seconds, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return q, wire.Faultf(http.StatusBadRequest, "SerializationException", "%s is not a time", name)
			}
			*into = time.UnixMilli(int64(seconds * 1000))
		}
	}
	if !q.end.IsZero() && q.end.Before(q.start) {
		return q, wire.Faultf(http.StatusBadRequest, "InvalidTimeRangeException", "The start time is after the end time.")
	}
	return q, nil
}

func (q question) matches(e Event) bool {
	if !q.start.IsZero() && e.At.Before(q.start) || !q.end.IsZero() && e.At.After(q.end) {
		return false
	}
	return q.key == "" || slices.Contains(attributes[q.key](e), q.value)
}

// found is the event as LookupEvents answers it; times are seconds since 1970.
func (e Event) found() (tree.Object, error) {
	record, err := json.Marshal(e.record())
	if err != nil {
		return nil, err
	}
	resources := make([]tree.Object, len(e.Resources))
	for i, r := range e.Resources {
		resources[i] = tree.Object{"ResourceType": r.Type, "ResourceName": r.Name}
	}
	out := tree.Object{
		"EventId": e.id, "EventName": e.Name, "EventSource": e.Source, "EventTime": json.Number(strconv.FormatInt(e.At.Unix(), 10)),
		"ReadOnly": strconv.FormatBool(e.readOnly()), "Username": e.Caller.user(), "AccessKeyId": e.Caller.AccessKey, "CloudTrailEvent": string(record),
	}
	tree.SetObjects(out, "Resources", resources)
	return out, nil
}
