// Package aws serves the AWS APIs of a lab's world over their real wire
// protocols: EC2, RDS, STS, Amazon Bedrock AgentCore's control and data plane,
// and of the services that an agent depends on what their users ask first.
// Requests are authenticated by Signature Version 4, authorized by the
// policies of the world, and answered from its document.
//
// What it believes about AWS stands in beliefs.md, each with its source and
// whether it is verified.
package aws

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/agentcore"
	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/sigv4"
	"github.com/agentcore-probe/probe/lab/aws/trailapi"
	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
	"github.com/agentcore-probe/probe/lab/world"
)

// The services, as the names of their endpoint services end.
const (
	ServiceEC2              = "ec2"
	ServiceRDS              = "rds"
	ServiceSTS              = "sts"
	ServiceAgentCoreControl = "bedrock-agentcore-control"
	ServiceAgentCore        = "bedrock-agentcore"
	ServiceECR              = "ecr.api"
	ServiceRegistry         = "ecr.dkr"
	ServiceS3               = "s3"
	ServiceLogs             = "logs"
	ServiceDynamoDB         = "dynamodb"
	ServiceSecrets          = "secretsmanager"
	ServiceKMS              = "kms"
	ServiceSSM              = "ssm"
	ServiceSQS              = "sqs"
	ServiceMonitoring       = "monitoring"
	ServiceXRay             = "xray"
	ServiceBedrock          = "bedrock-runtime"
	ServiceTrail            = "cloudtrail"
	ServiceFiles            = "elasticfilesystem"
)

// api is how a service is spoken to.
type api struct {
	protocol wire.Protocol
	signing  string // its name in credential scopes
}

// apis are the services that the lab has; the others answer 501. Signing names
// and protocols are those of the services' API models.
var apis = map[string]api{
	ServiceEC2: {wire.EC2, "ec2"}, ServiceRDS: {wire.Query, "rds"}, ServiceSTS: {wire.Query, "sts"},
	ServiceAgentCoreControl: {wire.RESTJSON, "bedrock-agentcore"}, ServiceAgentCore: {wire.RESTJSON, "bedrock-agentcore"},
	ServiceECR: {wire.JSON11, "ecr"}, ServiceRegistry: {wire.Registry, "ecr"}, ServiceS3: {wire.RESTXML, "s3"}, ServiceLogs: {wire.JSON11, "logs"},
	ServiceDynamoDB: {wire.JSON10, "dynamodb"}, ServiceSecrets: {wire.JSON11, "secretsmanager"}, ServiceKMS: {wire.JSON11, "kms"},
	ServiceSSM: {wire.JSON11, "ssm"}, ServiceSQS: {wire.JSON10, "sqs"}, ServiceMonitoring: {wire.JSON10, "monitoring"},
	ServiceXRay: {wire.RESTJSON, "xray"}, ServiceBedrock: {wire.RESTJSON, "bedrock"}, ServiceTrail: {wire.JSON11, "cloudtrail"},
	ServiceFiles: {wire.RESTJSON, "elasticfilesystem"},
}

// Arrival is how requests reach a service.
type Arrival struct {
	Endpoint string // id of the VPC endpoint; "" for the public path
	VPC      string // of the endpoint
	// ClockOffset is how far the clock of the answering host is ahead.
	ClockOffset time.Duration
}

// Services are the AWS services of one world.
type Services struct {
	store    tree.Store
	now      func() time.Time
	data     *agentcore.Data
	received record
	arrivals arrivals
	history  trailapi.History

	// Provider is whose tokens AssumeRoleWithWebIdentity takes; nil: nobody's.
	Provider *Provider
}

// Verify has bearer tokens of runtimes verified by v.
func (s *Services) Verify(v agentcore.Verifier) { s.data.Verifier = v }

// New serves a running world by the clock now. Requests to an agent's container,
// http://<runtime id>/invocations, are made through agent.
func New(live *world.Live, now func() time.Time, agent http.RoundTripper) *Services {
	s := NewFromStore(&liveStore{live: live}, now, agent)
	s.data.Store = &liveStore{live: live, holds: true}
	return s
}

// liveStore is the document of a running world: what the APIs know, which may
// lag behind what holds, or what holds.
type liveStore struct {
	live  *world.Live
	holds bool

	mu           sync.Mutex
	world, known *world.World // the last that was asked about, and what was known of it
}

// Read returns the document.
func (s *liveStore) Read() (tree.Object, error) {
	w := s.live.World()
	stale := w.Lab().Stale
	if len(stale) == 0 || s.holds {
		return w.Document(), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world != w {
		known, err := w.Patch(stale)
		if err != nil {
			return nil, err
		}
		s.world, s.known = w, known
	}
	return s.known.Document(), nil
}

func (s *liveStore) Change(f func(tree.Object) error) error {
	return s.live.Mutate(func(w *world.World) error { return f(w.Document()) })
}

// NewFromStore is New for a document that is not a world.
func NewFromStore(store tree.Store, now func() time.Time, agent http.RoundTripper) *Services {
	return &Services{store: store, now: now, data: &agentcore.Data{Store: store, Agent: agent}}
}

// Handler serves a service to requests that arrive in one way. The source of a
// request is its RemoteAddr.
func (s *Services) Handler(service string, a Arrival) http.Handler {
	return handler{services: s, service: service, arrival: a}
}

// Received returns the calls answered so far, the oldest first, 10000 at most.
func (s *Services) Received() []Call { return s.received.all() }

// Check returns an error if a policy or a principal of the world is beyond the
// lab's evaluator: such a world must not start.
func (s *Services) Check() error {
	doc, err := s.store.Read()
	if err != nil {
		return err
	}
	all, err := principals(doc)
	if err != nil {
		return err
	}
	for _, p := range all {
		if _, err := p.policies(doc, Arrival{}, 0); err != nil {
			return err
		}
	}
	if err := checkRoles(doc); err != nil {
		return err
	}
	for _, e := range tree.Objects(doc, "VpcEndpoints") {
		if _, err := capped(iam.KindResource, tree.Text(e, "PolicyDocument")); err != nil {
			return fmt.Errorf("policy of %s: %w", tree.Text(e, "VpcEndpointId"), err)
		}
	}
	for _, e := range tree.Objects(doc, "resourcePolicies") {
		if _, err := capped(iam.KindResource, tree.Text(e, "policy")); err != nil {
			return fmt.Errorf("policy of %s: %w", tree.Text(e, "resourceArn"), err)
		}
	}
	if _, err := resourceControl(doc, tree.Account(doc)); err != nil {
		return err
	}
	for _, u := range tree.Objects(tree.Child(doc, "Lab"), "Unsettled") {
		if _, err := capped(iam.KindResource, tree.Text(u, "Before")); err != nil {
			return fmt.Errorf("policy before of %s: %w", tree.Text(u, "VpcEndpointId"), err)
		}
	}
	for _, b := range tree.Objects(tree.Child(doc, "Lab"), "Buckets") {
		if _, err := capped(iam.KindResource, tree.Text(b, "Policy")); err != nil {
			return fmt.Errorf("policy of bucket %s: %w", tree.Text(b, "Name"), err)
		}
	}
	return nil
}

// verify authenticates a request: the error is a *sigv4.Refusal, or says what
// is wrong with the world.
func (s *Services) verify(r *http.Request, body []byte, service string, doc tree.Object, now time.Time) (principal, error) {
	all, err := principals(doc)
	if err != nil {
		return principal{}, err
	}
	var caller principal
	verifier := sigv4.Verifier{Service: apis[service].signing, Storage: service == ServiceS3, Region: tree.Region(doc), Now: func() time.Time { return now }, Lookup: func(id string) (sigv4.Key, bool) {
		for _, p := range all {
			if p.key.ID == id {
				caller = p
				return p.key, true
			}
		}
		return sigv4.Key{}, false
	}}
	_, err = verifier.Verify(r, body)
	return caller, err
}

// protocolOf is how a request to a service speaks. CloudWatch is spoken to in
// the query protocol too ("protocols" of its API model); what the lab does not
// serve answers as most of AWS does.
func protocolOf(service string, r *http.Request) wire.Protocol {
	a, ok := apis[service]
	switch {
	case !ok:
		return wire.RESTJSON
	case service == ServiceMonitoring && r.Header.Get("X-Amz-Target") == "":
		return wire.Query
	}
	return a.protocol
}
