package service_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/service"
)

const (
	host  = "example.com" // what httptest's certificate is for
	link  = "https://example.com/layer?X-Amz-Signature=0123"
	layer = "sha256:6c3c624b58dbbcd3c0dd82b4c53f04194d1247c6eebdaab7c610cf7d66709b3b"
)

// registry answers as Amazon ECR does ("BatchGetImage", "GetDownloadUrlForLayer",
// Amazon ECR API Reference).
func registry(t *testing.T, answers map[string]string) *http.Client {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		body, err := io.ReadAll(r.Body)
		answer, ok := answers[operation+" "+string(body)]
		if !ok {
			answer, ok = answers[operation]
		}
		if !ok || err != nil || !strings.Contains(r.Header.Get("Authorization"), "/us-east-1/ecr/aws4_request") {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"__type":"AccessDeniedException","message":"User: arn:aws:iam::123456789012:user/probe is not authorized"}`)
			return
		}
		io.WriteString(w, answer)
	}))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
		},
	}}
}

func images(manifest string) string {
	text, _ := json.Marshal(map[string]any{"images": []any{map[string]any{"imageManifest": manifest}}})
	return string(text)
}

// Manifests: "Image Manifest Version 2, Schema 2" and the OCI image index.
func TestALayerIsFound(t *testing.T) {
	const (
		manifest = `{"schemaVersion":2,"layers":[{"digest":"` + layer + `"},{"digest":"sha256:ffff"}]}`
		index    = `{"schemaVersion":2,"manifests":[{"digest":"sha256:aaaa"}]}`
		download = `{"downloadUrl":"` + link + `","layerDigest":"` + layer + `"}`
	)
	const accepted = `"acceptedMediaTypes":["application/vnd.docker.distribution.manifest.v2+json","application/vnd.docker.distribution.manifest.list.v2+json","application/vnd.oci.image.manifest.v1+json","application/vnd.oci.image.index.v1+json"]`
	ask := func(id string) string {
		return `BatchGetImage {` + accepted + `,"imageIds":[{` + id + `}],"repositoryName":"agents/support"}`
	}
	for _, test := range []struct {
		label, image string
		answers      map[string]string
		want         string
	}{
		{"by tag", "agents/support:3", map[string]string{ask(`"imageTag":"3"`): images(manifest), "GetDownloadUrlForLayer": download}, ""},
		{"by digest", "agents/support@sha256:cccc", map[string]string{ask(`"imageDigest":"sha256:cccc"`): images(manifest), "GetDownloadUrlForLayer": download}, ""},
		{"the latest", "agents/support", map[string]string{ask(`"imageTag":"latest"`): images(manifest), "GetDownloadUrlForLayer": download}, ""},
		{"by an index", "agents/support:3", map[string]string{ask(`"imageTag":"3"`): images(index), ask(`"imageDigest":"sha256:aaaa"`): images(manifest), "GetDownloadUrlForLayer": download}, ""},
		{"no such image", "agents/support:3", map[string]string{"BatchGetImage": `{"images":[],"failures":[{"failureCode":"ImageNotFound"}]}`}, "Amazon ECR has no image registry.example/agents/support:3"},
		{"we may not look", "agents/support:3", nil, "ecr:BatchGetImage: access_denied"},
		{"we may not fetch", "agents/support:3", map[string]string{"BatchGetImage": images(manifest)}, "ecr:GetDownloadUrlForLayer: access_denied"},
		{"not a manifest", "agents/support:3", map[string]string{"BatchGetImage": images(`{}`)}, "the manifest of the image names no layer"},
	} {
		t.Run(test.label, func(t *testing.T) {
			client := registry(t, test.answers)
			asked := &counting{RoundTripper: client.Transport}
			client.Transport = asked
			r := service.Reader{Credentials: aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/secret"}, Region: "us-east-1", Now: time.Now}
			got, err := r.Layer(t.Context(), client, host, "registry.example/"+test.image)
			if test.want != "" {
				if err == nil || err.Error() != test.want {
					t.Errorf("error %v, want %s", err, test.want)
				}
				return
			}
			if diff := cmp.Diff(service.Layer{Digest: layer, Link: link}, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			requests := service.CostLayerRequests
			if test.label == "by an index" {
				requests++
			}
			if asked.requests != requests {
				t.Errorf("%d requests, %d are declared", asked.requests, requests)
			}
		})
	}
}

// counting counts requests.
type counting struct {
	http.RoundTripper
	requests int
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests++
	return c.RoundTripper.RoundTrip(r)
}

// RFC 9110, 15.3.7: a range is answered with 206. "Error responses" (Amazon S3
// API Reference) has AccessDenied.
func TestAByteOfALayer(t *testing.T) {
	for _, test := range []struct {
		label, link, answer string
		asked               string
		want                map[netpath.HopName]netpath.Status
	}{
		{"comes", link, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-0/42\r\nContent-Length: 1\r\n\r\nx", "bytes=0-0",
			map[netpath.HopName]netpath.Status{netpath.HopService: netpath.StatusPass, netpath.HopEndpointPolicy: netpath.StatusPass}},
		{"is denied", link, "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", "bytes=0-0",
			map[netpath.HopName]netpath.Status{netpath.HopService: netpath.StatusPass, netpath.HopEndpointPolicy: netpath.StatusFail}},
		{"is not there", link, "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n<Error><Code>NoSuchKey</Code></Error>", "bytes=0-0",
			map[netpath.HopName]netpath.Status{netpath.HopService: netpath.StatusFail}},
		{"a link to elsewhere is not followed", "https://evil.example/layer", "HTTP/1.1 403 Forbidden\r\nx-amz-request-id: T4PG\r\nContent-Length: 0\r\n\r\n", "",
			map[netpath.HopName]netpath.Status{netpath.HopService: netpath.StatusPass}},
	} {
		t.Run(test.label, func(t *testing.T) {
			a, b := net.Pipe()
			defer a.Close()
			asked := make(chan *http.Request, 1)
			go answerOnce(b, test.answer, asked)
			hops, _ := service.Layer{Digest: layer, Link: test.link}.Byte(t.Context(), a, host, time.Second)
			got := map[netpath.HopName]netpath.Status{}
			for hop, e := range hops {
				got[hop] = e.Status
				if strings.Contains(e.Detail, "X-Amz-Signature") {
					t.Errorf("the link in %q", e.Detail)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r := <-asked; r == nil || r.Host != host || r.Header.Get("Range") != test.asked {
				t.Errorf("asked %+v", r)
			}
		})
	}
}
