package service

import (
	"context"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/agentcore-probe/probe/credentials"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/answer"
	"github.com/agentcore-probe/probe/probes/roundtrip"
	"github.com/agentcore-probe/probe/reachability/policy"
)

// question is a read that grants nothing and changes nothing.
type question struct {
	signingName string
	action      string // as a policy calls it
	contentType string
	target      string // X-Amz-Target
	body        string
	path        string // of a GET; "" means POST /
}

const (
	form   = "application/x-www-form-urlencoded"
	json10 = "application/x-amz-json-1.0"
	json11 = "application/x-amz-json-1.1"
)

// questions are the reads of services, by the service's name in its endpoint
// (the actions' pages in the services' API references, each of which the signing
// name and the action's name tell).
var questions = map[string]question{
	"sts":             {"sts", "sts:GetCallerIdentity", form, "", "Action=GetCallerIdentity&Version=2011-06-15", ""},
	"ecr.api":         {"ecr", "ecr:DescribeRepositories", json11, "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories", `{"maxResults":1}`, ""},
	"logs":            {"logs", "logs:DescribeLogGroups", json11, "Logs_20140328.DescribeLogGroups", `{"limit":1}`, ""},
	"dynamodb":        {"dynamodb", "dynamodb:ListTables", json10, "DynamoDB_20120810.ListTables", `{"Limit":1}`, ""},
	"secretsmanager":  {"secretsmanager", "secretsmanager:ListSecrets", json11, "secretsmanager.ListSecrets", `{"MaxResults":1}`, ""},
	"sqs":             {"sqs", "sqs:ListQueues", json10, "AmazonSQS.ListQueues", `{"MaxResults":1}`, ""},
	"kms":             {"kms", "kms:ListAliases", json11, "TrentService.ListAliases", `{"Limit":1}`, ""},
	"ssm":             {"ssm", "ssm:DescribeParameters", json11, "AmazonSSM.DescribeParameters", `{"MaxResults":1}`, ""},
	"bedrock-runtime": {"bedrock", "bedrock:ListAsyncInvokes", "", "", "", "/async-invoke?maxResults=1"},
}

// Action is the IAM action of the signed question for a service; "" where there
// is none.
func Action(service string) string { return questions[service].action }

// Reader asks signed questions, once each: no retry, no redirect.
type Reader struct {
	Credentials aws.Credentials
	Region      string
	Limit       time.Duration
	Now         func() time.Time
}

// Read asks the service that is called name a question over conn, and says
// hop by hop what the answer proves. A service that it has no question for gets
// an unsigned one.
func (r Reader) Read(ctx context.Context, conn net.Conn, service, name string) (map[netpath.HopName]netpath.Evidence, netpath.Step) {
	q, known := questions[service]
	request, err := r.request(ctx, q, name)
	if !known || err != nil {
		e, step := Ask(ctx, conn, name, r.Limit)
		return map[netpath.HopName]netpath.Evidence{netpath.HopService: e}, step
	}
	reply, step := roundtrip.Do(ctx, conn, request, r.Limit)
	e := netpath.Evidence{Status: netpath.StatusFail, Failure: step.Failure, Detail: step.Detail, Duration: step.Duration, Facts: netpath.Facts{}}
	if reply.Status == 0 || step.Failure != "" {
		return map[netpath.HopName]netpath.Evidence{netpath.HopService: e}, step
	}
	said := answer.Read(reply.Status, reply.Header, []byte(r.hide(string(reply.Body))))
	if reply.Status/100 == 2 {
		said.Type, said.Message = "", ""
	}
	e.Failure, e.Facts = answer.Classify(reply.Status, said.Type, said.Message)
	e.Facts["http_status"], e.Facts["action"] = strconv.Itoa(reply.Status), q.action
	if skew, ok := answer.Skew(reply.Header, r.Now()); ok {
		e.Facts["skew_seconds"] = strconv.Itoa(int(skew.Seconds()))
	}
	if said.RequestID != "" {
		e.Facts["request_id"] = said.RequestID
	}
	e.Detail = strings.TrimSuffix(strings.Join([]string{"HTTP status " + strconv.Itoa(reply.Status), said.Type, said.Message}, ", "), ", ")
	step.Failure, step.Detail = e.Failure, e.Detail
	return attribute(e), step
}

func (r Reader) request(ctx context.Context, q question, name string) (*http.Request, error) {
	method, path := http.MethodPost, "/"
	if q.path != "" {
		method, path = http.MethodGet, q.path
	}
	request, err := http.NewRequestWithContext(ctx, method, "https://"+name+path, strings.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	request.Close = true
	if q.contentType != "" {
		request.Header.Set("Content-Type", q.contentType)
	}
	if q.target != "" {
		request.Header.Set("X-Amz-Target", q.target)
	}
	return request, credentials.Sign(ctx, r.Credentials, request, q.body, q.signingName, r.Region, r.Now())
}

// hide keeps what is secret out of what a service repeats.
func (r Reader) hide(text string) string {
	for _, secret := range []string{r.Credentials.SecretAccessKey, r.Credentials.SessionToken} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[hidden]")
		}
	}
	return text
}

// attribute says which hop an answer is about. The question is about the agent's
// way, and the probe asks it with its own principal: where that may not ask, or
// its credentials are refused, the service has answered all the same, and the
// agent's role is another one. A denial names one layer, so that the others stay
// unknown ("Troubleshoot access denied error messages", IAM User Guide).
func attribute(e netpath.Evidence) map[netpath.HopName]netpath.Evidence {
	at := func(status netpath.Status, detail string) netpath.Evidence {
		other := netpath.Evidence{Status: status, Detail: detail, Facts: maps.Clone(e.Facts)}
		other.Facts["exercised"] = e.Facts["action"]
		return other
	}
	hops := map[netpath.HopName]netpath.Evidence{}
	switch e.Failure {
	case "":
		for _, hop := range []netpath.HopName{netpath.HopSignature, netpath.HopEndpointPolicy, netpath.HopService} {
			hops[hop] = at(netpath.StatusPass, e.Facts["action"]+" is answered")
		}
	case netpath.FailureSignature, netpath.FailureUnknownKey, netpath.FailureExpired, netpath.FailureClockSkew, netpath.FailureWrongRegion:
		refused := at(netpath.StatusUnknown, "the probe's own credentials are refused: "+e.Detail)
		refused.Failure = e.Failure
		hops[netpath.HopSignature] = refused
		hops[netpath.HopService] = at(netpath.StatusPass, "it answers")
	case netpath.FailureDenied:
		hops[netpath.HopSignature] = at(netpath.StatusPass, "accepted: "+e.Facts["principal"])
		hops[netpath.HopService] = at(netpath.StatusPass, "it answers with a denial: the probe's own principal may not do "+e.Facts["action"]+", which says nothing about the agent's role")
		if layer := policy.Layer(e.Facts["layer"]); layer == policy.LayerEndpoint || layer == policy.LayerEndpointThroughSCP {
			hops[netpath.HopEndpointPolicy] = e
			hops[netpath.HopService] = at(netpath.StatusPass, "it answers with a denial")
		}
	default:
		hops[netpath.HopService] = e
	}
	return hops
}
