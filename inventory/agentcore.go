package inventory

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// maxRuntimes bounds the runtimes that are read one by one; an account may
// have a thousand, and each takes four calls or more.
const maxRuntimes = 100

const agentcore = "bedrock-agentcore" // the IAM prefix of both planes

// runtimes reads the runtimes of the region (or those that were named), their
// endpoints, and the resource policies of both.
func (s *session) runtimes(ctx context.Context, c *control.Client, named []string) {
	ids := slices.DeleteFunc(slices.Clone(named), func(id string) bool { return id == "" })
	if len(ids) == 0 {
		ids = s.listRuntimes(ctx, c)
	}
	if len(ids) > maxRuntimes {
		s.fail(&Unread{
			Action: agentcore + ":GetAgentRuntime", Failure: netpath.FailureQuota,
			Reason: fmt.Sprintf("%d runtimes, of which the first %d are read: name those that matter", len(ids), maxRuntimes),
		})
		ids = ids[:maxRuntimes]
	}
	var wg sync.WaitGroup
	var missing atomic.Bool
	for _, id := range ids {
		wg.Go(func() {
			if !s.runtime(ctx, c, runtimeID(id)) {
				missing.Store(true)
			}
		})
	}
	wg.Wait()
	if missing.Load() && len(named) > 0 {
		s.listRuntimes(ctx, c) // what there is, without the one that was named
	}
}

// listRuntimes lists the ids of the region's runtimes.
func (s *session) listRuntimes(ctx context.Context, c *control.Client) []string {
	a := action{agentcore, "ListAgentRuntimes", "list-agent-runtimes.json", "agentRuntimes"}
	var ids []string
	s.pages(ctx, a, func(ctx context.Context, token *string) (page, error) {
		ctx, body := withBody(ctx)
		answer, err := c.ListAgentRuntimes(ctx, &control.ListAgentRuntimesInput{MaxResults: pageOf100, NextToken: token})
		if err != nil {
			return page{}, err
		}
		for _, r := range answer.AgentRuntimes {
			ids = append(ids, aws.ToString(r.AgentRuntimeId))
		}
		return rawPage(body, "agentRuntimes", answer.NextToken)
	})
	return ids
}

// rawPage takes the entries of a list out of a response's body.
func rawPage(body *bytes.Buffer, key string, next *string) (page, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body.Bytes(), &fields); err != nil {
		return page{}, fmt.Errorf("%w: %w", errDocument, err)
	}
	var list []json.RawMessage
	if raw, ok := fields[key]; ok {
		if err := json.Unmarshal(raw, &list); err != nil {
			return page{}, fmt.Errorf("%w: %s: %w", errDocument, key, err)
		}
	}
	return page{list, aws.ToString(next)}, nil
}

// runtime reads one runtime, its endpoints, and their policies. It reports
// whether there may be such a runtime: that there is none is an answer too.
func (s *session) runtime(ctx context.Context, c *control.Client, id string) bool {
	arn, there := s.getRuntime(ctx, c, id)
	if !there {
		return false
	}
	names := s.listEndpoints(ctx, c, id)
	var wg sync.WaitGroup
	if arn != "" {
		wg.Go(func() { s.policy(ctx, c, arn) })
	}
	for _, name := range names {
		wg.Go(func() { s.endpoint(ctx, c, id, name) })
		if arn != "" {
			// "Resource-based policies for Amazon Bedrock AgentCore": the ARN of a runtime endpoint.
			wg.Go(func() { s.policy(ctx, c, arn+"/runtime-endpoint/"+name) })
		}
	}
	wg.Wait()
	return true
}

// getRuntime reads a runtime and returns its ARN; "" where it was not read.
// there is false where AWS answers that there is no such runtime.
func (s *session) getRuntime(ctx context.Context, c *control.Client, id string) (arn string, there bool) {
	var raw json.RawMessage
	failed := s.call(ctx, agentcore, "GetAgentRuntime", func(ctx context.Context) error {
		ctx, body := withBody(ctx)
		answer, err := c.GetAgentRuntime(ctx, &control.GetAgentRuntimeInput{AgentRuntimeId: aws.String(id)})
		if err != nil {
			return err
		}
		arn = aws.ToString(answer.AgentRuntimeArn)
		raw, err = withoutEnvironment(body.Bytes())
		return err
	})
	if failed != nil && failed.Failure == netpath.FailureNotFound {
		return "", false
	}
	if failed != nil {
		s.fail(failed, "resource", id)
		return "", true
	}
	s.set("get-agent-runtime-"+fileName(id)+".json", agentcore+":GetAgentRuntime", raw)
	return arn, true
}

// withoutEnvironment hides the values of a runtime's environment variables:
// people keep secrets there, and nothing here needs them.
func withoutEnvironment(body []byte) (json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("%w: %w", errDocument, err)
	}
	if raw, ok := fields["environmentVariables"]; ok {
		var variables map[string]json.RawMessage
		if err := json.Unmarshal(raw, &variables); err != nil {
			return nil, fmt.Errorf("%w: environmentVariables: %w", errDocument, err)
		}
		for name := range variables {
			variables[name] = json.RawMessage(`"(not kept)"`)
		}
		fields["environmentVariables"], _ = json.Marshal(variables)
	}
	return json.Marshal(fields)
}

// listEndpoints lists the names of a runtime's endpoints. Every runtime has
// a default one, so that is asked for even where the list is refused.
func (s *session) listEndpoints(ctx context.Context, c *control.Client, id string) []string {
	a := action{agentcore, "ListAgentRuntimeEndpoints", "list-agent-runtime-endpoints.json", "runtimeEndpoints"}
	var names []string
	complete := s.pages(ctx, a, func(ctx context.Context, token *string) (page, error) {
		ctx, body := withBody(ctx)
		answer, err := c.ListAgentRuntimeEndpoints(ctx, &control.ListAgentRuntimeEndpointsInput{
			AgentRuntimeId: aws.String(id), MaxResults: pageOf100, NextToken: token,
		})
		if err != nil {
			return page{}, err
		}
		for _, e := range answer.RuntimeEndpoints {
			names = append(names, aws.ToString(e.Name))
		}
		return rawPage(body, "runtimeEndpoints", answer.NextToken)
	})
	if !complete && len(names) == 0 {
		return []string{vpc.DefaultEndpoint}
	}
	return names
}

// endpoint reads one endpoint of a runtime.
func (s *session) endpoint(ctx context.Context, c *control.Client, id, name string) {
	var raw json.RawMessage
	failed := s.call(ctx, agentcore, "GetAgentRuntimeEndpoint", func(ctx context.Context) error {
		ctx, body := withBody(ctx)
		_, err := c.GetAgentRuntimeEndpoint(ctx, &control.GetAgentRuntimeEndpointInput{
			AgentRuntimeId: aws.String(id), EndpointName: aws.String(name),
		})
		raw = body.Bytes()
		if err == nil && !json.Valid(raw) {
			err = errDocument
		}
		return err
	})
	if failed != nil {
		s.fail(failed, "resource", id+"/runtime-endpoint/"+name)
		return
	}
	s.set("get-agent-runtime-endpoint-"+fileName(id)+"-"+fileName(name)+".json", agentcore+":GetAgentRuntimeEndpoint", raw)
}

// policy reads the resource policy of an ARN. The answer leaves out whose it
// is, so the document wraps it. No policy is an answer: an empty one.
func (s *session) policy(ctx context.Context, c *control.Client, arn string) {
	var text string
	failed := s.call(ctx, agentcore, "GetResourcePolicy", func(ctx context.Context) error {
		answer, err := c.GetResourcePolicy(ctx, &control.GetResourcePolicyInput{ResourceArn: aws.String(arn)})
		if err == nil {
			text = aws.ToString(answer.Policy)
		}
		return err
	})
	if failed != nil && failed.Failure != netpath.FailureNotFound {
		s.fail(failed, "resource", arn)
		s.cut(policies)
		return
	}
	raw, _ := json.Marshal(map[string]string{"resourceArn": arn, "policy": text}) // strings always marshal
	s.add(policies, raw)
}

var policies = action{agentcore, "GetResourcePolicy", "get-resource-policy.json", "resourcePolicies"}
