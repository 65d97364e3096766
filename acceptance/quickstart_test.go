package acceptance_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// scriptSkips is the exit status of quickstart.sh where a program is missing.
const scriptSkips = 77

// TestQuickstart carries out what docs/quickstart.md shows: a real Prometheus and
// a real Alertmanager fire, name the cause, and resolve when it is mended.
func TestQuickstart(t *testing.T) {
	needNamespaces(t)
	r := runWithin(t, 8*time.Minute, nil, "../tools/quickstart.sh")
	if r.status == scriptSkips {
		t.Skipf("SKIPPED: %s", strings.TrimSpace(r.errors))
	}
	t.Log("\n" + r.out)
	if r.status != 0 {
		t.Fatalf("exit status %d\n%s", r.status, r.errors)
	}
	page := read(t, "../docs/quickstart.md")
	for _, heading := range regexp.MustCompile(`(?m)^== .*$`).FindAllString(r.out, -1) {
		pattern := regexp.MustCompile(`\d+ seconds`).ReplaceAllLiteralString(regexp.QuoteMeta(heading), `\d+ seconds`)
		if !regexp.MustCompile(pattern).MatchString(page) {
			t.Errorf("docs/quickstart.md does not show %q", heading)
		}
	}
}
