#!/bin/sh
# Installs the Debian packages that the lab's tests and the demo use, when they
# are missing and we are root. Without them the tests that need them say so.
# packages.sh browser: and a browser, which is large and only tests use.
set -eu

missing=
command -v /usr/bin/aws >/dev/null || missing="$missing awscli"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
command -v /usr/sbin/mariadbd >/dev/null || missing="$missing mariadb-server"
command -v /usr/bin/promtool >/dev/null || missing="$missing prometheus"
command -v /usr/bin/amtool >/dev/null || missing="$missing prometheus-alertmanager"
command -v mandoc >/dev/null || missing="$missing mandoc"
command -v systemd-analyze >/dev/null || missing="$missing systemd"
if [ "${1:-}" = browser ]; then
	command -v chromium >/dev/null || missing="$missing chromium fonts-dejavu-core"
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	echo "not installed, and we are not root on Debian:$missing; what needs them is skipped" >&2
	exit 0
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null
# shellcheck disable=SC2086 # a list of packages
apt-get install -y -qq --no-install-recommends $missing >/dev/null
