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
	"github.com/agentcore-probe/probe/lab/aws/ecr"
	"github.com/agentcore-probe/probe/lab/aws/efsapi"
	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/lists"
	"github.com/agentcore-probe/probe/lab/aws/rdsapi"
	"github.com/agentcore-probe/probe/lab/aws/s3api"
	"github.com/agentcore-probe/probe/lab/aws/sigv4"
	"github.com/agentcore-probe/probe/lab/aws/stsapi"
	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
	"github.com/agentcore-probe/probe/lab/world"
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
	protocol wire.Protocol
	w        http.ResponseWriter
	r        *http.Request
	body     []byte
	doc      tree.Object
	form     wire.Form   // EC2 and query protocol
	input    tree.Object // JSON protocols
	id       string
	call     Call
	who      principal // zero until the signature is verified
	resource string    // that the first action was authorized on
	store    told      // what the caller's account is told of
	turn     int64     // how many requests arrived at this address of the endpoint before
}

// noting keeps the status of an answer.
type noting struct {
	http.ResponseWriter
	status *int
}

func (n noting) WriteHeader(status int) {
	*n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (n noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{handler: h, protocol: protocolOf(h.service, r), r: r, id: requestID(), turn: h.services.arrivals.next(h.arrival.Endpoint, r)}
	x.w = noting{w, &x.call.Status}
	now := h.services.now().Add(h.arrival.ClockOffset)
	x.call = Call{At: now, Service: h.service, Endpoint: h.arrival.Endpoint, Source: r.RemoteAddr, Status: http.StatusOK}
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	w.Header().Set("X-Amzn-Requestid", x.id)
	if err := x.answer(); err != nil {
		x.fail(err)
	}
	h.services.received.add(x.call)
	x.history()
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
	var fault *wire.Fault
	if !errors.As(err, &fault) {
		fault = broken(x.protocol, err)
	}
	x.call.Code = fault.Code
	x.protocol.WriteFault(x.w, fault, x.id)
}

func (x *exchange) answer() error {
	if _, served := apis[x.service]; !served {
		return wire.Faultf(http.StatusNotImplemented, "NotImplemented", "the lab does not serve %s", x.service)
	}
	if err := x.read(); err != nil {
		return err
	}
	if x.fails() {
		return wire.Faultf(http.StatusInternalServerError, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure")
	}
	if x.service == ServiceSTS && x.call.Action == stsapi.ActionWebIdentity {
		return x.webIdentity()
	}
	caller, err := x.caller()
	if err != nil {
		return err
	}
	x.call.Principal, x.who = caller.ARN, caller
	x.store = told{x.services.store, caller.Account}
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
	case ServiceAgentCore:
		return x.rest(x.services.data.Do(x.r, x.body, authorize))
	case ServiceS3:
		return x.storage(caller)
	case ServiceECR:
		return x.ecr(caller, authorize)
	case ServiceRegistry:
		return x.images().ServeRegistry(x.w, x.r, authorize)
	case ServiceLogs:
		return x.logs(authorize)
	case ServiceTrail:
		return x.trail(authorize)
	case ServiceFiles:
		return x.files(authorize)
	default:
		return x.list(authorize)
	}
}

// caller finds out who a request is from.
func (x *exchange) caller() (principal, error) {
	if x.service == ServiceRegistry {
		return x.registered()
	}
	caller, err := x.services.verify(x.r, x.body, x.service, x.doc, x.call.At)
	var refusal *sigv4.Refusal
	switch {
	case !errors.As(err, &refusal):
		return caller, err
	case x.service == ServiceS3 && refusal.Fault == sigv4.FaultMissing:
		return principal{Principal: iam.Principal{Anonymous: true}}, nil
	case x.service == ServiceAgentCore && refusal.Fault == sigv4.FaultMissing:
		if handled, err := x.services.data.Admit(x.r, x.doc, x.call.At, x.w.Header()); handled {
			return principal{Principal: iam.Principal{Anonymous: true}, admitted: true}, err
		}
	}
	return principal{}, x.refuse(refusal)
}

// read takes in the body and the document, and finds the action's name.
func (x *exchange) read() (err error) {
	limit, store := int64(maxBody), x.services.store
	if x.service == ServiceAgentCore { // the data plane goes by what holds
		limit, store = agentcore.MaxPayload, x.services.data.Store
	}
	if x.body, err = io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, limit)); err != nil {
		return wire.Faultf(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "The request body is larger than %d bytes", limit)
	}
	if x.doc, err = store.Read(); err != nil {
		return err
	}
	var fault *wire.Fault
	switch x.protocol {
	case wire.EC2, wire.Query:
		x.form, fault = wire.ParseForm(x.r, x.body)
		x.call.Action = x.form.Text("Action")
	case wire.JSON10, wire.JSON11:
		x.call.Action, x.input, fault = wire.ParseTarget(x.r, x.body)
	default:
		x.call.Action = x.operation()
	}
	if fault != nil {
		return fault
	}
	return nil
}

// operation is what a request is for whose method and path say it.
func (x *exchange) operation() string {
	switch x.service {
	case ServiceAgentCore:
		return x.services.data.Operation(x.r)
	case ServiceAgentCoreControl:
		return x.control().Operation(x.r)
	case ServiceS3:
		return s3api.Read(x.r, tree.Region(x.doc)).Operation
	case ServiceRegistry:
		action, _, _ := ecr.Action(x.r)
		return action
	case ServiceFiles:
		return efsapi.Operation(x.r)
	}
	return lists.Operation(x.service, x.r.Method, x.r.URL.Path)
}

// fails reports whether the world has every call of this API fail ("Common
// errors" of the services' API references: InternalFailure, status 500).
func (x *exchange) fails() bool {
	for _, host := range tree.Objects(tree.Child(x.doc, "Lab"), "Hosts") {
		for _, s := range tree.Objects(host, "Services") {
			if tree.Text(s, "API") == x.service && tree.Text(s, "Refuses") == string(world.RefusalInternal) {
				return true
			}
		}
	}
	return false
}

// refuse answers a request whose signature is not good.
func (x *exchange) refuse(r *sigv4.Refusal) error {
	at, err := time.Parse("20060102T150405Z", x.r.Header.Get("X-Amz-Date"))
	late := time.Duration(0)
	if err == nil {
		late = x.call.At.Sub(at)
	}
	presigned := x.r.URL.Query().Has("X-Amz-Signature")
	return refused(x.service, x.protocol, r, late, presigned)
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
	service := ec2api.Service{Store: x.store, Region: tree.Region(x.doc), Account: x.store.account}
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
	service := rdsapi.Service{Store: x.store, Region: tree.Region(x.doc), Account: x.store.account}
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
	x.call.Actions = []string{"sts:" + x.call.Action}
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
