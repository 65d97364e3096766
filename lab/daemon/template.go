package daemon

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Template returns the folder of that name in a cache, and makes it the first
// time: what takes seconds to initialise is copied from there.
func Template(cache, name string, initialise func(at string) error) (string, error) {
	done := filepath.Join(cache, name)
	if _, err := os.Stat(done); err == nil {
		return done, nil
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	making, err := os.MkdirTemp(cache, "making-")
	if err != nil {
		return "", err
	}
	if err := initialise(making); err != nil {
		return "", errors.Join(err, os.RemoveAll(making))
	}
	// Another run may have been faster: its template is as good.
	if err := os.Rename(making, done); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", errors.Join(err, os.RemoveAll(making))
	}
	return done, os.RemoveAll(making)
}
