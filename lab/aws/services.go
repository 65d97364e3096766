// Package aws serves the AWS APIs of a lab's world over their real wire
// protocols: EC2, RDS, STS and Amazon Bedrock AgentCore's control and data
// plane. Requests are authenticated by Signature Version 4, authorized by the
// policies of the world, and answered from its document.
//
// What it believes about AWS stands in beliefs.md, each with its source and
// whether it is verified.
package aws

import (
	"fmt"
	"net/http"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/agentcore"
	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/sigv4"
	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
	"github.com/agentcore-probe/probe/lab/world"
)

// The services, by the first label of their host names.
const (
	ServiceEC2              = "ec2"
	ServiceRDS              = "rds"
	ServiceSTS              = "sts"
	ServiceAgentCoreControl = "bedrock-agentcore-control"
	ServiceAgentCore        = "bedrock-agentcore"
)

// served reports whether the lab has a service; the others answer 501.
func served(service string) bool {
	switch service {
	case ServiceEC2, ServiceRDS, ServiceSTS, ServiceAgentCoreControl, ServiceAgentCore:
		return true
	}
	return false
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

	// Provider is whose tokens AssumeRoleWithWebIdentity takes; nil: nobody's.
	Provider *Provider
}

// New serves a running world by the clock now. Requests to an agent's container,
// http://<runtime id>/invocations, are made through agent.
func New(live *world.Live, now func() time.Time, agent http.RoundTripper) *Services {
	return NewFromStore(liveStore{live}, now, agent)
}

// liveStore is the document of a running world.
type liveStore struct{ live *world.Live }

// Read returns what the APIs know, which may lag behind what holds.
func (s liveStore) Read() (tree.Object, error) {
	w := s.live.World()
	if stale := w.Lab().Stale; len(stale) > 0 {
		known, err := w.Patch(stale)
		if err != nil {
			return nil, err
		}
		w = known
	}
	return w.Document(), nil
}

func (s liveStore) Change(f func(tree.Object) error) error {
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
		if _, err := p.policies(doc, Arrival{}); err != nil {
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
	signing := service
	if service == ServiceAgentCoreControl {
		signing = ServiceAgentCore
	}
	verifier := sigv4.Verifier{Service: signing, Region: tree.Region(doc), Now: func() time.Time { return now }, Lookup: func(id string) (sigv4.Key, bool) {
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

func protocolOf(service string) wire.Protocol {
	switch service {
	case ServiceEC2:
		return wire.EC2
	case ServiceRDS, ServiceSTS:
		return wire.Query
	}
	return wire.RESTJSON
}
