#!/bin/sh
# Builds the container image with podman, the same bytes from the same commit:
# image.sh [NAME] [option of podman build…]. Times come from the commit, not from
# the clock (SOURCE_DATE_EPOCH, reproducible-builds.org).
set -eu
cd "$(dirname "$0")/.."
name=${1:-localhost/agentcore-probe:devel}
[ $# -eq 0 ] || shift
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
# HEALTHCHECK is a field of Docker's format and not of OCI's.
exec podman build --format docker --timestamp "$epoch" \
	--build-arg VERSION="${VERSION:-$(git describe --always --dirty)}" \
	--build-arg REVISION="${REVISION:-$(git rev-parse HEAD)}" \
	--tag "$name" "$@" .
