package probe_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
)

// literals calls see for each string literal of the product's Go files below a
// folder, tests left out.
func literals(t *testing.T, folder string, see func(value string, at token.Position)) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if value, err := strconv.Unquote(l.Value); err == nil {
					see(value, files.Position(l.Pos()))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever cause the configuration's judges can name is in the catalogue.
func TestCausesAreInTheCatalogue(t *testing.T) {
	families := map[string]bool{}
	for _, e := range catalogue.All() {
		family, _, _ := strings.Cut(e.Code, "/")
		families[family] = true
	}
	code := regexp.MustCompile(`^[a-z]+/[a-z0-9-]+$`)
	for _, folder := range []string{"reachability", "diagnosis"} {
		literals(t, folder, func(value string, at token.Position) {
			family, _, _ := strings.Cut(value, "/")
			if !code.MatchString(value) || !families[family] {
				return
			}
			if _, ok := catalogue.Find(value); !ok {
				t.Errorf("%s: %s is not in the catalogue", at, value)
			}
		})
	}
}

// Whatever failure a probe can report leads to an entry of the catalogue, on
// some hop at least. Failures of ours alone lead nowhere.
func TestFailuresLeadToTheCatalogue(t *testing.T) {
	ours := map[netpath.Failure]string{
		netpath.FailureCancelled:    "the run was ended from outside: a hop is unknown then",
		netpath.FailureNotPermitted: "our own dialer refuses the address",
	}
	literals(t, "netpath/failure.go", func(value string, at token.Position) {
		failure := netpath.Failure(value)
		if _, ok := ours[failure]; ok {
			return
		}
		kinds := []netpath.Kind{netpath.KindInvoke, netpath.KindDatabase}
		for _, kind := range kinds {
			for _, hop := range (netpath.Path{Kind: kind, Route: netpath.RoutePrivate, Target: netpath.Target{Name: "n"}}).Hops() {
				if _, ok := catalogue.ForLive(kind, hop, netpath.Evidence{Failure: failure}); ok {
					return
				}
			}
		}
		t.Errorf("%s: %s leads to no entry of the catalogue", at, failure)
	})
}
