package escape_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/agentcore-probe/probe/probes/escape"
)

func TestLine(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"plain", "CN=lab root", "CN=lab root"},
		{"umlaut stays", "Prüfstelle", "Prüfstelle"},
		{"terminal escape", "\x1b[2Jgone", `\x1b[2Jgone`},
		{"line breaks", "a\r\nb\tc", `a\r\nb\tc`},
		{"bidirectional override", "abc\u202etxt", `abc\u202etxt`},
		{"invalid UTF-8", "\xff\xfe", `\xff\xfe`},
		{"astral private use", "\U000f0000", `\U000f0000`},
		{"NUL", "a\x00b", `a\x00b`},
		{"too long", strings.Repeat("x", 200), strings.Repeat("x", 100) + "…"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := escape.Line(test.text, 100); got != test.want {
				t.Errorf("Line(%q) = %q, want %q", test.text, got, test.want)
			}
		})
	}
}

func FuzzLine(f *testing.F) {
	f.Add("\x1b]0;title\a", 10)
	f.Add("\xc3\x28", 3)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit &= 0xfff
		got := escape.Line(text, limit)
		if len(got) > limit+len("…") {
			t.Errorf("Line(%q, %d) has %d bytes", text, limit, len(got))
		}
		if !utf8.ValidString(got) {
			t.Errorf("Line(%q) = %q is not UTF-8", text, got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("Line(%q) = %q is not printable at %d", text, got, i)
		}
	})
}
