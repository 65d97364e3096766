// Package wire speaks the protocols of AWS services: form-encoded requests with
// XML answers (the EC2 and the query protocol), JSON with the operation in a
// header, REST with JSON or XML, and the shape that errors have in each ("AWS
// query protocol", "AWS EC2 query protocol", "AWS JSON 1.0 protocol", "AWS
// restJson1 protocol" and "AWS restXml protocol", Smithy documentation).
package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Fault is an error that a service answers with.
type Fault struct {
	Status        int
	Code, Message string
}

func (f *Fault) Error() string { return fmt.Sprintf("%d %s: %s", f.Status, f.Code, f.Message) }

// Faultf makes a fault.
func Faultf(status int, code, format string, args ...any) *Fault {
	return &Fault{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Protocol is how a service is spoken to.
type Protocol int

// The protocols.
const (
	EC2 Protocol = iota
	Query
	RESTJSON
	JSON10
	JSON11
	RESTXML  // as Amazon S3 has it
	Registry // of container images: "API" of the OCI distribution specification
)

// WriteFault answers with f.
func (p Protocol) WriteFault(w http.ResponseWriter, f *Fault, requestID string) {
	switch p {
	case EC2:
		writeXML(w, f.Status, fmt.Sprintf(
			"<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>%s</RequestID></Response>",
			escape(f.Code), escape(f.Message), escape(requestID)))
	case Query:
		kind := "Sender"
		if f.Status >= http.StatusInternalServerError {
			kind = "Receiver"
		}
		writeXML(w, f.Status, fmt.Sprintf(
			"<ErrorResponse><Error><Type>%s</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
			kind, escape(f.Code), escape(f.Message), escape(requestID)))
	case RESTJSON:
		w.Header().Set("X-Amzn-Errortype", f.Code)
		body := map[string]any{"message": f.Message}
		if f.Code == "ValidationException" {
			body["reason"] = "FieldValidationFailed"
		}
		WriteJSON(w, f.Status, body)
	case JSON10, JSON11:
		p.WriteAnswer(w, f.Status, map[string]any{"__type": f.Code, "message": f.Message})
	case RESTXML:
		w.Header().Set("X-Amz-Request-Id", requestID)
		writeXML(w, f.Status, fmt.Sprintf("<Error><Code>%s</Code><Message>%s</Message><RequestId>%s</RequestId></Error>",
			escape(f.Code), escape(f.Message), escape(requestID)))
	case Registry:
		WriteJSON(w, f.Status, map[string]any{"errors": []any{map[string]any{"code": f.Code, "message": f.Message}}})
	}
}

// WriteAnswer answers with v, in the version of JSON that p is.
func (p Protocol) WriteAnswer(w http.ResponseWriter, status int, v any) {
	version := map[Protocol]string{JSON10: "application/x-amz-json-1.0", JSON11: "application/x-amz-json-1.1"}[p]
	write(w, status, version, v)
}

// WriteJSON answers with v; a nil v has no body.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	if v == nil {
		w.WriteHeader(status)
		return
	}
	write(w, status, "application/json", v)
}

func write(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func writeXML(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + body))
}

func escape(s string) string {
	var b strings.Builder
	writeEscaped(&b, s)
	return b.String()
}
