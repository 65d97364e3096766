package inventory

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/vpc"
)

// metaName is the file of a written inventory that says how it came about.
// A reader knows it by its top-level key.
const (
	metaName = "probe-inventory.json"
	metaKey  = "probeInventory"
)

// meta is what a folder of documents cannot say.
type meta struct {
	Version     int          `json:"version"`
	CollectedAt time.Time    `json:"collected_at"`
	Seconds     float64      `json:"seconds"`
	Region      string       `json:"region,omitempty"`
	Principal   string       `json:"principal,omitempty"`
	Account     string       `json:"account,omitempty"`
	Local       []netip.Addr `json:"local,omitempty"`
	Unread      []Unread     `json:"unread,omitempty"`
	Documents   []string     `json:"documents,omitempty"` // the files of this inventory
}

// ReadFolder reads an inventory from every *.json file of a folder and its
// sub-folders. A file that is damaged is an error that names it.
func ReadFolder(dir string) (Snapshot, error) {
	files, err := jsonFiles(dir)
	if err != nil {
		return Snapshot{}, err
	}
	out := Snapshot{Source: dir}
	var d vpc.Decoder
	for _, name := range files {
		data, err := readBounded(filepath.Join(dir, name))
		if err != nil {
			return Snapshot{}, err
		}
		if m, err := metaOf(filepath.Join(dir, name), data); err != nil {
			return Snapshot{}, err
		} else if m != nil {
			out = out.with(*m)
			continue
		}
		if err := d.Decode(filepath.Join(dir, name), bytes.NewReader(data)); err != nil {
			return Snapshot{}, err
		}
		out.Documents = append(out.Documents, Document{filepath.ToSlash(name), data})
	}
	if len(out.Documents)+len(out.Unread) == 0 && out.CollectedAt.IsZero() {
		return Snapshot{}, fmt.Errorf("%s: no *.json file: put in what the AWS CLI prints, such as aws ec2 describe-security-groups > describe-security-groups.json, or let probe snapshot write it", dir)
	}
	slices.SortFunc(out.Documents, func(a, b Document) int { return cmp.Compare(a.Name, b.Name) })
	out.Network, out.Ignored = d.Network(), d.Ignored()
	return out.derive(), nil
}

// jsonFiles lists the *.json files of a folder, relative to it, sorted.
// Hidden folders (.git) are left out.
func jsonFiles(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != dir && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.IsDir() || !strings.EqualFold(filepath.Ext(path), ".json") || strings.HasPrefix(entry.Name(), "."):
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		files = append(files, rel)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("inventory folder: %w", err)
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s: not a folder", dir)
	}
	return files, nil
}

// readBounded reads a regular file of at most vpc.MaxDocument bytes. Anything
// else, a pipe for one, could keep the reader waiting.
func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, vpc.MaxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// metaOf reads a document of the probe's own; nil for any other.
func metaOf(path string, data []byte) (*meta, error) {
	if len(data) > vpc.MaxDocument || !bytes.Contains(data, []byte(`"`+metaKey+`"`)) {
		return nil, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil || fields[metaKey] == nil {
		return nil, nil // the decoder of documents says what is wrong, and where
	}
	var m meta
	if err := json.Unmarshal(fields[metaKey], &m); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", path, metaKey, err)
	}
	if m.Version != 1 {
		return nil, fmt.Errorf("%s: %s: version %d is not understood", path, metaKey, m.Version)
	}
	return &m, nil
}

// with takes over what a folder says about itself.
func (s Snapshot) with(m meta) Snapshot {
	s.CollectedAt = m.CollectedAt.UTC()
	s.Duration = time.Duration(m.Seconds * float64(time.Second)).Round(time.Millisecond)
	s.Region, s.Principal, s.Account, s.Local, s.Unread = m.Region, m.Principal, m.Account, m.Local, m.Unread
	return s
}
