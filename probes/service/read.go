package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

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
}

const (
	json10 = "application/x-amz-json-1.0"
	json11 = "application/x-amz-json-1.1"
)

// questionOf finds the read of a service ("GetCallerIdentity",
// "DescribeRepositories", "DescribeLogGroups", "ListTables" and "ListSecrets" in
// the services' API references).
func questionOf(service string) (question, bool) {
	switch service {
	case "sts":
		return question{"sts", "sts:GetCallerIdentity", "application/x-www-form-urlencoded", "", "Action=GetCallerIdentity&Version=2011-06-15"}, true
	case "ecr.api":
		return question{"ecr", "ecr:DescribeRepositories", json11, "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories", `{"maxResults":1}`}, true
	case "logs":
		return question{"logs", "logs:DescribeLogGroups", json11, "Logs_20140328.DescribeLogGroups", `{"limit":1}`}, true
	case "dynamodb":
		return question{"dynamodb", "dynamodb:ListTables", json10, "DynamoDB_20120810.ListTables", `{"Limit":1}`}, true
	case "secretsmanager":
		return question{"secretsmanager", "secretsmanager:ListSecrets", json11, "secretsmanager.ListSecrets", `{"MaxResults":1}`}, true
	}
	return question{}, false
}

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
	q, known := questionOf(service)
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
	if said.RequestID != "" {
		e.Facts["request_id"] = said.RequestID
	}
	e.Detail = strings.TrimSuffix(strings.Join([]string{"HTTP status " + strconv.Itoa(reply.Status), said.Type, said.Message}, ", "), ", ")
	step.Failure, step.Detail = e.Failure, e.Detail
	return attribute(e), step
}

func (r Reader) request(ctx context.Context, q question, name string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+name+"/", strings.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	request.Close = true
	request.Header.Set("Content-Type", q.contentType)
	if q.target != "" {
		request.Header.Set("X-Amz-Target", q.target)
	}
	hash := sha256.Sum256([]byte(q.body))
	return request, v4.NewSigner().SignHTTP(ctx, r.Credentials, request, hex.EncodeToString(hash[:]), q.signingName, r.Region, r.Now())
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

// attribute says which hop an answer is about. A denial names one layer, so
// that the others stay unknown ("Troubleshoot access denied error messages",
// IAM User Guide); the service itself was reached.
func attribute(e netpath.Evidence) map[netpath.HopName]netpath.Evidence {
	at := func(status netpath.Status, detail string) netpath.Evidence {
		other := netpath.Evidence{Status: status, Detail: detail, Facts: maps.Clone(e.Facts)}
		other.Facts["exercised"] = e.Facts["action"]
		return other
	}
	hops := map[netpath.HopName]netpath.Evidence{}
	switch e.Failure {
	case "":
		for _, hop := range []netpath.HopName{netpath.HopSignature, netpath.HopIdentityPolicy, netpath.HopEndpointPolicy, netpath.HopService} {
			hops[hop] = at(netpath.StatusPass, e.Facts["action"]+" is answered")
		}
	case netpath.FailureSignature, netpath.FailureUnknownKey, netpath.FailureExpired, netpath.FailureClockSkew, netpath.FailureWrongRegion:
		hops[netpath.HopSignature] = e
	case netpath.FailureDenied:
		hops[netpath.HopSignature] = at(netpath.StatusPass, "accepted")
		hops[netpath.HopService] = at(netpath.StatusPass, "it answered with a denial")
		if layer := policy.Layer(e.Facts["layer"]); layer == policy.LayerEndpoint || layer == policy.LayerEndpointThroughSCP {
			hops[netpath.HopEndpointPolicy] = e
		} else {
			hops[netpath.HopIdentityPolicy] = e
		}
	default:
		hops[netpath.HopService] = e
	}
	return hops
}
