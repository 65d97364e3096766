package tree_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws/tree"
)

const text = `{"Lab":{"Region":"us-east-1","Account":"1"},"Vpcs":[{"Id":"a","Tags":[{"Key":"k","Value":"1"},{"Key":"l"}],"N":7},{"Id":"b","On":false}]}`

func decoded(t *testing.T) tree.Object {
	t.Helper()
	o, err := tree.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestValues(t *testing.T) {
	o := decoded(t)
	for path, want := range map[string][]string{
		"Vpcs.Id": {"a", "b"}, "Vpcs.Tags.Value": {"1"}, "Vpcs.N": {"7"}, "Vpcs.On": {"false"}, "Vpcs": nil, "Vpcs.Id.x": nil, "none": nil, "Lab.Region": {"us-east-1"},
	} {
		if diff := cmp.Diff(want, tree.Values(o, path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if got := tree.Region(o) + tree.Account(o); got != "us-east-11" {
		t.Error(got)
	}
}

func TestFind(t *testing.T) {
	o := decoded(t)
	if found, ok := tree.Find(o, "Vpcs", "Id", "b"); !ok || tree.Text(found, "On") != "false" {
		t.Error(found)
	}
	if _, ok := tree.Find(o, "Vpcs", "Id", "c"); ok {
		t.Error("found what is not there")
	}
}

func TestMemoryChangesAllOrNothing(t *testing.T) {
	m, err := tree.NewMemory([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	failure := errors.New("no")
	change := func(err error) func(tree.Object) error {
		return func(o tree.Object) error { tree.SetStrings(o, "Vpcs", []string{"x"}); return err }
	}
	if err := m.Change(change(failure)); !errors.Is(err, failure) {
		t.Error(err)
	}
	if o, _ := m.Read(); len(tree.Objects(o, "Vpcs")) != 2 {
		t.Error("a failed change changed the document")
	}
	if err := m.Change(change(nil)); err != nil {
		t.Error(err)
	}
	if o, _ := m.Read(); !cmp.Equal(tree.Strings(o, "Vpcs"), []string{"x"}) {
		t.Error("a change did not last")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(text))
	f.Add([]byte(`{} {}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if o, err := tree.Decode(text); (err == nil) != (o != nil) {
			t.Error(o, err)
		}
	})
}
