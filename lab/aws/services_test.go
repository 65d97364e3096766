package aws_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/aws/tree"
)

const (
	describeVPCs = "Action=DescribeVpcs&Version=2016-11-15"
	whoAmI       = "Action=GetCallerIdentity&Version=2011-06-15"
	databases    = "Action=DescribeDBInstances&Version=2014-10-31"
	sessionID    = "probe-session-0123456789-0123456789"
)

// Where the codes come from, and what is not verified: beliefs.md.
func TestSignatures(t *testing.T) {
	wrongSecret, wrongToken, unknown := probe, probe, probe
	wrongSecret.SecretAccessKey, wrongToken.SessionToken, unknown.AccessKeyID = "x", "x", "ASIANOBODY"
	for name, tc := range map[string]struct {
		signer        sdk.Credentials
		skew          time.Duration
		region, scope string
		now           time.Time
		tamper        func(*http.Request)
		ec2, sts      string // code in the body
		control       string // error type
		status        [4]int // of ec2, sts, control, data
	}{
		"good":         {signer: probe, status: [4]int{200, 200, 200, 404}, control: ""},
		"unsigned":     {status: [4]int{400, 403, 403, 401}, ec2: "MissingParameter", sts: "MissingAuthenticationToken", control: "MissingAuthenticationTokenException"},
		"unknown key":  {signer: unknown, status: [4]int{401, 403, 403, 403}, ec2: "AuthFailure", sts: "InvalidClientTokenId", control: "UnrecognizedClientException"},
		"wrong token":  {signer: wrongToken, status: [4]int{401, 403, 403, 403}, ec2: "AuthFailure", sts: "InvalidClientTokenId", control: "UnrecognizedClientException"},
		"wrong secret": {signer: wrongSecret, status: [4]int{403, 403, 403, 403}, ec2: "SignatureDoesNotMatch", sts: "SignatureDoesNotMatch", control: "InvalidSignatureException"},
		"expired":      {signer: probe, now: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), status: [4]int{400, 403, 403, 403}, ec2: "RequestExpired", sts: "ExpiredToken", control: "ExpiredTokenException"},
		"wrong region": {signer: probe, region: "eu-west-1", status: [4]int{401, 403, 403, 403}, ec2: "AuthFailure", sts: "SignatureDoesNotMatch", control: "InvalidSignatureException"},
		"late":         {signer: probe, skew: -20 * time.Minute, status: [4]int{400, 403, 403, 403}, ec2: "RequestExpired", sts: "SignatureDoesNotMatch", control: "InvalidSignatureException"},
		"a bit late":   {signer: probe, skew: -6 * time.Minute, status: [4]int{401, 403, 403, 403}, ec2: "AuthFailure", sts: "SignatureDoesNotMatch", control: "InvalidSignatureException"},
		"early":        {signer: probe, skew: 20 * time.Minute, status: [4]int{401, 403, 403, 403}, ec2: "AuthFailure", sts: "SignatureDoesNotMatch", control: "InvalidSignatureException"},
		"tampered header": {signer: probe, tamper: func(r *http.Request) { r.Header.Set("Content-Type", r.Header.Get("Content-Type")+" ;x=y") },
			status: [4]int{403, 403, 200, 404}, ec2: "SignatureDoesNotMatch", sts: "SignatureDoesNotMatch", control: ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, says(200, "{}"))
			if !tc.now.IsZero() {
				w.now = tc.now
			}
			send := func(q request) answer {
				q.signer, q.skew, q.region, q.tamper = tc.signer, tc.skew, tc.region, tc.tamper
				return w.send(t, q)
			}
			ec2 := send(request{service: aws.ServiceEC2, path: "/", body: describeVPCs})
			sts := send(request{service: aws.ServiceSTS, path: "/", body: whoAmI})
			control := send(request{service: aws.ServiceAgentCoreControl, path: "/runtimes/"})
			data := send(request{service: aws.ServiceAgentCore, path: "/runtimes/" + label + "/invocations?qualifier=NONE", arrival: private})
			if got := [4]int{ec2.Status, sts.Status, control.Status, data.Status}; got != tc.status {
				t.Errorf("status = %v, want %v", got, tc.status)
			}
			if !strings.Contains(ec2.Body, "<Code>"+tc.ec2+"</Code>") && tc.ec2 != "" {
				t.Errorf("EC2: %s", ec2.Body)
			}
			if !strings.Contains(sts.Body, "<Code>"+tc.sts+"</Code>") && tc.sts != "" {
				t.Errorf("STS: %s", sts.Body)
			}
			if control.Type != tc.control {
				t.Errorf("control: %s", control.Type)
			}
		})
	}
}

func TestErrorShapes(t *testing.T) {
	w := newWorld(t, nil)
	for _, tc := range []struct {
		q    request
		want string
	}{
		{request{service: aws.ServiceEC2, path: "/", body: "Action=DescribeVpcs&Version=2016-11-15&Filter.1.Name=colour&Filter.1.Value.1=red"},
			`<Response><Errors><Error><Code>InvalidParameterValue</Code><Message>The filter 'colour' is invalid</Message></Error></Errors><RequestID>ID</RequestID></Response>`},
		{request{service: aws.ServiceEC2, path: "/", body: "Action=DescribeSecurityGroups&Version=2016-11-15&GroupId.1=sg-1"},
			`<Response><Errors><Error><Code>InvalidGroup.NotFound</Code><Message>The security group 'sg-1' does not exist</Message></Error></Errors><RequestID>ID</RequestID></Response>`},
		{request{service: aws.ServiceEC2, path: "/", body: "Action=Rainbow&Version=2016-11-15"},
			`<Response><Errors><Error><Code>InvalidAction</Code><Message>The action Rainbow is not valid for this web service.</Message></Error></Errors><RequestID>ID</RequestID></Response>`},
		{request{service: aws.ServiceEC2, path: "/", body: "Action=RevokeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-000000000000000b3"},
			`<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation. User: ` + session + ` is not authorized to perform: ec2:RevokeSecurityGroupIngress on resource: arn:aws:ec2:us-east-1:123456789012:security-group/sg-000000000000000b3 because no identity-based policy allows the ec2:RevokeSecurityGroupIngress action</Message></Error></Errors><RequestID>ID</RequestID></Response>`},
		{request{service: aws.ServiceSTS, path: "/", body: "Action=GetFederationToken&Version=2011-06-15"},
			`<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation GetFederationToken for version 2011-06-15</Message></Error><RequestId>ID</RequestId></ErrorResponse>`},
		{request{service: aws.ServiceRDS, path: "/", body: databases + "&DBInstanceIdentifier=none"},
			`<ErrorResponse><Error><Type>Sender</Type><Code>DBInstanceNotFound</Code><Message>DBInstance none not found.</Message></Error><RequestId>ID</RequestId></ErrorResponse>`},
		{request{service: aws.ServiceAgentCoreControl, method: http.MethodGet, path: "/runtimes/none-0123456789/"},
			`{"message":"Agent runtime with ID none-0123456789 was not found"}`},
	} {
		tc.q.signer = probe
		got := w.send(t, tc.q)
		id := got.header.Get("X-Amzn-RequestId")
		body := strings.ReplaceAll(strings.TrimPrefix(got.Body, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"), id, "ID")
		if diff := cmp.Diff(tc.want, body); diff != "" || len(id) != 36 || got.header.Get("Date") != "Tue, 24 Nov 2026 12:00:00 GMT" {
			t.Errorf("%s %v", diff, got.header)
		}
	}
}

func TestAServiceThatIsNotServedSaysSo(t *testing.T) {
	got := newWorld(t, says(200, "{}")).send(t, request{service: "polly", path: "/", signer: probe})
	if got.Status != http.StatusNotImplemented || got.Type != "NotImplemented" {
		t.Errorf("%+v", got)
	}
}

func TestReceived(t *testing.T) {
	w := newWorld(t, nil)
	w.send(t, request{service: aws.ServiceEC2, path: "/", body: describeVPCs, signer: probe})
	w.send(t, request{service: aws.ServiceSTS, path: "/", body: whoAmI})
	w.send(t, request{service: aws.ServiceAgentCore, path: "/runtimes/" + label + "/invocations", signer: probe, arrival: private})
	want := []aws.Call{
		{Service: "ec2", Action: "DescribeVpcs", Actions: []string{"ec2:DescribeVpcs"}, Principal: session, Status: 200},
		{Service: "sts", Action: "GetCallerIdentity", Status: 403, Code: "MissingAuthenticationToken"},
		{Service: "bedrock-agentcore", Action: "InvokeAgentRuntime", Actions: []string{"bedrock-agentcore:InvokeAgentRuntime", "bedrock-agentcore:InvokeAgentRuntime"}, Principal: session, Endpoint: endpoint, Status: 424, Code: "RuntimeClientError"},
	}
	for i := range want {
		want[i].At, want[i].Source = noon, "192.0.2.10:40000"
	}
	if diff := cmp.Diff(want, w.Received()); diff != "" {
		t.Error(diff)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	got := w.send(t, request{service: aws.ServiceEC2, path: "/", body: "Action=DescribeVpcs&x=" + strings.Repeat("x", 1<<20), signer: probe})
	if got.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("status = %d", got.Status)
	}
}

// invocation is an ordinary signed invocation through the endpoint.
func invocation() request {
	return request{service: aws.ServiceAgentCore, path: "/runtimes/" + label + "/invocations?qualifier=DEFAULT", body: `{"prompt":"hello"}`,
		signer: probe, arrival: private, header: http.Header{"Content-Type": {"application/json"}, "X-Amzn-Bedrock-Agentcore-Runtime-Session-Id": {sessionID}}}
}

func TestInvoke(t *testing.T) {
	const (
		user    = `{"message":"User: ` + session + ` is not authorized to perform: bedrock-agentcore:`
		invoke  = "InvokeAgentRuntime on resource: " + runtime
		absent  = `{"message":"No endpoint or agent found with qualifier 'NONE' for agent '` + runtime + `'"}`
		tooLow  = `{"message":"1 validation error detected: Value at 'runtimeSessionId' failed to satisfy constraint: Member must have length greater than or equal to 33","reason":"FieldValidationFailed"}`
		denyAll = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"bedrock-agentcore:*","Resource":"*"}]}`
	)
	setEndpointPolicy := func(text string) func(tree.Object) {
		return func(doc tree.Object) { tree.Objects(doc, "VpcEndpoints")[0]["PolicyDocument"] = text }
	}
	policiesLast := func(doc tree.Object) {
		tree.SetObjects(tree.Child(doc, "Lab"), "Hosts", []tree.Object{{"Name": "front", "Services": []any{tree.Object{"API": "bedrock-agentcore", "AuthorizeAfterNotFound": true}}}})
	}
	for name, tc := range map[string]struct {
		change func(tree.Object)
		query  func(*request)
		agent  http.RoundTripper
		want   answer
	}{
		"through the endpoint": {want: answer{Status: 200, Body: `{"result":"ok"}`}},
		"bare id and account":  {query: func(q *request) { q.path = "/runtimes/support-AbCdEf1234/invocations?accountId=123456789012" }, want: answer{Status: 200, Body: `{"result":"ok"}`}},
		"public path is denied by the resource policy": {query: func(q *request) { q.arrival = aws.Arrival{} },
			want: answer{Status: 403, Type: "AccessDeniedException", Body: user + invoke + ` with an explicit deny in a resource-based policy"}`}},
		"runtime endpoint's policy counts too": {query: func(q *request) { q.arrival = aws.Arrival{} },
			change: func(doc tree.Object) {
				tree.SetObjects(doc, "resourcePolicies", tree.Objects(doc, "resourcePolicies")[1:])
			},
			want: answer{Status: 403, Type: "AccessDeniedException", Body: user + invoke + `/runtime-endpoint/DEFAULT with an explicit deny in a resource-based policy"}`}},
		"public path is open without policies": {query: func(q *request) { q.arrival = aws.Arrival{} }, change: func(doc tree.Object) { delete(doc, "resourcePolicies") },
			want: answer{Status: 200, Body: `{"result":"ok"}`}},
		"endpoint policy denies": {change: setEndpointPolicy(denyAll), want: answer{Status: 403, Type: "AccessDeniedException", Body: user + invoke + ` with an explicit deny in a VPC endpoint policy"}`}},
		"endpoint policy is silent": {change: setEndpointPolicy(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}`),
			want: answer{Status: 403, Type: "AccessDeniedException", Body: user + invoke + ` because no VPC endpoint policy allows the bedrock-agentcore:InvokeAgentRuntime action"}`}},
		"on behalf of a user needs one more action": {query: func(q *request) { q.header.Set("X-Amzn-Bedrock-Agentcore-Runtime-User-Id", "u") },
			want: answer{Status: 403, Type: "AccessDeniedException", Body: user + `InvokeAgentRuntimeForUser on resource: ` + runtime + ` because no identity-based policy allows the bedrock-agentcore:InvokeAgentRuntimeForUser action"}`}},
		"unknown qualifier, after authorization": {query: func(q *request) { q.path = "/runtimes/" + label + "/invocations?qualifier=NONE" },
			want: answer{Status: 404, Type: "ResourceNotFoundException", Body: absent}},
		"unknown qualifier, before authorization": {query: func(q *request) {
			q.path = "/runtimes/" + label + "/invocations?qualifier=NONE"
			q.arrival = aws.Arrival{}
		}, change: policiesLast,
			want: answer{Status: 404, Type: "ResourceNotFoundException", Body: absent}},
		"unknown qualifier on the public path": {query: func(q *request) {
			q.path = "/runtimes/" + label + "/invocations?qualifier=NONE"
			q.arrival = aws.Arrival{}
		},
			want: answer{Status: 403, Type: "AccessDeniedException", Body: user + invoke + ` with an explicit deny in a resource-based policy"}`}},
		"short session id, before authorization": {query: func(q *request) {
			q.header.Set("X-Amzn-Bedrock-Agentcore-Runtime-Session-Id", "short")
			q.arrival = aws.Arrival{}
		}, change: policiesLast, want: answer{Status: 400, Type: "ValidationException", Body: tooLow}},
		"short session id, after authorization": {query: func(q *request) { q.header.Set("X-Amzn-Bedrock-Agentcore-Runtime-Session-Id", "short") },
			want: answer{Status: 400, Type: "ValidationException", Body: tooLow}},
		"short session id on the public path": {query: func(q *request) {
			q.header.Set("X-Amzn-Bedrock-Agentcore-Runtime-Session-Id", "short")
			q.arrival = aws.Arrival{}
		}, want: answer{Status: 403, Type: "AccessDeniedException", Body: user + invoke + ` with an explicit deny in a resource-based policy"}`}},
		"endpoint not ready": {change: func(doc tree.Object) { tree.Objects(doc, "agentRuntimeEndpoints")[0]["status"] = "CREATING" },
			want: answer{Status: 404, Type: "ResourceNotFoundException", Body: strings.Replace(absent, "NONE", "DEFAULT", 1)}},
		"runtime with OAuth": {change: func(doc tree.Object) {
			tree.Objects(doc, "agentRuntimes")[0]["authorizerConfiguration"] = tree.Object{"customJWTAuthorizer": tree.Object{}}
		},
			want: answer{Status: 403, Type: "AccessDeniedException", Body: `{"message":"Authorization method mismatch. The agent is configured for a different authorization method than what was used in your request. Check the agent's authorization configuration and ensure your request uses the matching method (OAuth or SigV4)"}`}},
		"container fails": {agent: says(502, ""), want: answer{Status: 424, Type: "RuntimeClientError", Body: `{"message":"Received error (502) from runtime. Please check your CloudWatch logs for more information."}`}},
		"container does not answer": {agent: agentFunc(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }),
			want: answer{Status: 424, Type: "RuntimeClientError", Body: `{"message":"Runtime initialization time exceeded. Please make sure that initialization completes in 30s."}`}},
		"policy beyond the evaluator": {change: setEndpointPolicy(`{"Statement":{"Effect":"Allow","NotPrincipal":"*","Action":"*","Resource":"*"}}`),
			want: answer{Status: 500, Type: "InternalServerException", Body: `{"message":"The lab cannot answer this request: policy of ` + endpoint + `: policy: statement 0: NotPrincipal: not supported by the lab's evaluator"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			agent := tc.agent
			if agent == nil {
				agent = says(200, `{"result":"ok"}`)
			}
			w, q := newWorld(t, agent), invocation()
			if tc.change != nil {
				w.change(t, tc.change)
			}
			if tc.query != nil {
				tc.query(&q)
			}
			if diff := cmp.Diff(tc.want, w.send(t, q), cmpopts.IgnoreUnexported(answer{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The container contract: POST /invocations with the payload and the session id
// ("HTTP protocol contract", Amazon Bedrock AgentCore Developer Guide).
func TestInvokePassesThePayloadAndStopEndsTheSession(t *testing.T) {
	var got string
	w := newWorld(t, agentFunc(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		got = r.Method + " " + r.URL.String() + " " + r.Header.Get("X-Amzn-Bedrock-AgentCore-Runtime-Session-Id") + " " + string(body)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, err
	}))
	first := w.send(t, invocation())
	if want := "POST http://support-AbCdEf1234/invocations " + sessionID + ` {"prompt":"hello"}`; got != want {
		t.Errorf("container got %q", got)
	}
	if id := first.header.Get("X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"); id != sessionID {
		t.Errorf("session id = %q", id)
	}
	stop := invocation()
	stop.path = "/runtimes/" + label + "/stopruntimesession?qualifier=DEFAULT"
	for i, want := range []int{200, 404} {
		if got := w.send(t, stop); got.Status != want {
			t.Errorf("stop %d: %+v", i, got)
		}
	}
}

func TestListEventsOfNoMemory(t *testing.T) {
	w := newWorld(t, nil)
	q := request{service: aws.ServiceAgentCore, path: "/memories/none-0123456789/actor/a/sessions/s", signer: operator, arrival: private}
	if got := w.send(t, q); got.Status != 404 || got.Type != "ResourceNotFoundException" {
		t.Errorf("%+v", got)
	}
	w.change(t, func(doc tree.Object) {
		tree.Objects(tree.Child(doc, "Lab"), "Principals")[1]["IdentityPolicies"] = []any{}
	})
	if got := w.send(t, q); got.Status != 403 {
		t.Errorf("%+v", got)
	}
}

func TestControlPlane(t *testing.T) {
	const base = "/resourcepolicy/" + label
	w := newWorld(t, nil)
	for _, tc := range []struct {
		method, path, body string
		status             int
		contains           string
	}{
		{http.MethodPost, "/runtimes/?maxResults=1", "", 200, `"agentRuntimeId":"support-AbCdEf1234"`},
		{http.MethodPost, "/runtimes/?maxResults=0", "", 400, "maxResults"},
		{http.MethodGet, "/runtimes/support-AbCdEf1234/", "", 200, `"networkMode":"VPC"`},
		{http.MethodGet, "/runtimes/support-AbCdEf1234/?version=7", "", 404, "version 7"},
		{http.MethodGet, "/runtimes/Bad/", "", 400, "agentRuntimeId"},
		{http.MethodPost, "/runtimes/support-AbCdEf1234/runtime-endpoints/", "", 200, `"runtimeEndpoints":[{`},
		{http.MethodGet, "/runtimes/support-AbCdEf1234/runtime-endpoints/DEFAULT/", "", 200, `"liveVersion":"1"`},
		{http.MethodGet, "/runtimes/support-AbCdEf1234/runtime-endpoints/none/", "", 404, "none"},
		{http.MethodGet, base, "", 200, `OnlyThroughTheEndpoint`},
		{http.MethodGet, base + "%2Fruntime-endpoint%2FDEFAULT", "", 200, `OnlyThroughTheEndpoint`},
		{http.MethodGet, base + "%2Fruntime-endpoint%2Fnone", "", 404, "not found"},
		{http.MethodDelete, base, "", 204, ""},
		{http.MethodDelete, base, "", 404, "No resource policy"},
		{http.MethodGet, base, "", 404, "No resource policy"},
		{http.MethodPut, base, `{"policy":"{}"}`, 400, "invalid"},
		{http.MethodPut, base, `{"policy":"{\"Statement\":[]}"}`, 201, `"policy"`},
		{http.MethodGet, base, "", 200, "Statement"},
		{http.MethodGet, "/nothing", "", 404, ""},
	} {
		got := w.send(t, request{service: aws.ServiceAgentCoreControl, method: tc.method, path: tc.path, body: tc.body, signer: operator})
		if got.Status != tc.status || !strings.Contains(got.Body, tc.contains) {
			t.Errorf("%s %s = %d %s", tc.method, tc.path, got.Status, got.Body)
		}
	}
}

func TestEmptyPolicyIsAnEmptyResult(t *testing.T) {
	w := newWorld(t, nil)
	w.change(t, func(doc tree.Object) { tree.Objects(doc, "resourcePolicies")[0]["policy"] = "" })
	got := w.send(t, request{service: aws.ServiceAgentCoreControl, method: http.MethodGet, path: "/resourcepolicy/" + label, signer: probe})
	if got.Status != 200 || got.Body != "{}" {
		t.Errorf("%+v", got)
	}
}

func TestInactiveKeyIsUnknown(t *testing.T) {
	w := newWorld(t, nil)
	w.change(t, func(doc tree.Object) { tree.Objects(tree.Child(doc, "Lab"), "Principals")[0]["Disabled"] = true })
	if got := w.send(t, request{service: aws.ServiceAgentCoreControl, path: "/runtimes/", signer: probe}); got.Type != "UnrecognizedClientException" {
		t.Errorf("%+v", got)
	}
}

func TestClockOffsetOfTheAnsweringHost(t *testing.T) {
	w := newWorld(t, nil)
	q := request{service: aws.ServiceSTS, path: "/", body: whoAmI, signer: probe, arrival: aws.Arrival{ClockOffset: 20 * time.Minute}}
	got := w.send(t, q)
	if got.header.Get("Date") != "Tue, 24 Nov 2026 12:20:00 GMT" || !strings.Contains(got.Body, "Signature expired: 20261124T120000Z is now earlier than 20261124T121500Z (20261124T122000Z - 5 min.)") {
		t.Errorf("%+v", got)
	}
}

func TestCheckRefusesAPolicyThatCannotBeJudged(t *testing.T) {
	w := newWorld(t, nil)
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
	w.change(t, func(doc tree.Object) {
		tree.Objects(doc, "resourcePolicies")[0]["policy"] = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}}`
	})
	if err := w.Check(); err == nil || !strings.Contains(err.Error(), "aws:PrincipalOrgID") {
		t.Errorf("Check = %v", err)
	}
}

func FuzzHandler(f *testing.F) {
	f.Add("ec2", "POST", "/", describeVPCs)
	f.Add("rds", "GET", "/?Action=DescribeDBInstances", "")
	f.Add("bedrock-agentcore", "POST", "/runtimes/"+label+"/invocations?qualifier=%41", "{}")
	f.Add("bedrock-agentcore-control", "PUT", "/resourcepolicy/%2F", "{}")
	w := newWorld(f, says(200, "{}"))
	f.Fuzz(func(t *testing.T, service, method, path, body string) {
		if !strings.HasPrefix(path, "/") || !validRequest(method, "https://"+service+".us-east-1.amazonaws.com"+path) {
			return // no client sends it
		}
		if got := w.send(t, request{service: service, name: "x", method: method, path: path, body: body}); got.Status < 400 {
			t.Errorf("an unsigned request got %d", got.Status)
		}
	})
}

func validRequest(method, target string) bool {
	_, err := http.NewRequest(method, target, nil)
	_, line := url.ParseRequestURI(target)
	return err == nil && line == nil && method != "" && !strings.ContainsAny(method+target, " \t\r\n")
}
