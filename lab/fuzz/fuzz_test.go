package fuzz

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
	"github.com/agentcore-probe/probe/lab/world"
)

func TestMain(m *testing.M) { os.Exit(sandboxtest.Main(m, nil)) }

func drawn(t *testing.T, seed, number uint64) (*world.World, []Flow) {
	t.Helper()
	w, flows, err := generate(seed, number, perWorld)
	if err != nil {
		t.Fatal(err)
	}
	return w, flows
}

func text(t *testing.T, w *world.World) string {
	t.Helper()
	data, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTheSameSeedDrawsTheSame(t *testing.T) {
	for number := range uint64(40) {
		w, flows := drawn(t, 5, number)
		again, same := drawn(t, 5, number)
		if text(t, w) != text(t, again) {
			t.Errorf("world %d is another one the second time", number)
		}
		if diff := cmp.Diff(flows, same, cmpopts.EquateComparable(flows[0].To)); diff != "" {
			t.Errorf("flows of world %d (-first +second):\n%s", number, diff)
		}
		if len(flows) != perWorld {
			t.Errorf("world %d has %d flows, want %d", number, len(flows), perWorld)
		}
		if !whole(w.Network()) {
			t.Errorf("world %d has a subnet without a local route or an ACL", number)
		}
	}
	one, _ := drawn(t, 5, 0)
	two, _ := drawn(t, 6, 0)
	if text(t, one) == text(t, two) {
		t.Error("two seeds drew the same world")
	}
}

// Each mechanism is drawn, often enough that a thousand flows meet it.
func TestWorldsHoldEveryMechanism(t *testing.T) {
	counts := map[string]int{}
	for number := range uint64(20) {
		w, flows := drawn(t, 1, number)
		for key, list := range w.Document() {
			if entries, ok := list.([]any); ok && len(entries) > 0 {
				counts[key]++
			}
		}
		for _, f := range flows {
			counts[f.Protocol]++
			if f.To.Is6() {
				counts["IPv6"]++
			}
		}
	}
	for _, key := range []string{
		"NatGateways", "InternetGateways", "EgressOnlyInternetGateways", "VpcEndpoints", "VpcPeeringConnections", "TransitGatewayVpcAttachments",
		"PrefixLists", "tcp", "udp", "icmp", "58", "89", "112", "253", "IPv6",
	} {
		if counts[key] < 4 {
			t.Errorf("%s: %d times in 20 worlds", key, counts[key])
		}
	}
}

// certain is a probe that gives one verdict about everything.
func certain(t *testing.T, verdict string) string {
	t.Helper()
	probe := filepath.Join(t.TempDir(), "probe")
	script := "#!/bin/sh\n" + `sed -E 's/^\{"id":([0-9]+).*/{"id":\1,"verdict":"` + verdict + `"}/' "$5"` + "\n"
	if err := os.WriteFile(probe, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return probe
}

// A world in which a flow is blocked gets small, and is one still.
func TestShrink(t *testing.T) {
	sandboxtest.Need(t)
	w, flows := drawn(t, 7, 0)
	probe := certain(t, "reachable")
	judged, err := judge(t.Context(), probe, w, flows[:10])
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range judged {
		if j.agrees() {
			continue
		}
		small, err := shrink(t.Context(), probe, w, j, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		again, err := judge(t.Context(), probe, small, []Flow{j.Flow})
		if err != nil {
			t.Fatal(err)
		}
		if before, after := len(text(t, w)), len(text(t, small)); again[0].agrees() || !whole(small.Network()) || after > before*9/10 {
			t.Errorf("of %d bytes %d are left, the kernel says %s", before, after, again[0].Kernel)
		}
		return
	}
	t.Fatal("nothing is blocked")
}

func TestReproductionsAreReadAgain(t *testing.T) {
	w, flows := drawn(t, 8, 0)
	file := filepath.Join(t.TempDir(), "fuzz.json")
	want := Judged{Flow: flows[0], Kernel: "blocked", Ours: Answer{ID: 3, Verdict: "reachable"}}
	if err := writeReproduction(file, w, want); err != nil {
		t.Fatal(err)
	}
	again, j, err := readReproduction(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, j, cmpopts.EquateComparable(want.To)); diff != "" || text(t, again) != text(t, w) {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnswersMustBeAboutTheQuestions(t *testing.T) {
	for lines, want := range map[string]string{
		`{"id":0,"verdict":"blocked"}`:                              "1 answers to 2 questions",
		`{"id":0,"verdict":"blocked"}{"id":2,"verdict":"blocked"}`:  "an answer to question 2 of 2",
		`{"id":0,"verdict":"blocked"}{"id":-1,"verdict":"blocked"}`: "an answer to question -1 of 2",
		`{"id":0,"verdict":"blocked"}nothing`:                       "invalid character",
	} {
		if _, err := readAnswers(strings.NewReader(lines), 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", lines, err, want)
		}
	}
}
