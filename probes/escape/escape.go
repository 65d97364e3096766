// Package escape makes text from the network fit for a terminal, a log line
// and a metric's label: one line of printable characters, bounded in length.
package escape

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const ellipsis = "…"

// Line returns text with everything that is not a printable character or a
// plain space written as a Go escape (\n, \x1b, \u202e). What exceeds limit bytes
// of result is cut, and an ellipsis stands for it. Invalid UTF-8 is shown byte
// by byte.
func Line(text string, limit int) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		piece := escaped(r, text[:size])
		if b.Len()+len(piece) > limit {
			b.WriteString(ellipsis)
			break
		}
		b.WriteString(piece)
		text = text[size:]
	}
	return b.String()
}

func escaped(r rune, raw string) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case unicode.IsPrint(r):
		return raw
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	default:
		return fmt.Sprintf(`\U%08x`, r)
	}
}
