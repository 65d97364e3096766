package inventory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Write saves the inventory as a folder that ReadFolder reads: a file for each
// document, and one that says how it came about. Each file is written whole or
// not at all, the last one last. A folder that holds anything but an earlier
// inventory is refused; documents of that one are replaced.
func (s Snapshot) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := ownFolder(dir)
	if err != nil {
		return err
	}
	m := meta{
		Version: 1, CollectedAt: s.CollectedAt, Seconds: s.Duration.Seconds(), Region: s.Region,
		Principal: s.Principal, Account: s.Account, Local: s.Local, Unread: s.Unread,
	}
	for _, doc := range s.Documents {
		if !within(doc.Name) {
			return fmt.Errorf("document %q: not the name of a *.json file within a folder", doc.Name)
		}
		path := filepath.Join(dir, filepath.FromSlash(doc.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := writeFile(path, doc.JSON); err != nil {
			return err
		}
		m.Documents = append(m.Documents, doc.Name)
	}
	for _, name := range old {
		if !slices.Contains(m.Documents, name) {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return writeFile(filepath.Join(dir, metaName), indented(map[string]meta{metaKey: m}))
}

// within tells a document's name that stays within its folder.
func within(name string) bool {
	return filepath.IsLocal(filepath.FromSlash(name)) && filepath.Ext(name) == ".json" && name != metaName
}

// ownFolder lists the documents of the inventory that a folder holds. A folder
// with other files is not ours to write to.
func ownFolder(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	path := filepath.Join(dir, metaName)
	data, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: holds other files than an inventory: name an empty folder", dir)
	}
	if err != nil {
		return nil, err
	}
	m, err := metaOf(path, data)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("%s: not the file of an inventory", path)
	}
	return slices.DeleteFunc(m.Documents, func(name string) bool { return !within(name) }), nil
}

// writeFile writes a file under another name first, so that a reader never
// finds half of it.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".probe-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
