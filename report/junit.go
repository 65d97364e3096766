package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// The elements and attributes of JUnit's reports are those of the schema of
// Maven Surefire (surefire-test-report.xsd), which CI systems read.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Timestamp string      `xml:"timestamp,attr"`
		Time      string      `xml:"time,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Cases     []junitCase `xml:"testcase"`
		Out       string      `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Class   string       `xml:"classname,attr"`
		Name    string       `xml:"name,attr"`
		Time    string       `xml:"time,attr"`
		Error   *junitResult `xml:"error"`
		Failure *junitResult `xml:"failure"`
		Skipped *junitResult `xml:"skipped"`
		Out     string       `xml:"system-out,omitempty"`
	}
	junitResult struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report for a CI system: a test case for each path. One
// that is broken, exposed or degraded has failed, with its findings and the
// commands that mend them; an unknown one was skipped, which is neither. With no
// path at all there is one case, an error.
func (r Report) WriteJUnit(w io.Writer) error {
	suite := junitSuite{
		Name: "probe check", Timestamp: r.StartedAt.UTC().Format(time.RFC3339), Time: junitSeconds(r.Seconds), Tests: len(r.Paths),
		Failures: r.Summary.Broken + r.Summary.Exposed + r.Summary.Degraded, Skipped: r.Summary.Unknown,
	}
	for _, p := range r.Paths {
		suite.Cases = append(suite.Cases, r.junitCase(p))
	}
	if suite.Out = r.beside(); len(r.Paths) == 0 { // no test at all would pass
		suite.Tests, suite.Errors = 1, 1
		suite.Cases = []junitCase{{Class: "check", Name: "paths", Time: suite.Time, Error: &junitResult{Message: "nothing to check", Text: suite.Out}}}
		suite.Out = ""
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(junitSuites{Suites: []junitSuite{suite}}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r Report) junitCase(p Path) junitCase {
	c := junitCase{Class: string(p.Kind), Name: p.ID, Time: junitSeconds(p.Seconds)}
	message := fmt.Sprintf("expected %s; %s: %s", p.Expect, p.Verdict, p.Outcome)
	switch p.Verdict {
	case netpath.VerdictOK:
		c.Out = pathLine(p)
	case netpath.VerdictUnknown:
		c.Skipped = &junitResult{Message: message}
	default:
		c.Failure = &junitResult{Type: strings.Join(p.Findings, " "), Message: message, Text: r.explained(p)}
	}
	return c
}

// explained are the findings of a path, and its ladder, as the text has them.
func (r Report) explained(p Path) string {
	t := text{names: r.Names}
	t.line("")
	for _, f := range r.Findings {
		for _, code := range p.Findings {
			if f.Code == code {
				t.finding(f)
			}
		}
	}
	t.ladder(p)
	return t.b.String()
}

// beside are the findings that break no path.
func (r Report) beside() string {
	breaks := map[string]bool{}
	for _, p := range r.Paths {
		if p.Verdict != netpath.VerdictOK && p.Verdict != netpath.VerdictUnknown {
			for _, code := range p.Findings {
				breaks[code] = true
			}
		}
	}
	t := text{names: r.Names}
	for _, f := range r.Findings {
		if !breaks[f.Code] {
			t.finding(f)
		}
	}
	return t.b.String()
}

func junitSeconds(s float64) string { return fmt.Sprintf("%.3f", s) }
