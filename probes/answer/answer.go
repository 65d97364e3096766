// Package answer reads what an AWS service answered: the error's type, its
// text and the request's id out of a response, and the failure that they
// stand for.
//
// A status code alone never decides that a policy denied a call, or that a
// call arrived at AWS: proxies answer 403 as well, and AgentCore answers 403
// for a container that did not start. What decides is the error's type and,
// where one type stands for several causes, the sentence that AWS documents.
package answer

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/probes/escape"
)

// Limits of what is kept of an answer, in bytes.
const (
	maxType    = 128
	maxMessage = 1024
)

// Answer is an AWS error response taken apart. Its texts are escaped and
// bounded. Type is empty where the response is no AWS error.
type Answer struct {
	Status    int
	Type      string // without namespace and link: "AccessDeniedException"
	Message   string
	RequestID string
}

// Read takes a response apart as the AWS protocols define it: the error's type
// in the header x-amzn-ErrorType (cut at ":"), in JSON's "__type" or "code"
// (cut before "#"), or in XML's <Code>.
func Read(status int, header http.Header, body []byte) Answer {
	a := Answer{Status: status, RequestID: requestID(header)}
	var parsed document
	switch trimmed := strings.TrimSpace(string(body)); {
	case strings.HasPrefix(trimmed, "{"):
		parsed = fromJSON(body)
	case strings.HasPrefix(trimmed, "<"):
		parsed = fromXML(body)
	}
	a.Type = typeName(header.Get("X-Amzn-Errortype"))
	if a.Type == "" {
		a.Type = typeName(parsed.code)
	}
	a.Message = scrub(parsed.message)
	if a.RequestID == "" {
		a.RequestID = escape.Line(parsed.requestID, maxType)
	}
	return a
}

// Skew is how far our clock was ahead of the server's Date (RFC 9110, 6.6.1),
// which has a resolution of one second, when an answer was received.
func Skew(header http.Header, received time.Time) (time.Duration, bool) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return 0, false
	}
	return received.Sub(date), true
}

type document struct{ code, message, requestID string }

// fromJSON ignores members of an unexpected type: what else the object says
// still counts.
func fromJSON(body []byte) document {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return document{}
	}
	text := func(keys ...string) string {
		for _, key := range keys {
			var s string
			if raw, ok := fields[key]; ok && json.Unmarshal(raw, &s) == nil && s != "" {
				return s
			}
		}
		return ""
	}
	return document{code: text("__type", "code", "Code"), message: text("message", "Message", "errorMessage")}
}

// fromXML reads three shapes: Query's <ErrorResponse><Error>…<RequestId>, EC2's
// <Response><Errors><Error>…<RequestID>, and Amazon S3's <Error><Code>…
// ("Error responses", Amazon S3 API Reference).
func fromXML(body []byte) document {
	type failure struct {
		Code    string `xml:"Code"`
		Message string `xml:"Message"`
	}
	var d struct {
		XMLName   xml.Name
		Query     failure `xml:"Error"`
		EC2       failure `xml:"Errors>Error"`
		RequestID string  `xml:"RequestId"`
		EC2ID     string  `xml:"RequestID"`
		failure           // Amazon S3's
	}
	if xml.Unmarshal(body, &d) != nil {
		return document{}
	}
	switch d.XMLName.Local {
	case "Error":
		return document{code: d.Code, message: d.Message, requestID: d.RequestID}
	case "Response":
		return document{code: d.EC2.Code, message: d.EC2.Message, requestID: d.EC2ID}
	}
	return document{code: d.Query.Code, message: d.Query.Message, requestID: d.RequestID}
}

func requestID(header http.Header) string {
	for _, name := range []string{"X-Amzn-Requestid", "X-Amz-Request-Id"} {
		if id := header.Get(name); id != "" {
			return escape.Line(id, maxType)
		}
	}
	return ""
}

func typeName(text string) string {
	text, _, _ = strings.Cut(text, ":")
	if i := strings.LastIndexByte(text, '#'); i >= 0 {
		text = text[i+1:]
	}
	return escape.Line(strings.TrimSpace(text), maxType)
}

// scrub drops what AWS appends to some messages: a mismatch of signatures is
// followed by the canonical request, which repeats the session token, and
// EC2's denials by an encoded blob.
func scrub(message string) string {
	for _, from := range []string{"The Canonical String", "The String-to-Sign", "Encoded authorization failure message"} {
		message, _, _ = strings.Cut(message, from)
	}
	return escape.Line(strings.TrimSpace(message), maxMessage)
}
