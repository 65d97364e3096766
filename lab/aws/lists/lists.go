// Package lists answers the read that costs nothing of services that the lab's
// worlds have little of: what a signed question of whether a service can be
// reached, and may be asked, looks like at each of them.
package lists

import (
	"strconv"

	"github.com/agentcore-probe/probe/lab/aws/tree"
)

// Listing is an operation that lists resources. The list stands in the world's
// document under the key that the answer has too.
type Listing struct {
	Action            string // as policies call it
	resource          string // what it is authorized on, below arn:aws:…:region:account; "" is "*"
	key, id           string
	limit, token, out string // names of parameters, and of the answer's token
}

// of lists the operations of each service, from the services' API references
// and the "Actions, resources, and condition keys" pages.
var of = map[string]map[string]Listing{
	"dynamodb": {"ListTables": {
		Action: "dynamodb:ListTables", resource: "dynamodb table/*", key: "TableNames", id: "", limit: "Limit", token: "ExclusiveStartTableName", out: "LastEvaluatedTableName",
	}},
	"secretsmanager": {"ListSecrets": {
		Action: "secretsmanager:ListSecrets", key: "SecretList", id: "ARN", limit: "MaxResults", token: "NextToken", out: "NextToken",
	}},
	"kms": {"ListKeys": {
		Action: "kms:ListKeys", key: "Keys", id: "KeyId", limit: "Limit", token: "Marker", out: "NextMarker",
	}},
	"ssm": {"DescribeParameters": {
		Action: "ssm:DescribeParameters", resource: "ssm *", key: "Parameters", id: "Name", limit: "MaxResults", token: "NextToken", out: "NextToken",
	}},
	"sqs": {"ListQueues": {
		Action: "sqs:ListQueues", resource: "sqs *", key: "QueueUrls", limit: "MaxResults", token: "NextToken", out: "NextToken",
	}},
	"monitoring": {"ListMetrics": {
		Action: "cloudwatch:ListMetrics", key: "Metrics", id: "MetricName", token: "NextToken", out: "NextToken",
	}},
	"xray":            {"GetGroups": {Action: "xray:GetGroups", key: "Groups", id: "GroupARN", token: "NextToken", out: "NextToken"}},
	"bedrock-runtime": {"ListAsyncInvokes": {Action: "bedrock:ListAsyncInvokes", resource: "bedrock async-invoke/*", key: "asyncInvokeSummaries", id: "invocationArn", limit: "maxResults", token: "nextToken", out: "nextToken"}},
}

// Find returns an operation of a service.
func Find(service, operation string) (Listing, bool) {
	l, ok := of[service][operation]
	return l, ok
}

// Operation returns the operation of a REST service that a request is for: "POST
// /Groups" of X-Ray and "GET /async-invoke" of Amazon Bedrock.
func Operation(service, method, path string) string {
	return map[string]string{"xray POST /Groups": "GetGroups", "bedrock-runtime GET /async-invoke": "ListAsyncInvokes"}[service+" "+method+" "+path]
}

// Resource is what the operation is authorized on.
func (l Listing) Resource(doc tree.Object) string {
	if l.resource == "" {
		return "*"
	}
	return tree.ARN(doc, l.resource)
}

// Do answers the operation.
func (l Listing) Do(doc, input tree.Object) tree.Object {
	list, _ := doc[l.key].([]any)
	limit, err := strconv.Atoi(tree.Text(input, l.limit))
	if err != nil || limit < 0 {
		limit = 0
	}
	page, next := tree.Page(list, l.id, tree.Text(input, l.token), limit)
	answer := tree.Object{l.key: page}
	if next != "" {
		answer[l.out] = next
	}
	return answer
}
