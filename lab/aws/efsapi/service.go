// Package efsapi is Amazon EFS's API as far as the lab's worlds need it: access
// points and mount targets ("Amazon EFS API", version 2015-02-01).
package efsapi

import (
	"net/http"
	"strconv"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// listing is an operation that lists resources of a file system: the list in
// document and answer, its parameters, and the names of the paging token in
// request and answer.
type listing struct {
	name, key, id      string
	limit, token, next string
}

// By path. DescribeAccessPoints pages by 100, DescribeMountTargets by 10 whatever
// MaxItems says.
var listings = map[string]listing{
	"/2015-02-01/access-points": {"DescribeAccessPoints", "AccessPoints", "AccessPointId", "MaxResults", "NextToken", "NextToken"},
	"/2015-02-01/mount-targets": {"DescribeMountTargets", "MountTargets", "MountTargetId", "", "Marker", "NextMarker"},
}

const (
	mostAccessPoints = 100
	mostMountTargets = 10
)

// Operation returns the operation that a request is for, "" for none.
func Operation(r *http.Request) string {
	if r.Method != http.MethodGet {
		return ""
	}
	return listings[r.URL.Path].name
}

// Do answers a request of an Operation. authorize judges an action on a resource.
// The error is a *wire.Fault for what the caller did wrong.
func Do(doc tree.Object, r *http.Request, authorize func(action, resource, policy string) error) (tree.Object, error) {
	l := listings[r.URL.Path]
	query := r.URL.Query()
	fileSystem, point, fault := named(doc, query.Get("FileSystemId"), query.Get("AccessPointId"))
	if fault != nil {
		return nil, fault
	}
	resource := tree.ARN(doc, "elasticfilesystem file-system/"+fileSystem)
	if l.key == "AccessPoints" && point != "" {
		resource = tree.ARN(doc, "elasticfilesystem access-point/"+point)
	}
	if err := authorize("elasticfilesystem:"+l.name, resource, ""); err != nil {
		return nil, err
	}
	var found []any
	for _, o := range tree.Objects(doc, l.key) {
		if tree.Text(o, "FileSystemId") == fileSystem && (l.key != "AccessPoints" || point == "" || tree.Text(o, "AccessPointId") == point) {
			found = append(found, o)
		}
	}
	limit, err := l.most(query.Get(l.limit))
	if err != nil {
		return nil, err
	}
	page, next := tree.Page(found, l.id, query.Get(l.token), limit)
	answer := tree.Object{l.key: page}
	if next != "" {
		answer[l.next] = next
	}
	return answer, nil
}

// most is how many entries a page has.
func (l listing) most(text string) (int, error) {
	if l.limit == "" {
		return mostMountTargets, nil
	}
	if text == "" {
		return mostAccessPoints, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 {
		return 0, wire.Faultf(http.StatusBadRequest, "BadRequest", "invalid %s: %s", l.limit, text)
	}
	return min(limit, mostAccessPoints), nil
}
