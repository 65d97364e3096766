package catalogue_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
)

// hostile are values that somebody else chooses: tags, names, certificates.
var hostile = []string{
	"sg-0a", "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", `"; touch pwned; "`, "a && touch pwned", "a|b", "# no comment",
	"~/x", "*", `\`, `'`, `"`, "$HOME", "!!", "{a,b}", "<in", ">out", "a b", "ü–…", `{"Sid": "it's"}`,
}

// The shell decides: each hostile value arrives as one argument, unchanged.
func TestShellTakesValuesAsTheyAre(t *testing.T) {
	templates := map[string]func(string) string{
		"${v}":                 func(v string) string { return v },
		"--name=${v}":          func(v string) string { return "--name=" + v },
		"'Groups=[{Id=${v}}]'": func(v string) string { return "Groups=[{Id=" + v + "}]" },
	}
	for _, value := range hostile {
		for template, want := range templates {
			command, complete := catalogue.ExpandCommand("printf '%s\\0' "+template+" end", netpath.Facts{"v": value})
			if !complete {
				t.Errorf("%q: incomplete", value)
				continue
			}
			cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", command)
			cmd.Dir = t.TempDir()
			out, err := cmd.Output()
			if err != nil {
				t.Errorf("%s: %v", command, err)
				continue
			}
			if diff := cmp.Diff([]string{want(value), "end", ""}, strings.Split(string(out), "\x00")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", command, diff)
			}
		}
	}
}

// What would break a line or drive a terminal is in no command and in no step;
// a policy document is shown without its line breaks.
func TestLinesStayLines(t *testing.T) {
	for _, value := range []string{"a\nrm -rf /", "a\x1b[2J", "a\rb", "a\u202eb", "\xff"} {
		if command, complete := catalogue.ExpandCommand("aws x --name ${v}", netpath.Facts{"v": value}); complete {
			t.Errorf("%q is in %q", value, command)
		}
		step, complete := catalogue.ExpandCommand("# rename ${v}", netpath.Facts{"v": value})
		if !complete || strings.ContainsAny(step, "\n\r\x1b\u202e") {
			t.Errorf("%q is in %q", value, step)
		}
	}
	command, complete := catalogue.ExpandCommand("aws x --policy ${v}", netpath.Facts{"v": "{\n  \"Sid\": \"a b\"\n}"})
	if want := `aws x --policy '{"Sid":"a b"}'`; command != want || !complete {
		t.Errorf("got %s, want %s", command, want)
	}
}
