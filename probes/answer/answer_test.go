package answer_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/probes/answer"
)

// The shapes are those of "AWS JSON 1.1 protocol" and "AWS restJson1 protocol"
// (Smithy), of the Query protocol (STS, RDS) and of EC2's variant of it.
func TestRead(t *testing.T) {
	for _, test := range []struct {
		name   string
		header http.Header
		body   string
		want   answer.Answer
	}{
		{
			"restJson1 header with a link",
			http.Header{"X-Amzn-Errortype": {"AccessDeniedException:http://internal.amazon.com/coral/"}, "X-Amzn-Requestid": {"id-1"}},
			`{"message":"no"}`,
			answer.Answer{Status: 403, Type: "AccessDeniedException", Message: "no", RequestID: "id-1"},
		},
		{
			"JSON __type with a namespace", nil, `{"__type":"com.amazon.coral.service#UnrecognizedClientException","Message":"bad"}`,
			answer.Answer{Status: 403, Type: "UnrecognizedClientException", Message: "bad"},
		},
		{
			"JSON code", nil, `{"code":"ValidationException","message":"m"}`,
			answer.Answer{Status: 403, Type: "ValidationException", Message: "m"},
		},
		{
			"Query XML", nil,
			`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>no such</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`,
			answer.Answer{Status: 403, Type: "InvalidClientTokenId", Message: "no such", RequestID: "r-1"},
		},
		{
			"EC2 XML", nil,
			`<?xml version="1.0"?><Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able</Message></Error></Errors><RequestID>r-2</RequestID></Response>`,
			answer.Answer{Status: 403, Type: "AuthFailure", Message: "AWS was not able", RequestID: "r-2"},
		},
		{
			"S3 XML", nil,
			`<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code><Message>The resource you requested does not exist</Message><Resource>/mybucket/myfoto.jpg</Resource><RequestId>4442587FB7D0A2F9</RequestId></Error>`,
			answer.Answer{Status: 403, Type: "NoSuchKey", Message: "The resource you requested does not exist", RequestID: "4442587FB7D0A2F9"},
		},
		{
			"canonical request with a token is cut", nil,
			`{"__type":"InvalidSignatureException","message":"does not match.\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:SECRET'"}`,
			answer.Answer{Status: 403, Type: "InvalidSignatureException", Message: "does not match."},
		},
		{
			"EC2's encoded message is cut", nil,
			`<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>Not authorized. Encoded authorization failure message: abcd</Message></Error></Errors></Response>`,
			answer.Answer{Status: 403, Type: "UnauthorizedOperation", Message: "Not authorized."},
		},
		{"a proxy's page", nil, `<html><body>Blocked by policy</body></html>`, answer.Answer{Status: 403}},
		{"wrong member types", nil, `{"__type":7,"message":["x"]}`, answer.Answer{Status: 403}},
		{"cut JSON", nil, `{"__type":"Acc`, answer.Answer{Status: 403}},
		{
			"control characters", http.Header{"X-Amzn-Errortype": {"Evil\x1b[31m"}}, `{"message":"a\u001b[2J\u202e"}`,
			answer.Answer{Status: 403, Type: `Evil\x1b[31m`, Message: `a\x1b[2J\u202e`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := answer.Read(403, test.header, []byte(test.body))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadBoundsMessage(t *testing.T) {
	got := answer.Read(400, nil, []byte(`{"message":"`+strings.Repeat("m", 1<<20)+`"}`))
	if len(got.Message) > 1100 {
		t.Errorf("message of %d bytes kept", len(got.Message))
	}
}
