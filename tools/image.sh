#!/bin/sh
# Builds the container image with podman, the same bytes from the same commit:
# image.sh [NAME] [option of podman build…]. Times come from the commit, not from
# the clock (SOURCE_DATE_EPOCH, reproducible-builds.org). For another architecture:
# --platform linux/arm64. Docker's format holds an id that podman makes up; with
# --format oci --layers=false the image's digest is the same each time, too.
set -eu
cd "$(dirname "$0")/.."
name=${1:-localhost/agentcore-probe:devel}
[ $# -eq 0 ] || shift
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
# HEALTHCHECK is a field of Docker's format and not of OCI's. Older podman does not
# know BUILDPLATFORM.
exec podman build --format docker --timestamp "$epoch" \
	--build-arg BUILDPLATFORM="$(podman info --format '{{.Host.OS}}/{{.Host.Arch}}')" \
	--build-arg VERSION="${VERSION:-$(git describe --always --dirty)}" \
	--build-arg REVISION="${REVISION:-$(git rev-parse HEAD)}" \
	--tag "$name" "$@" .
