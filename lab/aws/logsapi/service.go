// Package logsapi is Amazon CloudWatch Logs' API as far as the lab's worlds need
// it: an agent's log groups, and writing into them ("Amazon CloudWatch Logs API
// Reference", 2014-03-28).
package logsapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// Service is the API of one region. Groups and streams are "logGroups" and
// "logStreams" of the document, in the shape of the AWS CLI; a stream names its
// group in "logGroupName" besides.
type Service struct {
	Store tree.Store
	Now   time.Time
}

// Resource returns the ARN that an operation is authorized on; ok is false for
// an operation that is not known.
func (s Service) Resource(doc tree.Object, operation string, input tree.Object) (arn string, ok bool) {
	group := tree.ARN(doc, "logs log-group:"+tree.Text(input, "logGroupName"))
	switch operation {
	case "DescribeLogGroups":
		return tree.ARN(doc, "logs log-group::log-stream:"), true
	case "DescribeLogStreams":
		return group + ":log-stream:", true
	case "CreateLogStream", "PutLogEvents":
		return group + ":log-stream:" + tree.Text(input, "logStreamName"), true
	}
	return "", false
}

// Do carries out an operation. The error is a *wire.Fault for what the caller
// did wrong.
func (s Service) Do(operation string, input tree.Object) (tree.Object, error) {
	switch operation {
	case "CreateLogStream":
		return s.create(input)
	case "PutLogEvents":
		return s.put(input)
	}
	doc, err := s.Store.Read()
	if err != nil {
		return nil, err
	}
	if operation == "DescribeLogGroups" {
		return describe(tree.Objects(doc, "logGroups"), "logGroups", "logGroupName", tree.Text(input, "logGroupNamePrefix"), input)
	}
	group := tree.Text(input, "logGroupName")
	if _, ok := tree.Find(doc, "logGroups", "logGroupName", group); !ok {
		return nil, absent("group")
	}
	streams := slices.DeleteFunc(tree.Objects(doc, "logStreams"), func(o tree.Object) bool { return tree.Text(o, "logGroupName") != group })
	return describe(streams, "logStreams", "logStreamName", tree.Text(input, "logStreamNamePrefix"), input)
}

func describe(all []tree.Object, key, id, prefix string, input tree.Object) (tree.Object, error) {
	limit := 50
	if text := tree.Text(input, "limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 50 {
			return nil, wire.Faultf(http.StatusBadRequest, "InvalidParameterException",
				"1 validation error detected: Value '%s' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50", text)
		}
	}
	var found []any
	for _, o := range all {
		if strings.HasPrefix(tree.Text(o, id), prefix) {
			found = append(found, o)
		}
	}
	page, next := tree.Page(found, id, tree.Text(input, "nextToken"), limit)
	answer := tree.Object{key: page}
	if next != "" {
		answer["nextToken"] = next
	}
	return answer, nil
}

func absent(what string) *wire.Fault {
	return wire.Faultf(http.StatusBadRequest, "ResourceNotFoundException", "The specified log %s does not exist.", what)
}

func streamOf(doc, input tree.Object) (tree.Object, bool) {
	streams := tree.Objects(doc, "logStreams")
	i := slices.IndexFunc(streams, func(o tree.Object) bool {
		return tree.Text(o, "logGroupName") == tree.Text(input, "logGroupName") && tree.Text(o, "logStreamName") == tree.Text(input, "logStreamName")
	})
	if i < 0 {
		return nil, false
	}
	return streams[i], true
}

func (s Service) create(input tree.Object) (tree.Object, error) {
	return tree.Object{}, s.Store.Change(func(doc tree.Object) error {
		group, ok := tree.Find(doc, "logGroups", "logGroupName", tree.Text(input, "logGroupName"))
		name := tree.Text(input, "logStreamName")
		if !ok {
			return absent("group")
		}
		if name == "" || strings.ContainsAny(name, ":*") {
			return wire.Faultf(http.StatusBadRequest, "InvalidParameterException", "1 validation error detected: Value '%s' at 'logStreamName' failed to satisfy constraint", name)
		}
		if _, taken := streamOf(doc, input); taken {
			return wire.Faultf(http.StatusBadRequest, "ResourceAlreadyExistsException", "The specified log stream already exists")
		}
		stream := tree.Object{
			"logGroupName": tree.Text(group, "logGroupName"), "logStreamName": name, "creationTime": s.moment(),
			"arn": strings.TrimSuffix(tree.Text(group, "arn"), ":*") + ":log-stream:" + name,
		}
		tree.SetObjects(doc, "logStreams", append(tree.Objects(doc, "logStreams"), stream))
		return nil
	})
}

// moment is now, in milliseconds since 1970.
func (s Service) moment() json.Number { return json.Number(strconv.FormatInt(s.Now.UnixMilli(), 10)) }

// put keeps of the events what DescribeLogStreams tells.
func (s Service) put(input tree.Object) (tree.Object, error) {
	events := tree.Objects(input, "logEvents")
	if len(events) == 0 {
		return nil, wire.Faultf(http.StatusBadRequest, "InvalidParameterException", "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	return tree.Object{}, s.Store.Change(func(doc tree.Object) error {
		if _, ok := tree.Find(doc, "logGroups", "logGroupName", tree.Text(input, "logGroupName")); !ok {
			return absent("group")
		}
		stream, ok := streamOf(doc, input)
		if !ok {
			return absent("stream")
		}
		if stream["firstEventTimestamp"] == nil {
			stream["firstEventTimestamp"] = events[0]["timestamp"]
		}
		stream["lastEventTimestamp"], stream["lastIngestionTime"] = events[len(events)-1]["timestamp"], s.moment()
		return nil
	})
}
