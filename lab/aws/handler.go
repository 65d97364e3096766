package aws

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/agentcore"
	"github.com/agentcore-probe/probe/lab/aws/ec2api"
	"github.com/agentcore-probe/probe/lab/aws/rdsapi"
	"github.com/agentcore-probe/probe/lab/aws/sigv4"
	"github.com/agentcore-probe/probe/lab/aws/stsapi"
	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// maxBody bounds a request's body, in bytes; an invocation's is bounded by
// agentcore.MaxPayload.
const maxBody = 1 << 20

// handler serves one service to one kind of arrival.
type handler struct {
	services *Services
	service  string
	arrival  Arrival
}

// exchange is one request on its way to an answer.
type exchange struct {
	handler
	w    http.ResponseWriter
	r    *http.Request
	body []byte
	doc  tree.Object
	form wire.Form
	id   string
	call Call
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{handler: h, w: w, r: r, id: requestID()}
	now := h.services.now().Add(h.arrival.ClockOffset)
	x.call = Call{At: now, Service: h.service, Endpoint: h.arrival.Endpoint, Source: r.RemoteAddr, Status: http.StatusOK}
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	w.Header().Set("X-Amzn-Requestid", x.id)
	if err := x.answer(); err != nil {
		x.fail(err)
	}
	h.services.received.add(x.call)
}

// requestID looks like AWS's: a random UUID.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	const hexadecimal = "0123456789abcdef"
	var out strings.Builder
	for i, v := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out.WriteByte('-')
		}
		out.WriteByte(hexadecimal[v>>4])
		out.WriteByte(hexadecimal[v&15])
	}
	return out.String()
}

func (x *exchange) fail(err error) {
	protocol := protocolOf(x.service)
	var fault *wire.Fault
	if !errors.As(err, &fault) {
		fault = broken(protocol, err)
	}
	x.call.Status, x.call.Code = fault.Status, fault.Code
	protocol.WriteFault(x.w, fault, x.id)
}

func (x *exchange) answer() error {
	if !served(x.service) {
		return wire.Faultf(http.StatusNotImplemented, "NotImplemented", "the lab does not serve %s", x.service)
	}
	if err := x.read(); err != nil {
		return err
	}
	if x.service == ServiceSTS && x.call.Action == stsapi.ActionWebIdentity {
		return x.webIdentity()
	}
	caller, err := x.services.verify(x.r, x.body, x.service, x.doc, x.call.At)
	var refusal *sigv4.Refusal
	if errors.As(err, &refusal) {
		return x.refuse(refusal)
	} else if err != nil {
		return err
	}
	x.call.Principal = caller.ARN
	authorize, err := authorizer(x, caller)
	if err != nil {
		return err
	}
	switch x.service {
	case ServiceEC2:
		return x.ec2(authorize)
	case ServiceRDS:
		return x.rds(authorize)
	case ServiceSTS:
		return x.sts(caller)
	case ServiceAgentCoreControl:
		return x.rest(x.control().Do(x.r, x.body, authorize))
	default:
		return x.rest(x.services.data.Do(x.r, x.body, authorize))
	}
}

// read takes in the body and the document, and finds the action's name.
func (x *exchange) read() (err error) {
	limit := int64(maxBody)
	if x.service == ServiceAgentCore {
		limit = agentcore.MaxPayload
	}
	if x.body, err = io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, limit)); err != nil {
		return wire.Faultf(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "The request body is larger than %d bytes", limit)
	}
	if x.doc, err = x.services.store.Read(); err != nil {
		return err
	}
	switch x.service {
	case ServiceAgentCore:
		x.call.Action = x.services.data.Operation(x.r)
	case ServiceAgentCoreControl:
		x.call.Action = x.control().Operation(x.r)
	default:
		form, fault := wire.ParseForm(x.r, x.body)
		if fault != nil {
			return fault
		}
		x.form, x.call.Action = form, form.Text("Action")
	}
	return nil
}

// refuse answers a request whose signature is not good. A bearer token is the
// other way to authorize that a runtime may have: it does not match one with
// SigV4, and the lab issues none.
func (x *exchange) refuse(r *sigv4.Refusal) error {
	if x.service == ServiceAgentCore && strings.HasPrefix(x.r.Header.Get("Authorization"), "Bearer ") {
		return agentcore.MethodMismatch()
	}
	at, err := time.Parse("20060102T150405Z", x.r.Header.Get("X-Amz-Date"))
	late := time.Duration(0)
	if err == nil {
		late = x.call.At.Sub(at)
	}
	return refused(x.service, protocolOf(x.service), r, late)
}

func (x *exchange) control() agentcore.Control {
	return agentcore.Control{Store: x.services.store, Region: tree.Region(x.doc), Account: tree.Account(x.doc)}
}

// version checks the parameter Version of a query request.
func (x *exchange) version(want string) error {
	if got := x.form.Text("Version"); got != want {
		return wire.Faultf(http.StatusBadRequest, "NoSuchVersion", "The requested version (%s) of service %s does not exist", got, x.service)
	}
	return nil
}

func (x *exchange) ec2(authorize agentcore.Authorize) error {
	if err := x.version("2016-11-15"); err != nil {
		return err
	}
	service := ec2api.Service{Store: x.services.store, Region: tree.Region(x.doc), Account: tree.Account(x.doc)}
	if arn, ok := service.Resource(x.call.Action, x.form); ok {
		if err := authorize("ec2:"+x.call.Action, arn, ""); err != nil {
			return err
		}
	}
	result, err := service.Do(x.call.Action, x.form)
	if err == nil {
		wire.WriteEC2(x.w, service.Names(), x.call.Action, result, x.id)
	}
	return err
}

func (x *exchange) rds(authorize agentcore.Authorize) error {
	if err := x.version("2014-10-31"); err != nil {
		return err
	}
	service := rdsapi.Service{Store: x.services.store, Region: tree.Region(x.doc), Account: tree.Account(x.doc)}
	if arn, ok := service.Resource(x.call.Action, x.form); ok {
		if err := authorize("rds:"+x.call.Action, arn, ""); err != nil {
			return err
		}
	}
	result, err := service.Do(x.call.Action, x.form)
	if err == nil {
		wire.WriteQuery(x.w, service.Names(), rdsapi.Namespace, x.call.Action, result, x.id)
	}
	return err
}

func (x *exchange) sts(caller principal) error {
	if err := x.version("2011-06-15"); err != nil {
		return err
	}
	var result tree.Object
	var err error
	if x.call.Action == stsapi.ActionAssumeRole {
		result, err = x.assumeRole(caller)
	} else {
		result, err = stsapi.Do(x.call.Action, caller.Principal, caller.userID)
	}
	if err == nil {
		wire.WriteQuery(x.w, stsapi.Names(), stsapi.Namespace, x.call.Action, result, x.id)
	}
	return err
}

// rest writes an answer of AgentCore.
func (x *exchange) rest(result agentcore.Result, err error) error {
	if err != nil {
		return err
	}
	x.call.Status = result.Status
	for name, values := range result.Header {
		x.w.Header()[name] = values
	}
	if result.Stream == nil {
		wire.WriteJSON(x.w, result.Status, result.Body)
		return nil
	}
	defer func() { _ = result.Stream.Body.Close() }()
	x.w.Header().Set("Content-Type", result.Stream.Header.Get("Content-Type"))
	x.w.WriteHeader(result.Status)
	_, _ = io.Copy(flushing{x.w, http.NewResponseController(x.w)}, io.LimitReader(result.Stream.Body, agentcore.MaxPayload))
	return nil
}

// flushing sends every piece on as soon as it comes.
type flushing struct {
	http.ResponseWriter
	controller *http.ResponseController
}

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.ResponseWriter.Write(p)
	_ = f.controller.Flush()
	return n, err
}
