// Package ecr is Amazon Elastic Container Registry as far as the lab's worlds
// need it: the API by which an image is found, and the registry that Docker and
// containerd speak to ("Amazon ECR API Reference", 2015-09-21; "Using the ECR
// registry HTTP API").
//
// Repositories and images are "repositories" and "images" of the document, in the
// shape of describe-repositories and batch-get-image. Layers are objects of a
// bucket of Amazon ECR's.
package ecr

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// Service is the API and registry of one region, for one request.
type Service struct {
	Doc tree.Object
	Now time.Time
	// Presign makes a link to an object of a bucket.
	Presign func(bucket, key string) (string, error)
}

// Authorize judges an action on a resource, as agentcore.Authorize does.
type Authorize = func(action, resource, resourcePolicy string) error

// operations are those of the API.
var operations = map[string]func(Service, tree.Object, Authorize) (tree.Object, error){
	"DescribeRepositories":        Service.describe,
	"BatchGetImage":               Service.images,
	"GetDownloadUrlForLayer":      Service.layer,
	"BatchCheckLayerAvailability": Service.layers,
}

// Do carries out an operation other than GetAuthorizationToken. The error is a
// *wire.Fault for what the caller did wrong.
func (s Service) Do(operation string, input tree.Object, authorize Authorize) (tree.Object, error) {
	do, ok := operations[operation]
	if !ok {
		return nil, wire.Faultf(http.StatusBadRequest, "UnknownOperationException", "")
	}
	return do(s, input, authorize)
}

func (s Service) arn(repository string) string { return tree.ARN(s.Doc, "ecr repository/"+repository) }

func badParameter(format string, args ...any) *wire.Fault {
	return wire.Faultf(http.StatusBadRequest, "InvalidParameterException", "Invalid parameter at "+format, args...)
}

// describe authorizes on every repository where none is named.
func (s Service) describe(input tree.Object, authorize Authorize) (tree.Object, error) {
	names := tree.Strings(input, "repositoryNames")
	asked := names
	if len(names) == 0 {
		asked = []string{"*"}
	}
	for _, name := range asked {
		if err := authorize("ecr:DescribeRepositories", s.arn(name), ""); err != nil {
			return nil, err
		}
	}
	var found []any
	for _, r := range tree.Objects(s.Doc, "repositories") {
		if len(names) == 0 || slices.Contains(names, tree.Text(r, "repositoryName")) {
			found = append(found, r)
		}
	}
	for _, name := range names {
		if err := s.there(name); err != nil {
			return nil, err
		}
	}
	limit := 100
	if text := tree.Text(input, "maxResults"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 1000 {
			return nil, badParameter("'maxResults' failed to satisfy constraint: 'Member must be between 1 and 1000'")
		}
	}
	page, next := tree.Page(found, "repositoryName", tree.Text(input, "nextToken"), limit)
	answer := tree.Object{"repositories": page}
	if next != "" {
		answer["nextToken"] = next
	}
	return answer, nil
}

// there returns a fault for a repository that is not there.
func (s Service) there(name string) error {
	if _, ok := tree.Find(s.Doc, "repositories", "repositoryName", name); !ok {
		return wire.Faultf(http.StatusBadRequest, "RepositoryNotFoundException",
			"The repository with name '%s' does not exist in the registry with id '%s'", name, tree.Account(s.Doc))
	}
	return nil
}

// image finds an image of a repository by its tag or digest.
func (s Service) image(repository, tag, digest string) (tree.Object, bool) {
	for _, i := range tree.Objects(s.Doc, "images") {
		id := tree.Child(i, "imageId")
		if tree.Text(i, "repositoryName") == repository && (tag == "" || tree.Text(id, "imageTag") == tag) && (digest == "" || tree.Text(id, "imageDigest") == digest) {
			return i, true
		}
	}
	return nil, false
}

func (s Service) images(input tree.Object, authorize Authorize) (tree.Object, error) {
	name := tree.Text(input, "repositoryName")
	if err := authorize("ecr:BatchGetImage", s.arn(name), ""); err != nil {
		return nil, err
	}
	if err := s.there(name); err != nil {
		return nil, err
	}
	found, failures := []any{}, []any{}
	for _, id := range tree.Objects(input, "imageIds") {
		if i, ok := s.image(name, tree.Text(id, "imageTag"), tree.Text(id, "imageDigest")); ok {
			found = append(found, i)
		} else {
			failures = append(failures, tree.Object{"imageId": id, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"})
		}
	}
	return tree.Object{"images": found, "failures": failures}, nil
}

// manifest is what is read of an image manifest ("Image Manifest Version 2,
// Schema 2").
type manifest struct {
	Config blob
	Layers []blob
}

type blob struct {
	MediaType string
	Size      int
	Digest    string
}

// blobOf finds a layer, or the configuration, of any image of a repository.
func (s Service) blobOf(repository, digest string) (blob, bool) {
	for _, i := range tree.Objects(s.Doc, "images") {
		var m manifest
		if tree.Text(i, "repositoryName") != repository || json.Unmarshal([]byte(tree.Text(i, "imageManifest")), &m) != nil {
			continue
		}
		for _, b := range append(m.Layers, m.Config) {
			if b.Digest == digest {
				return b, true
			}
		}
	}
	return blob{}, false
}

func (s Service) layer(input tree.Object, authorize Authorize) (tree.Object, error) {
	name, digest := tree.Text(input, "repositoryName"), tree.Text(input, "layerDigest")
	link, err := s.link(name, digest, authorize)
	return tree.Object{"downloadUrl": link, "layerDigest": digest}, err
}

// link is a presigned link to a layer.
func (s Service) link(repository, digest string, authorize Authorize) (string, error) {
	if err := authorize("ecr:GetDownloadUrlForLayer", s.arn(repository), ""); err != nil {
		return "", err
	}
	if err := s.there(repository); err != nil {
		return "", err
	}
	if _, ok := s.blobOf(repository, digest); !ok {
		return "", wire.Faultf(http.StatusBadRequest, "LayersNotFoundException",
			"The layer with digest '%s' does not exist in the repository with name '%s' in the registry with id '%s'", digest, repository, tree.Account(s.Doc))
	}
	return s.Presign(Bucket(tree.Region(s.Doc)), Key(tree.Account(s.Doc), digest))
}

func (s Service) layers(input tree.Object, authorize Authorize) (tree.Object, error) {
	name := tree.Text(input, "repositoryName")
	if err := authorize("ecr:BatchCheckLayerAvailability", s.arn(name), ""); err != nil {
		return nil, err
	}
	found, failures := []any{}, []any{}
	for _, digest := range tree.Strings(input, "layerDigests") {
		if b, ok := s.blobOf(name, digest); ok {
			found = append(found, tree.Object{"layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": b.Size, "mediaType": b.MediaType})
		} else {
			failures = append(failures, tree.Object{"layerDigest": digest, "failureCode": "MissingLayerDigest", "failureReason": "Layer not found"})
		}
	}
	return tree.Object{"layers": found, "failures": failures}, nil
}

// Bucket is where Amazon ECR keeps the layers of a Region ("Amazon ECR interface
// VPC endpoints": minimum Amazon S3 bucket permissions).
func Bucket(region string) string { return fmt.Sprintf("prod-%s-starport-layer-bucket", region) }

// Key is the lab's name of a layer in the bucket; AWS's is not documented.
func Key(account, digest string) string { return account + "/" + strings.TrimPrefix(digest, "sha256:") }
