package aws_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws"
)

// "Common errors" of the API references: InternalFailure, status 500; an unsigned
// request is 400 in the JSON protocols.
func TestAnAPIThatFails(t *testing.T) {
	_, w := dependencies(t)
	w, err := w.Patch(json.RawMessage(`[{"op":"add","path":"/Lab/Hosts/15/Services/0/Refuses","value":"internal-error"}]`)) // an interface of logs
	if err != nil {
		t.Fatal(err)
	}
	services := serving(w)
	for service, want := range map[string]int{aws.ServiceLogs: http.StatusInternalServerError, aws.ServiceDynamoDB: http.StatusBadRequest} {
		r := httptest.NewRequest(http.MethodPost, "https://"+service+".us-east-1.amazonaws.com/", strings.NewReader("{}"))
		r.Header.Set("X-Amz-Target", "Logs_20140328.DescribeLogGroups")
		got := ask(services, service, aws.Arrival{}, r)
		if diff := cmp.Diff([]any{want, want == http.StatusInternalServerError}, []any{got.Code, strings.Contains(got.Body.String(), "InternalFailure")}); diff != "" {
			t.Errorf("%s (-want +got):\n%s%s", service, diff, got.Body)
		}
	}
}
