#!/bin/sh
# Packages the Helm chart of a version in dist/, with the Helm that deploy/helm
# pins: chart.sh VERSION [REGISTRY]. With a registry, where HELM_USER may write by
# HELM_PASSWORD, the package is pushed to it.
set -eu
cd "$(dirname "$0")/../deploy/helm"
version=${1:?chart.sh VERSION}
version=${version#v}
mkdir -p ../../dist
go tool helm package agentcore-probe --version "$version" --app-version "$version" --destination ../../dist
[ $# -gt 1 ] || exit 0
host=${2#oci://}
printf %s "$HELM_PASSWORD" | go tool helm registry login "${host%%/*}" --username "$HELM_USER" --password-stdin
go tool helm push "../../dist/agentcore-probe-$version.tgz" "$2"
