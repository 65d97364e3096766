// Package wire speaks the protocols of AWS services: form-encoded requests with
// XML answers (the EC2 and the query protocol), REST with JSON, and the shape
// that errors have in each ("AWS query protocol", "AWS EC2 query protocol" and
// "AWS restJson1 protocol", Smithy documentation).
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
	}
}

// WriteJSON answers with v; a nil v has no body.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	if v == nil {
		w.WriteHeader(status)
		return
	}
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
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
