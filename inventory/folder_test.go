package inventory_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
)

var equal = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty()}

func TestWriteAndReadFolder(t *testing.T) {
	f := newFakeAWS(t)
	f.overrides["DescribeNatGateways"] = ec2Error(403, "UnauthorizedOperation", "You are not authorized to perform this operation.")
	want := f.collect(t, nil)
	dir := filepath.Join(t.TempDir(), "snapshot")
	for range 2 { // the second time over the first
		if err := want.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	got, err := inventory.ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Source != dir || find(got, "ec2:DescribeNatGateways").Failure != netpath.FailureDenied {
		t.Errorf("source %q, unread %v", got.Source, got.Unread)
	}
	want.Source = dir
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("(-collected +read):\n%s", diff)
	}
	before := inventory.Locate(want.Network, want.Region, want.Principal, want.Local)
	after := inventory.Locate(got.Network, got.Region, got.Principal, got.Local)
	if diff := cmp.Diff(before, after, equal); diff != "" || after.ENI == "" {
		t.Errorf("vantage %+v:\n%s", after, diff)
	}
}

func TestWriteRemovesWhatIsGone(t *testing.T) {
	dir := t.TempDir()
	doc := func(name string) inventory.Document {
		return inventory.Document{Name: name, JSON: []byte(`{"Vpcs":[]}`)}
	}
	if err := (inventory.Snapshot{Documents: []inventory.Document{doc("a.json"), doc("b.json")}}).Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := (inventory.Snapshot{Documents: []inventory.Document{doc("b.json")}}).Write(dir); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	want := []string{filepath.Join(dir, "b.json"), filepath.Join(dir, "probe-inventory.json")}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Error(diff)
	}
}

func TestWriteRefuses(t *testing.T) {
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (inventory.Snapshot{}).Write(foreign); err == nil || !strings.Contains(err.Error(), "empty folder") {
		t.Errorf("a foreign folder: %v", err)
	}
	for _, name := range []string{"../up.json", "/etc/x.json", "probe-inventory.json", "x.txt", ""} {
		s := inventory.Snapshot{Documents: []inventory.Document{{Name: name, JSON: []byte("{}")}}}
		if err := s.Write(t.TempDir()); err == nil {
			t.Errorf("document %q was written", name)
		}
	}
}

func TestReadFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "eu/west/anything.json", `{"Vpcs":[{"VpcId":"vpc-1","OwnerId":"123456789012"}],"Lab":{}}`)
	write(t, dir, "more.json", `{"Subnets":[{"SubnetId":"subnet-1","AvailabilityZone":"eu-west-1a"}]}`)
	write(t, dir, "notes.txt", `not JSON`)
	write(t, dir, ".git/x.json", `not JSON`)
	s, err := inventory.ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s.Region != "eu-west-1" || s.Account != "123456789012" || !s.CollectedAt.IsZero() || s.Principal != "" {
		t.Errorf("snapshot %+v", s)
	}
	if diff := cmp.Diff([]string{"Lab"}, s.Ignored); diff != "" || len(s.Documents) != 2 || s.Documents[0].Name != "eu/west/anything.json" {
		t.Errorf("documents %v, ignored %v", s.Documents, s.Ignored)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReadFolderErrors(t *testing.T) {
	for _, tt := range []struct{ name, file, text, want string }{
		{"empty", "readme.txt", "", "no *.json file: put in what the AWS CLI prints"},
		{"damaged", "x/broken.json", "{\"Vpcs\":[\n{", "x/broken.json:2: not complete"},
		{"field", "g.json", `{"SecurityGroups":[{"GroupId":1}]}`, "g.json:1: SecurityGroups[0].GroupId: want a string, found 1"},
		{"empty file", "e.json", "", "e.json: empty"},
		{"noise", "n.json", strings.Repeat("\xff", 10<<20), "n.json:1: not JSON"},
		{"version", "p.json", `{"probeInventory":{"version":9}}`, "version 9 is not understood"},
		{"own file", "p.json", `{"probeInventory":{"version":"x"}}`, "p.json: probeInventory: "},
		{"own file cut", "p.json", `{"probeInventory":{"ver`, "p.json:1: not complete"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, tt.file, tt.text)
			_, err := inventory.ReadFolder(dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 500 {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
	if _, err := inventory.ReadFolder(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that does not exist was read")
	}
	file := filepath.Join(t.TempDir(), "f.json")
	write(t, filepath.Dir(file), "f.json", "{}")
	if _, err := inventory.ReadFolder(file); err == nil {
		t.Error("a file was read as a folder")
	}
}

func TestReadFolderDoesNotWaitForAPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := inventory.ReadFolder(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("error %v", err)
	}
}
