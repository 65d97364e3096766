#!/bin/sh
# Builds a program as it is released, in the folder of its module: build.sh OUT PACKAGE
# Nothing of the AWS SDK, of Protocol Buffers and of DNS messages is inlined:
# their time is spent on the network, and the program is a megabyte smaller.
set -eu
CGO_ENABLED=0 exec "${GO:-go}" build -trimpath -ldflags '-s -w' \
	-gcflags='github.com/aws/...=-l' \
	-gcflags='google.golang.org/protobuf/...=-l' \
	-gcflags='github.com/miekg/dns=-l' \
	-o "$1" "$2"
