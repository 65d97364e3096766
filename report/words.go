package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// ANSI colours (ECMA-48, SGR).
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
)

func (t *text) paint(color, s string) string {
	if !t.color {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// verdict is a verdict as a word of fixed width.
func (t *text) verdict(v netpath.Verdict) string {
	return t.paint(colorOf(v), fmt.Sprintf("%-8s", strings.ToUpper(string(v))))
}

func colorOf(v netpath.Verdict) string {
	switch v {
	case netpath.VerdictOK:
		return green
	case netpath.VerdictBroken, netpath.VerdictExposed:
		return red
	}
	return yellow
}

// consequence is what a path that is not as it should be means for people.
func consequence(p Path) string {
	can := "cannot"
	if p.Verdict == netpath.VerdictDegraded {
		can = "cannot always"
	}
	name := strings.Split(p.ID, "/")[1]
	switch {
	case p.Verdict == netpath.VerdictExposed && p.Kind == netpath.KindInvoke:
		return fmt.Sprintf("the agent %s can be invoked from the internet (%s)", name, p.ID)
	case p.Verdict == netpath.VerdictExposed && p.Kind == netpath.KindEgress:
		return fmt.Sprintf("the agent can reach the internet and must not (%s)", p.ID)
	case p.Verdict == netpath.VerdictExposed:
		return p.ID + " can be reached and must not be"
	case p.Kind == netpath.KindInvoke && p.Route == netpath.RoutePrivate:
		return fmt.Sprintf("callers %s invoke the agent %s through its interface endpoint (%s)", can, name, p.ID)
	case p.Kind == netpath.KindInvoke:
		return fmt.Sprintf("callers %s invoke the agent %s over its public front (%s)", can, name, p.ID)
	case p.Kind == netpath.KindDatabase:
		return fmt.Sprintf("the agent %s reach its database %s (%s)", can, name, p.ID)
	case p.Kind == netpath.KindFile:
		return fmt.Sprintf("the agent %s mount its file system %s (%s)", can, name, p.ID)
	case p.Kind == netpath.KindService:
		return fmt.Sprintf("the agent %s reach the AWS service %s (%s)", can, name, p.ID)
	case p.Kind == netpath.KindEgress && name == "internet":
		return fmt.Sprintf("the agent %s reach the internet (%s)", can, p.ID)
	case p.Kind == netpath.KindEgress, p.Kind == netpath.KindOnPrem:
		return fmt.Sprintf("the agent %s reach %s (%s)", can, name, p.ID)
	}
	return fmt.Sprintf("the destination of %s %s be reached", p.ID, can)
}

// status is a status as a word of fixed width; what was not tried is a dash.
func (t *text) status(s netpath.Status) string {
	switch s {
	case netpath.StatusPass:
		return t.paint(green, fmt.Sprintf("%-8s", "pass"))
	case netpath.StatusFail:
		return t.paint(red, fmt.Sprintf("%-8s", "FAIL"))
	case netpath.StatusUnknown:
		return fmt.Sprintf("%-8s", "?")
	}
	return fmt.Sprintf("%-8s", "-")
}

func basisWords(b netpath.Basis) string {
	switch b {
	case netpath.BasisLive:
		return "measured"
	case netpath.BasisConfig:
		return "from the configuration, not measured"
	case netpath.BasisBoth:
		return "measured, and the configuration agrees"
	}
	return "no evidence"
}

// seenBasis says what the outcome of a path stands on. A failure that packets
// show and the configuration does not is none that it agrees with, and neither says
// anything of what is unknown.
func seenBasis(p Path) string {
	if p.Verdict == netpath.VerdictUnknown && p.Basis == netpath.BasisBoth {
		return "neither packets nor the configuration decide it"
	}
	for _, h := range p.Hops {
		switch {
		case h.Status != netpath.StatusFail || p.Basis != netpath.BasisBoth:
			continue
		case h.Config == netpath.StatusFail:
			return basisWords(p.Basis)
		case h.Name == netpath.HopTCP:
			return "measured; the configuration shows no reason"
		}
		return basisWords(netpath.BasisLive)
	}
	return basisWords(p.Basis)
}

// maxAlso is how many further paths of a finding are named.
const maxAlso = 4

// SeenWords say which paths show a finding, and at which hop; "" where none does.
func SeenWords(f netpath.Finding) string {
	if f.Path == "" {
		return ""
	}
	text := strings.TrimSuffix(f.Path+" at "+string(f.Hop), " at ")
	if len(f.Also) == 0 {
		return text
	}
	text += ", and on " + strings.Join(f.Also[:min(len(f.Also), maxAlso)], ", ")
	if more := len(f.Also) - maxAlso; more > 0 {
		text += " and " + Count(more, "more path")
	}
	return text
}

func vantageWords(v netpath.Vantage) string {
	address := ""
	if v.Address.IsValid() {
		address = v.Address.String()
	}
	parts := words(string(v.Kind), v.ENI, address, v.Subnet, v.AZ, strings.Join(v.SecurityGroups, ", "), v.VPC, signer(v))
	return strings.Join(parts, ", ")
}

// signer is who signs, and where the credentials come from.
func signer(v netpath.Vantage) string {
	as := owned("as ", cmp.Or(v.Principal, owned("access key ", v.AccessKey)))
	if as == "" || v.Credentials == "" {
		return as
	}
	return as + " (from " + v.Credentials + ")"
}

// words are those that are not empty.
func words(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// owned puts a prefix before a word that is not empty.
func owned(prefix, word string) string {
	if word == "" {
		return ""
	}
	return prefix + word
}

// Named adds to each id in s the name of what has it.
func (r Report) Named(s string) string {
	fields := strings.Fields(s)
	for i, field := range fields {
		id := strings.TrimRight(field, ",.:;")
		if name := r.Names[id]; name != "" {
			fields[i] = id + " (" + name + ")" + field[len(id):]
		}
	}
	return strings.Join(fields, " ")
}

func (t *text) named(s string) string { return Report{Names: t.names}.Named(s) }

func inventoryWords(i Inventory) string {
	if i.Source == "" {
		return "nothing was read"
	}
	text := strings.Join(words(i.Source, i.When()), ", ")
	if n := len(i.Unread); n > 0 && !i.CollectedAt.IsZero() {
		text += "; " + Count(n, "action") + " could not be read"
	}
	return text
}

// When says when the configuration was read; "" where a folder does not say.
func (i Inventory) When() string {
	switch {
	case !i.CollectedAt.IsZero():
		return "read at " + i.CollectedAt.UTC().Format(time.RFC3339)
	case len(i.Unread) > 0:
		return "of which nothing could be read"
	}
	return ""
}

// wrapped writes s after a prefix; further lines are indented as far.
func (t *text) wrapped(prefix, s string) {
	for _, line := range wrap(s, max(20, width-visible(prefix))) {
		t.line("%s%s", prefix, line)
		prefix = strings.Repeat(" ", visible(prefix))
	}
}

// wrap breaks s into lines of at most room columns; a longer word stays whole.
func wrap(s string, room int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && visible(line)+1+visible(word) > room {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// Count is a number with its noun.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// visible counts the columns of s without colour sequences.
func visible(s string) int {
	n, escape := 0, false
	for _, r := range s {
		switch {
		case r == '\x1b':
			escape = true
		case escape:
			escape = r != 'm'
		default:
			n++
		}
	}
	return n
}
