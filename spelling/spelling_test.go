package spelling_test

import (
	"testing"

	"github.com/agentcore-probe/probe/spelling"
)

// Most misspellings are one edit away: Damerau, "A technique for computer
// detection and correction of spelling errors" (1964), from which the kinds are.
func TestNearest(t *testing.T) {
	known := []string{"region", "pattern", "runtimes", "databases", "dns", "tls", "egress"}
	tests := []struct{ kind, word, want string }{
		{"a letter left out", "regon", "region"},
		{"a letter added", "reggion", "region"},
		{"a wrong letter", "regiom", "region"},
		{"two letters in the wrong order", "reigon", "region"},
		{"singular for plural", "database", "databases"},
		{"two letters left out", "datbass", "databases"},
		{"short", "dsn", "dns"},
		{"as it is", "tls", "tls"},
		{"another word", "metrics", ""},
		{"another short word", "abc", ""},
		{"nothing", "", ""},
		{"not Latin", "rëgion", "region"},
	}
	for _, tt := range tests {
		if got := spelling.Nearest(tt.word, known); got != tt.want {
			t.Errorf("%s: %q is taken for %q, want %q", tt.kind, tt.word, got, tt.want)
		}
	}
	if got := spelling.Nearest("region", nil); got != "" {
		t.Errorf("%q of no words", got)
	}
}
