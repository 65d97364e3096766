package acceptance_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/report"
)

// A ticket has what others ask for, and nothing that says whose network it is.
func TestTicket(t *testing.T) {
	needNamespaces(t)
	dir := t.TempDir()
	archive, names := filepath.Join(dir, "case.tar.gz"), filepath.Join(dir, "names.json")
	r := run(t, programs.lab, "run", "-q", "--scenario", "../lab/scenarios/policy-endpoint-id-stale.json", "--", programs.probe, "ticket", archive, "--names", names)
	if r.status != 0 || !strings.Contains(r.out, "1 finding\n") {
		t.Fatalf("exit status %d\n%s%s", r.status, r.out, r.errors)
	}
	files := unpacked(t, archive, dir)
	for _, name := range []string{"ticket/README.txt", "ticket/report.txt", "ticket/report.json", "ticket/inventory/SecurityGroups.json"} {
		if files[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
	cover := files["ticket/README.txt"]
	for _, want := range []string{
		`(?m)^program   probe .*go1\.`, `(?m)^started   20\d\d-`, `(?m)^zones     use1-az1, use1-az2$`, `(?m)^from      sidecar, zone use1-az1$`,
		`(?m)^finding   policy/endpoint-id-stale on arn:`, `(?m)^request   [0-9a-f-]{36} at 20\d\d-\S+Z, invoke/name-\d+/private at resource-policy: fail$`,
	} {
		if !regexp.MustCompile(want).MatchString(cover) {
			t.Errorf("the cover lacks %s:\n%s", want, cover)
		}
	}
	told := decode[map[string]string](t, read(t, names))
	for name, text := range files {
		for stands, original := range told {
			word := regexp.MustCompile(`(?:^|[^\w-])` + regexp.QuoteMeta(original) + `(?:$|[^\w-])`)
			if len(original) > 8 && word.MatchString(text) {
				t.Errorf("%s holds %s, for which %s stands", name, original, stands)
			}
		}
		if strings.Contains(text, "123456789012") || strings.Contains(text, "db/orders") || strings.Contains(text, "10.0.1.") {
			t.Errorf("%s says whose network it is", name)
		}
	}
	hidden := decode[report.Report](t, files["ticket/report.json"])
	if len(hidden.Findings) != 1 || hidden.Findings[0].Code != "policy/endpoint-id-stale" || hidden.Summary.Broken != 1 {
		t.Errorf("the report has %+v, %s", hidden.Findings, hidden.Summary)
	}
	// The report and the configuration have the same names.
	i := slices.IndexFunc(hidden.Paths, func(p report.Path) bool { return p.Kind == "db" })
	group := hidden.Vantage.SecurityGroups[0]
	address, _, _ := strings.Cut(hidden.Paths[i].Address, ":")
	answer := run(t, programs.probe, "reach", "--inventory", filepath.Join(dir, "ticket", "inventory"), "--from", group, "--to", address, "--port", "5432")
	if answer.status != 0 {
		t.Errorf("probe reach in the ticket: exit status %d\n%s%s", answer.status, answer.out, answer.errors)
	}
}

// unpacked unpacks an archive into a folder and returns its files by name.
func unpacked(t *testing.T, archive, dir string) map[string]string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(zipped); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = string(data)
		path := filepath.Join(dir, filepath.FromSlash(header.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
