package invoke_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/invoke"
)

// turns answers requests about the real runtime in turn, and denies the made-up
// one by one layer or another.
type turns struct {
	real    []said
	control said
	asked   int
}

func (f *turns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	answer := f.control
	if strings.Contains(r.URL.Path, arn) {
		answer = f.real[f.asked%len(f.real)]
		f.asked++
	}
	w.Header().Set("X-Amzn-Requestid", "id-1")
	w.Header().Set("X-Amzn-Errortype", answer.kind)
	w.WriteHeader(answer.status)
	io.WriteString(w, `{"message":"`+answer.text+`"}`)
}

// While an edit of an endpoint's policy spreads, requests are allowed and denied
// for minutes. Equal requests are repeated as soon as the policy has denied one.
func TestAPolicyThatWavers(t *testing.T) {
	byEndpoint, byRole := denied("VPC endpoint", implicit, arn), denied("identity-based", implicit, arn)
	type seen struct {
		Status        netpath.Status
		Flaws         []netpath.Failure
		Denied, Asked string
		Requests      int // about the real runtime
	}
	for _, test := range []struct {
		label string
		front turns
		want  seen
	}{
		{"lets in", turns{real: []said{notFound}, control: byRole}, seen{netpath.StatusPass, nil, "", "", 1}},
		{"denies", turns{real: []said{byEndpoint}, control: byRole}, seen{netpath.StatusFail, nil, "", "", 6}},
		{"denies first", turns{real: []said{byEndpoint, notFound}, control: byRole}, seen{netpath.StatusPass, []netpath.Failure{netpath.FailurePolicyUnstable}, "3", "6", 6}},
		{"denies the control", turns{real: []said{notFound, byEndpoint}, control: byEndpoint}, seen{netpath.StatusPass, []netpath.Failure{netpath.FailurePolicyUnstable}, "3", "6", 6}},
		{"is for this runtime only", turns{real: []said{notFound}, control: byEndpoint}, seen{netpath.StatusPass, nil, "", "", 6}},
	} {
		t.Run(test.label, func(t *testing.T) {
			server := httptest.NewServer(&test.front)
			t.Cleanup(server.Close)
			caller := invoker(invoke.LevelAuth)
			caller.Samples = 5
			e := dial(t, server.Listener.Addr().String(), caller, target()).Endpoint
			got := seen{e.Status, e.Flaws, e.Facts["denied"], e.Facts["asked"], test.front.asked}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
