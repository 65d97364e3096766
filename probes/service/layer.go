package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/answer"
	"github.com/agentcore-probe/probe/probes/escape"
	"github.com/agentcore-probe/probe/probes/roundtrip"
)

// Layer is a layer of an image, with the link that Amazon ECR has signed for it.
type Layer struct {
	Digest string
	Link   string // a secret for as long as it is valid
}

const maxECR = 4 << 20 // bytes of an answer of Amazon ECR

// CostLayerRequests is how often Amazon ECR is asked for a link to a layer of an
// image: for the manifest, and for the link. A list of manifests, as images for
// several platforms have, is one request more.
const CostLayerRequests = 2

// manifests are the kinds of manifest that are asked for ("Image Manifest
// Version 2, Schema 2"; OCI image specification, v1.1).
var manifests = []string{
	"application/vnd.docker.distribution.manifest.v2+json", "application/vnd.docker.distribution.manifest.list.v2+json",
	"application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json",
}

// image is an image's name taken apart: registry/repository:tag or @digest.
type image struct{ repository, tag, digest string }

func parseImage(name string) (image, bool) {
	_, rest, found := strings.Cut(name, "/")
	repository, digest, byDigest := strings.Cut(rest, "@")
	repository, tag, _ := strings.Cut(repository, ":")
	if !byDigest && tag == "" {
		tag = "latest"
	}
	if byDigest {
		tag = ""
	}
	return image{repository, tag, digest}, found && repository != ""
}

// The operations of Amazon ECR that lead to a layer.
const (
	batchGetImage       = "BatchGetImage"
	downloadURLForLayer = "GetDownloadUrlForLayer"
)

// LayerActions are the IAM actions that Layer takes.
func LayerActions() []string { return []string{"ecr:" + batchGetImage, "ecr:" + downloadURLForLayer} }

// Layer asks Amazon ECR for a link to the first layer of an image, over client,
// as a container runtime does ("BatchGetImage", "GetDownloadUrlForLayer", Amazon
// ECR API Reference). The error says why there is none, without secrets.
func (r Reader) Layer(ctx context.Context, client *http.Client, api, name string) (Layer, error) {
	of, ok := parseImage(name)
	if !ok {
		return Layer{}, errors.New("the name of the image is not one of Amazon ECR's")
	}
	id := map[string]string{"imageTag": of.tag}
	if of.digest != "" {
		id = map[string]string{"imageDigest": of.digest}
	}
	for range 2 { // a list of manifests leads to one
		var found struct {
			Images []struct {
				ImageManifest string `json:"imageManifest"`
			} `json:"images"`
		}
		err := r.ecr(ctx, client, api, batchGetImage, map[string]any{"repositoryName": of.repository, "imageIds": []any{id}, "acceptedMediaTypes": manifests}, &found)
		if err != nil {
			return Layer{}, err
		}
		var manifest struct {
			Layers, Manifests []struct{ Digest string }
		}
		switch {
		case len(found.Images) == 0:
			return Layer{}, fmt.Errorf("Amazon ECR has no image %s", escape.Line(name, maxName)) //nolint:staticcheck // a name
		case json.Unmarshal([]byte(found.Images[0].ImageManifest), &manifest) != nil || len(manifest.Layers)+len(manifest.Manifests) == 0:
			return Layer{}, errors.New("the manifest of the image names no layer")
		case len(manifest.Layers) > 0:
			return r.link(ctx, client, api, of.repository, manifest.Layers[0].Digest)
		}
		id = map[string]string{"imageDigest": manifest.Manifests[0].Digest}
	}
	return Layer{}, errors.New("the manifest of the image names no layer")
}

const maxName = 255

func (r Reader) link(ctx context.Context, client *http.Client, api, repository, digest string) (Layer, error) {
	var found struct {
		DownloadURL string `json:"downloadUrl"`
	}
	err := r.ecr(ctx, client, api, downloadURLForLayer, map[string]any{"repositoryName": repository, "layerDigest": digest}, &found)
	return Layer{Digest: escape.Line(digest, maxName), Link: found.DownloadURL}, err
}

// ecr asks Amazon ECR something.
func (r Reader) ecr(ctx context.Context, client *http.Client, api, operation string, input map[string]any, output any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return err
	}
	q := question{signingName: "ecr", action: "ecr:" + operation, contentType: json11, target: "AmazonEC2ContainerRegistry_V20150921." + operation, body: string(body)}
	request, err := r.request(ctx, q, api)
	if err != nil {
		return err
	}
	reply, err := client.Do(request)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return fmt.Errorf("%s: %s", q.action, escape.Line(err.Error(), maxName))
	}
	defer func() { _ = reply.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(reply.Body, maxECR))
	if err != nil {
		return fmt.Errorf("%s: the answer ends early", q.action)
	}
	if reply.StatusCode != http.StatusOK {
		said := answer.Read(reply.StatusCode, reply.Header, []byte(r.hide(string(text))))
		failure, _ := answer.Classify(reply.StatusCode, said.Type, said.Message)
		return fmt.Errorf("%s: %s", q.action, failure)
	}
	if json.Unmarshal(text, output) != nil {
		return fmt.Errorf("%s: the answer is not Amazon ECR's", q.action)
	}
	return nil
}

// Byte fetches the first byte of a layer over conn, which leads to Amazon S3 under
// the name that is given. That proves what a pull of the image needs of S3: the
// way there, and an endpoint policy that admits the layer. A link to another host
// is not followed.
func (l Layer) Byte(ctx context.Context, conn net.Conn, name string, limit time.Duration) (map[netpath.HopName]netpath.Evidence, netpath.Step) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.Link, http.NoBody)
	if err != nil || request.URL.Hostname() != name || request.URL.Scheme != "https" {
		e, step := Bucket(ctx, conn, name, limit)
		e.Detail += ": its link leads to another host"
		return map[netpath.HopName]netpath.Evidence{netpath.HopService: e}, step
	}
	request.Close = true
	request.Header.Set("Range", "bytes=0-0")
	reply, step := roundtrip.Do(ctx, conn, request, limit)
	e := netpath.Evidence{Status: netpath.StatusPass, Failure: step.Failure, Detail: step.Detail, Duration: step.Duration, Facts: netpath.Facts{"image_layer": l.Digest}}
	if reply.Status == 0 || step.Failure != "" {
		e.Status = netpath.StatusFail
		return map[netpath.HopName]netpath.Evidence{netpath.HopService: e}, step
	}
	e.Facts["http_status"] = strconv.Itoa(reply.Status)
	if reply.Status == http.StatusPartialContent || reply.Status == http.StatusOK {
		e.Detail = "the first byte of the layer " + l.Digest + " came by the link that Amazon ECR signed"
		return map[netpath.HopName]netpath.Evidence{netpath.HopService: e, netpath.HopEndpointPolicy: e}, step
	}
	said := answer.Read(reply.Status, reply.Header, reply.Body)
	var facts netpath.Facts
	e.Failure, facts = answer.Classify(reply.Status, said.Type, "")
	e.Status = netpath.StatusFail
	e.Facts["aws_error"] = facts["aws_error"]
	e.Detail = fmt.Sprintf("Amazon S3 answers the link to the layer %s with HTTP status %d, %s", l.Digest, reply.Status, said.Type)
	step.Failure, step.Detail = e.Failure, e.Detail
	if e.Failure != netpath.FailureDenied {
		return map[netpath.HopName]netpath.Evidence{netpath.HopService: e}, step
	}
	e.Facts["action"], e.Facts["principal"] = "s3:GetObject", "*"
	answers := netpath.Evidence{Status: netpath.StatusPass, Detail: "it answers with a denial", Facts: netpath.Facts{}}
	return map[netpath.HopName]netpath.Evidence{netpath.HopService: answers, netpath.HopEndpointPolicy: e}, step
}
