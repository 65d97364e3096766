package inventory

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// repeatable lets net/http send a request once more over a new connection when
// one that it had kept turns out to be closed by the server, which may happen at
// any time and says nothing about the way there (RFC 9112, 9.3.1). It does so by
// itself for requests that change nothing and whose body can be had again: all
// requests of an inventory are of that kind, but the SDK's POSTs do not show it.
// A failure of a new connection is not repeated.
type repeatable struct{ client aws.HTTPClient }

// Do implements aws.HTTPClient.
func (r repeatable) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.GetBody == nil {
		body, err := io.ReadAll(request.Body)
		if err := errors.Join(err, request.Body.Close()); err != nil {
			return nil, err
		}
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		request.Body, _ = request.GetBody()
	}
	// The key without a value is net/http's mark for such requests, and is not
	// sent (http.Transport).
	request.Header["X-Idempotency-Key"] = []string{}
	return r.client.Do(request)
}
