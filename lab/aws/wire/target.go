package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// ParseTarget reads a request of the JSON protocols: the operation is the last
// part of X-Amz-Target, the input is the body. Numbers stay text.
func ParseTarget(r *http.Request, body []byte) (operation string, input map[string]any, fault *Fault) {
	target := r.Header.Get("X-Amz-Target")
	operation = target[strings.LastIndex(target, ".")+1:]
	if len(bytes.TrimSpace(body)) == 0 {
		return operation, map[string]any{}, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&input); err != nil || input == nil {
		return operation, nil, Faultf(http.StatusBadRequest, "SerializationException", "The request body is not a JSON object")
	}
	return operation, input, nil
}
