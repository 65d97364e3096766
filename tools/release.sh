#!/bin/sh
# Makes what a release consists of, in dist/: release.sh VERSION. A program for
# each architecture, what is linked into each (the module list that Go itself
# writes into the program, 'go version -m', and the same as a bill of materials, by
# CycloneDX's own tool), the manual page, the completions of shells, and the
# checksums of them all. ARCHITECTURES limits them.
set -eu
cd "$(dirname "$0")/.."
version=${1:?release.sh VERSION}
rm -rf dist
mkdir dist
for architecture in ${ARCHITECTURES:-amd64 arm64}; do
	program=dist/probe-$version-linux-$architecture
	VERSION=${version#v} REVISION=$(git rev-parse HEAD) GOOS=linux GOARCH=$architecture tools/build.sh "$program" ./cmd/probe
	go version -m "$program" | sed "1s|.*/||" >"$program.modules"
	go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0 bin -json -version "$version" -output "$program.cdx.json" "$program"
done
go test ./cmd/probe -run TestManual -count 1 -write "$PWD/dist/probe.1" >/dev/null
for shell in bash zsh fish; do
	go run ./cmd/probe completion "$shell" >"dist/probe.$shell"
done
cd dist
sha256sum -- * >SHA256SUMS
