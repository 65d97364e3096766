// Package version says which program this is.
package version

import (
	"cmp"
	"runtime/debug"
)

// What a release is stamped with by tools/build.sh (-X of the linker). A build from
// a checkout is not: Go knows its revision.
var (
	number   string
	revision string
)

// Of is the program's version, the commit that it was built from, and the version
// of Go that built it, as far as they are known.
func Of() (program, commit, goVersion string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return number, revision, ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	return cmp.Or(number, info.Main.Version), cmp.Or(revision, commit), info.GoVersion
}
