// Package s3api is Amazon S3 as far as the lab's worlds need it: reading objects
// and listing them ("Amazon S3 API Reference", 2006-03-01). Buckets are
// "Buckets" of the world's part "Lab".
package s3api

import (
	"bytes"
	"crypto/md5" //nolint:gosec // what an ETag is
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// Authorize judges an action on a resource that an account owns; the error is a
// *wire.Fault for a denial.
type Authorize func(action, resource, owner, resourcePolicy string) error

// Question is a request taken apart: a bucket by the host's name or the path, and
// a key ("Virtual hosting of buckets").
type Question struct {
	Operation   string // "" for one that the lab does not serve
	Bucket, Key string
}

// Read takes a request apart.
func Read(r *http.Request, region string) Question {
	host, _, _ := strings.Cut(r.Host, ":")
	path := strings.TrimPrefix(r.URL.Path, "/")
	q := Question{Key: path}
	bucket, virtual := host, false
	for _, suffix := range []string{".s3." + region + ".amazonaws.com", ".s3.amazonaws.com"} {
		if bucket, virtual = strings.CutSuffix(host, suffix); virtual {
			break
		}
	}
	if q.Bucket = bucket; !virtual {
		q.Bucket, q.Key, _ = strings.Cut(path, "/")
	}
	q.Operation = operations[r.Method+" "+q.shape()]
	return q
}

// operations by method and by what is named.
var operations = map[string]string{
	"GET service": "ListBuckets", "GET bucket": "ListObjectsV2", "HEAD bucket": "HeadBucket", "GET object": "GetObject", "HEAD object": "HeadObject",
}

func (q Question) shape() string {
	switch {
	case q.Bucket == "":
		return "service"
	case q.Key == "":
		return "bucket"
	}
	return "object"
}

// notServed answers for what S3 can and the lab cannot.
func notServed() *wire.Fault {
	return wire.Faultf(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")
}

// Serve answers a request whose signature is good, or that is not signed. The
// error is a *wire.Fault for what the caller did wrong.
func (q Question) Serve(w http.ResponseWriter, r *http.Request, doc tree.Object, authorize Authorize) error {
	buckets := tree.Objects(tree.Child(doc, "Lab"), "Buckets")
	switch q.Operation {
	case "":
		return notServed()
	case "ListBuckets":
		return list(w, doc, buckets, authorize)
	}
	bucket, ok := tree.Find(tree.Child(doc, "Lab"), "Buckets", "Name", q.Bucket)
	action, resource := "s3:ListBucket", "arn:aws:s3:::"+q.Bucket
	if q.Key != "" {
		action, resource = "s3:GetObject", resource+"/"+q.Key
	}
	if err := authorize(action, resource, tree.Text(bucket, "Account"), tree.Text(bucket, "Policy")); err != nil {
		return err
	}
	switch {
	case !ok:
		return wire.Faultf(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	case q.Operation == "HeadBucket":
		w.Header().Set("X-Amz-Bucket-Region", tree.Region(doc))
		return nil
	case q.Operation == "ListObjectsV2":
		return listObjects(w, r, bucket)
	}
	object, ok := tree.Find(bucket, "Objects", "Key", q.Key)
	if !ok {
		// Who may not list learns nothing of what is not there ("GetObject").
		if err := authorize("s3:ListBucket", "arn:aws:s3:::"+q.Bucket, tree.Text(bucket, "Account"), tree.Text(bucket, "Policy")); err != nil {
			return err
		}
		return wire.Faultf(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
	}
	return get(w, r, object)
}

// modified is when every object of the lab was written.
var modified = time.Date(2026, time.June, 2, 9, 20, 0, 0, time.UTC)

func contentOf(object tree.Object) ([]byte, error) {
	return base64.StdEncoding.DecodeString(tree.Text(object, "Body"))
}

func etag(body []byte) string {
	sum := md5.Sum(body) //nolint:gosec // what an ETag is
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// get answers with an object, or the range of it that is asked for (RFC 9110,
// section 14).
func get(w http.ResponseWriter, r *http.Request, object tree.Object) error {
	body, err := contentOf(object)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", tree.Text(object, "ContentType"))
	w.Header().Set("ETag", etag(body))
	w.Header().Set("Accept-Ranges", "bytes")
	http.ServeContent(w, r, "", modified, bytes.NewReader(body))
	return nil
}

type bucketsAnswer struct {
	XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListAllMyBucketsResult"`
	Owner   string   `xml:"Owner>ID"`
	Buckets []struct {
		Name         string
		CreationDate string
	} `xml:"Buckets>Bucket"`
}

// list answers ListBuckets: those of the world's account.
func list(w http.ResponseWriter, doc tree.Object, buckets []tree.Object, authorize Authorize) error {
	if err := authorize("s3:ListAllMyBuckets", "*", tree.Account(doc), ""); err != nil {
		return err
	}
	answer := bucketsAnswer{Owner: tree.Account(doc)}
	for _, b := range buckets {
		if tree.Text(b, "Account") == tree.Account(doc) {
			answer.Buckets = append(answer.Buckets, struct{ Name, CreationDate string }{tree.Text(b, "Name"), modified.Format(time.RFC3339)})
		}
	}
	return write(w, answer)
}

type objectsAnswer struct {
	XMLName     xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
	Name        string
	Prefix      string
	KeyCount    int
	MaxKeys     int
	IsTruncated bool
	Next        string          `xml:"NextContinuationToken,omitempty"`
	Contents    []objectsObject `xml:"Contents"`
}

type objectsObject struct {
	Key, LastModified, ETag string
	Size                    int
	StorageClass            string
}

// maxKeys is the largest page, and the default.
const maxKeys = 1000

func listObjects(w http.ResponseWriter, r *http.Request, bucket tree.Object) error {
	query := r.URL.Query()
	if query.Get("list-type") != "2" {
		return notServed()
	}
	answer := objectsAnswer{Name: tree.Text(bucket, "Name"), Prefix: query.Get("prefix"), MaxKeys: maxKeys}
	if text := query.Get("max-keys"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return wire.Faultf(http.StatusBadRequest, "InvalidArgument", "Provided max-keys not an integer or within integer range")
		}
		answer.MaxKeys = min(n, maxKeys)
	}
	var found []any
	for _, o := range tree.Objects(bucket, "Objects") {
		if strings.HasPrefix(tree.Text(o, "Key"), answer.Prefix) {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b any) int {
		return strings.Compare(tree.Text(a.(tree.Object), "Key"), tree.Text(b.(tree.Object), "Key"))
	})
	page, next := tree.Page(found, "Key", query.Get("continuation-token"), answer.MaxKeys)
	for _, one := range page {
		o, _ := one.(tree.Object)
		body, err := contentOf(o)
		if err != nil {
			return err
		}
		answer.Contents = append(answer.Contents, objectsObject{tree.Text(o, "Key"), modified.Format(time.RFC3339), etag(body), len(body), "STANDARD"})
	}
	answer.KeyCount, answer.Next, answer.IsTruncated = len(page), next, next != ""
	return write(w, answer)
}

func write(w http.ResponseWriter, answer any) error {
	text, err := xml.Marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml")
	_, _ = w.Write(append([]byte(xml.Header), text...)) // the client has gone
	return nil
}
