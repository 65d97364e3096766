package catalogue_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
)

var update = flag.Bool("update", false, "write docs/findings")

const pages = "../../docs/findings"

// Every finding has a page at the path that its code names, and no page is left
// over.
// A clock is ahead or behind, and never a negative number of seconds away.
func TestAClockIsAheadOrBehind(t *testing.T) {
	entry, _ := catalogue.Find("auth/clock-skew")
	for seconds, want := range map[string]string{
		"1199":  "the clock here is 1199 s ahead of the service's",
		"-1199": "the clock here is 1199 s behind the service's",
		"":      "this machine's clock is wrong",
	} {
		if got := entry.Sentence(netpath.Facts{"skew_seconds": seconds}); got != want {
			t.Errorf("%q: %q, want %q", seconds, got, want)
		}
	}
}

func TestPages(t *testing.T) {
	if *update {
		if err := os.RemoveAll(pages); err != nil {
			t.Fatal(err)
		}
	}
	known := map[string]bool{}
	for _, e := range catalogue.All() {
		file := filepath.Join(pages, e.Code+".md")
		known[file] = true
		if *update {
			write(t, file, e.Page())
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != e.Page() {
			t.Errorf("%s is not up to date (%v): run 'make findings'", file, err)
		}
	}
	_ = filepath.WalkDir(pages, func(file string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !known[file] {
			t.Errorf("%s explains no finding", file)
		}
		return nil
	})
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestEntriesAreComplete(t *testing.T) {
	code := regexp.MustCompile(`^[a-z]+/[a-z0-9-]+$`)
	seen := map[string]bool{}
	for _, e := range catalogue.All() {
		switch {
		case !code.MatchString(e.Code):
			t.Errorf("%q is not a code", e.Code)
		case seen[e.Code]:
			t.Errorf("%s stands twice", e.Code)
		case e.Title == "" || strings.HasSuffix(e.Title, "."):
			t.Errorf("%s: the title %q must be a few words without a full stop", e.Code, e.Title)
		case e.Summary == "" || e.Meaning == "" || len(e.Fix) == 0 || e.Severity.Rank() < 0:
			t.Errorf("%s lacks a summary, a meaning, a fix or a severity", e.Code)
		case e.Live == "" && e.Config == "":
			t.Errorf("%s: nothing proves it", e.Code)
		}
		seen[e.Code] = true
	}
	for _, e := range catalogue.All() {
		for _, c := range e.Explains {
			if !strings.HasSuffix(c, "*") && !seen[c] {
				t.Errorf("%s explains %s, which is no code", e.Code, c)
			}
		}
	}
}

func TestTheMostSpecificMatchWins(t *testing.T) {
	tests := []struct {
		kind netpath.Kind
		hop  netpath.HopName
		live netpath.Evidence
		want string
	}{
		{netpath.KindInvoke, netpath.HopResolver, netpath.Evidence{Failure: netpath.FailureDNSNXDomain}, "dns/nxdomain"},
		{netpath.KindDatabase, netpath.HopResolver, netpath.Evidence{Failure: netpath.FailureDNSNXDomain}, "dns/database-unresolvable"},
		{netpath.KindInvoke, netpath.HopIdentityPolicy, netpath.Evidence{Failure: netpath.FailureDenied}, "iam/identity-denies"},
		{netpath.KindInvoke, netpath.HopIdentityPolicy, netpath.Evidence{Failure: netpath.FailureDenied, Facts: netpath.Facts{"layer": "service-control"}}, "iam/scp-denies"},
		{netpath.KindInvoke, netpath.HopSignature, netpath.Evidence{Failure: netpath.FailureClockSkew}, "auth/clock-skew"},
		{netpath.KindInvoke, netpath.HopTCP, netpath.Evidence{Failure: netpath.FailureTimeout}, "tcp/dropped-unexplained"},
		{netpath.KindInvoke, netpath.HopRuntime, netpath.Evidence{Failure: netpath.FailureTimeout}, "runtime/timeout"},
		{netpath.KindInvoke, netpath.HopTLS, netpath.Evidence{Failure: "no such failure"}, ""},
	}
	for _, tt := range tests {
		entry, _ := catalogue.ForLive(tt.kind, tt.hop, tt.live)
		if entry.Code != tt.want {
			t.Errorf("%s at %s with %v leads to %q, want %q", tt.live.Failure, tt.hop, tt.live.Facts, entry.Code, tt.want)
		}
	}
}

// Quoting follows the POSIX shell ("Quoting" in the Shell Command Language).
func TestExpandCommand(t *testing.T) {
	tests := []struct {
		template string
		facts    netpath.Facts
		want     string
		complete bool
	}{
		{"run --id ${id}", netpath.Facts{"id": "sg-1"}, "run --id sg-1", true},
		{"run --id ${id}", nil, "run --id ?", false},
		{"run ${a}${b}", netpath.Facts{"a": "1", "b": "2"}, "run 12", true},
		{"run ${policy}", netpath.Facts{"policy": `{"Sid": "it's"}`}, `run '{"Sid": "it'\''s"}'`, true},
		{"run ${evil}", netpath.Facts{"evil": "$(reboot); `x`"}, "run '$(reboot); `x`'", true},
		{"run ${open", netpath.Facts{"open": "x"}, "run x", true},
	}
	for _, tt := range tests {
		got, complete := catalogue.ExpandCommand(tt.template, tt.facts)
		if got != tt.want || complete != tt.complete {
			t.Errorf("%s: got %q %v, want %q %v", tt.template, got, complete, tt.want, tt.complete)
		}
	}
}
