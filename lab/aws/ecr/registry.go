package ecr

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// The actions of the registry: what its requests are in the API's words.
const (
	ActionManifest = "BatchGetImage"
	ActionBlob     = "GetDownloadUrlForLayer"
)

// Action returns the action that a request to the registry is, with repository
// and tag or digest; "" for none, such as for the base /v2/.
func Action(r *http.Request) (action, repository, reference string) {
	for word, action := range map[string]string{"/manifests/": ActionManifest, "/blobs/": ActionBlob} {
		path, ok := strings.CutPrefix(r.URL.Path, "/v2/")
		if i := strings.LastIndex(path, word); ok && i > 0 && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			return action, path[:i], path[i+len(word):]
		}
	}
	return "", "", ""
}

// ServeRegistry answers an authorized request ("API", OCI distribution
// specification). The error is a *wire.Fault for what the caller did wrong.
func (s Service) ServeRegistry(w http.ResponseWriter, r *http.Request, authorize Authorize) error {
	action, repository, reference := Action(r)
	switch {
	case action == ActionManifest:
		return translated(s.manifest(w, repository, reference, authorize))
	case action == ActionBlob:
		link, err := s.link(repository, reference, authorize)
		if err != nil {
			return translated(err)
		}
		w.Header().Set("Location", link)
		w.WriteHeader(http.StatusTemporaryRedirect)
		return nil
	case r.URL.Path == "/v2/" && r.Method == http.MethodGet:
		w.WriteHeader(http.StatusOK)
		return nil
	}
	return wire.Faultf(http.StatusNotFound, "UNSUPPORTED", "the lab's registry does not know %s %s", r.Method, r.URL.Path)
}

func (s Service) manifest(w http.ResponseWriter, repository, reference string, authorize Authorize) error {
	if err := authorize("ecr:BatchGetImage", s.arn(repository), ""); err != nil {
		return err
	}
	if err := s.there(repository); err != nil {
		return err
	}
	tag, digest := reference, ""
	if strings.HasPrefix(reference, "sha256:") {
		tag, digest = "", reference
	}
	image, ok := s.image(repository, tag, digest)
	if !ok {
		return wire.Faultf(http.StatusNotFound, "MANIFEST_UNKNOWN", "Requested image not found")
	}
	text := tree.Text(image, "imageManifest")
	w.Header().Set("Content-Type", tree.Text(image, "imageManifestMediaType"))
	w.Header().Set("Docker-Content-Digest", tree.Text(tree.Child(image, "imageId"), "imageDigest"))
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = io.WriteString(w, text) // the client has gone
	return nil
}

// translated gives the API's faults the codes that registries have.
func translated(err error) error {
	var fault *wire.Fault
	if !errors.As(err, &fault) {
		return err
	}
	switch fault.Code {
	case "AccessDeniedException":
		return wire.Faultf(http.StatusForbidden, "DENIED", "%s", fault.Message)
	case "RepositoryNotFoundException":
		return wire.Faultf(http.StatusNotFound, "NAME_UNKNOWN", "%s", fault.Message)
	case "LayersNotFoundException":
		return wire.Faultf(http.StatusNotFound, "BLOB_UNKNOWN", "%s", fault.Message)
	}
	return err
}
