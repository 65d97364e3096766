// Package scenario reads scenarios: a healthy world with something broken, and
// what a probe must make of it. A scenario is data; see the files in
// lab/scenarios.
package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/lab/world"
)

// Scenario is a world with something broken, and what is wanted of a probe.
type Scenario struct {
	Name    string          `json:"name"`
	About   string          `json:"about"`           // one sentence: what is wrong
	Pattern string          `json:"pattern"`         // the healthy world it starts from
	Patch   json.RawMessage `json:"patch,omitempty"` // RFC 6902 operations on the world document
	At      string          `json:"at,omitempty"`    // host that the probe runs on; "" is the sidecar

	// Credentials is where the probe's come from, before the patch is applied:
	// its knobs are /Lab/Credentials/… of the world.
	Credentials world.CredentialSource `json:"credentials,omitempty"`

	// Authorizer is how the runtimes know their callers, before the patch is
	// applied: sigv4, or jwt for bearer tokens.
	Authorizer world.Authorizer `json:"authorizer,omitempty"`

	// MariaDB adds the database carts, before the patch is applied.
	MariaDB bool `json:"mariadb,omitempty"`

	// Files adds a file system that the runtimes mount, before the patch is applied.
	Files bool `json:"files,omitempty"`

	Config json.RawMessage   `json:"config,omitempty"` // the probe's configuration file, as JSON
	Args   []string          `json:"args,omitempty"`   // of probe check
	Env    map[string]string `json:"env,omitempty"`    // set for the command
	Want   Want              `json:"want"`
}

// Want is the complete judgement that is wanted.
type Want struct {
	Findings []Finding         `json:"findings"`          // all of them, info included
	Verdicts map[string]string `json:"verdicts"`          // by path id
	Within   float64           `json:"within"`            // seconds for the whole check
	Vantage  map[string]string `json:"vantage,omitempty"` // by the report's field; those that are not named are not looked at
	Exit     *int              `json:"exit,omitempty"`    // the probe's exit status
}

// Finding is what is compared of a finding.
type Finding struct {
	Code      string `json:"code"`
	Component string `json:"component"`
	Path      string `json:"path"`

	Also []string `json:"also,omitempty"` // the other paths that it breaks; where none are named they are not looked at
}

// Describes reports whether a finding is the one that is wanted.
func (f Finding) Describes(got Finding) bool {
	return f.Code == got.Code && f.Component == got.Component && f.Path == got.Path && (f.Also == nil || slices.Equal(f.Also, got.Also))
}

// Load reads a scenario. Errors name the file and, where there is one, the
// field.
func Load(file string) (Scenario, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Scenario{}, err
	}
	s, err := parse(data)
	if err != nil {
		return Scenario{}, fmt.Errorf("%s: %w", file, err)
	}
	if want := strings.TrimSuffix(filepath.Base(file), ".json"); s.Name != want {
		return Scenario{}, fmt.Errorf("%s: name: %q is not the file's name %q", file, s.Name, want)
	}
	return s, nil
}

func parse(data []byte) (Scenario, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var s Scenario
	if err := d.Decode(&s); err != nil {
		return s, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return s, errors.New("more than one JSON object")
	}
	for _, field := range []struct{ name, value string }{{"name", s.Name}, {"about", s.About}, {"pattern", s.Pattern}} {
		if field.value == "" {
			return s, fmt.Errorf("%s: is required", field.name)
		}
	}
	if s.Want.Within <= 0 {
		return s, errors.New("want.within: is required: seconds for the whole check")
	}
	return s, nil
}

// LoadAll reads the scenarios of a folder whose names match the glob, by name.
func LoadAll(dir, glob string) ([]Scenario, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var all []Scenario
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if ok, err := filepath.Match(glob, name); err != nil {
			return nil, fmt.Errorf("%q is not a glob", glob)
		} else if !ok {
			continue
		}
		s, err := Load(file)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no scenario in %s matches %q", dir, glob)
	}
	return all, nil
}

// World is the scenario's world: the healthy one, patched.
func (s Scenario) World() (*world.World, error) {
	healthy, err := world.Healthy(s.Pattern)
	if err == nil {
		healthy, err = healthy.From(s.Credentials)
	}
	if err == nil {
		healthy, err = healthy.Authorize(s.Authorizer)
	}
	if err == nil && s.MariaDB {
		healthy, err = healthy.WithMariaDB()
	}
	if err == nil && s.Files {
		healthy, err = healthy.WithFiles()
	}
	if err != nil || len(s.Patch) == 0 {
		return healthy, err
	}
	return healthy.Patch(s.Patch)
}
