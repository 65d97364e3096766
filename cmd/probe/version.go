package main

import "runtime/debug"

// programVersion is what the program knows of its own making, in a line.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "probe"
	}
	words := "probe " + info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			words += ", revision " + s.Value
		}
	}
	return words + ", " + info.GoVersion
}
