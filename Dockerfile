# The probe and the certificate authorities, nothing else: no shell, no libc, no
# package manager. One build stage makes every architecture, by cross-compiling:
#
#	docker buildx build --platform linux/amd64,linux/arm64 .
#	tools/image.sh                                     # with podman, reproducible
#
# GO is the image with the Go toolchain that go.mod asks for: its version to the
# patch, and the Debian whose certificate authorities are taken. A tag can be moved. No
# digest stands here because none could be looked up where this was written; a
# release's provenance names the one that it was built with. To choose one:
#
#	docker buildx build --build-arg GO=docker.io/library/golang@sha256:… .
ARG GO=docker.io/library/golang:1.26.8-trixie

FROM --platform=$BUILDPLATFORM ${GO} AS build
ARG TARGETOS TARGETARCH VERSION=devel REVISION=unknown
WORKDIR /src
COPY . .
RUN VERSION=$VERSION REVISION=$REVISION GOOS=$TARGETOS GOARCH=$TARGETARCH GOFLAGS=-buildvcs=false tools/build.sh /out/probe ./cmd/probe

FROM scratch
ARG VERSION=devel REVISION=unknown
LABEL org.opencontainers.image.title="AgentCore Probe" \
      org.opencontainers.image.description="Tells why an agent on Amazon Bedrock AgentCore Runtime cannot be reached, cannot reach what it needs, or is exposed" \
      org.opencontainers.image.source="https://github.com/agentcore-probe/probe" \
      org.opencontainers.image.documentation="https://github.com/agentcore-probe/probe/blob/main/README.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/probe /probe
# A number: Kubernetes' runAsNonRoot does not believe names.
USER 65532:65532
EXPOSE 9879
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["/probe", "healthz"]
ENTRYPOINT ["/probe"]
# The default listens on loopback, which nobody outside of the container reaches.
CMD ["serve", "--web.listen-address=:9879"]
