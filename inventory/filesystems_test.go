package inventory_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/vpc"
)

const mountedPoint = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0a1b2c3d4e5f60001"

// mounting has the runtime mount a file system by two configurations.
func (f *fakeAWS) mounting(t *testing.T) {
	t.Helper()
	mount := func(path string) string {
		return `{"efsAccessPoint":{"accessPointArn":"` + mountedPoint + `","mountPath":"` + path + `"}}`
	}
	f.overrides["GetAgentRuntime"] = text(http.StatusOK, `{"agentRuntimeArn":"`+theRuntime+`","agentRuntimeId":"support-Ab3dEf6hIj","status":"READY","networkConfiguration":{"networkMode":"VPC"},
		"filesystemConfigurations":[`+mount("/mnt/tools")+`,`+mount("/mnt/more")+`,{"sessionStorage":{"mountPath":"/mnt/work"}}]}`)
}

// Members of the answers: "DescribeAccessPoints" and "DescribeMountTargets" (Amazon
// EFS API).
func TestFileSystemsThatRuntimesMount(t *testing.T) {
	f := newFakeAWS(t)
	f.mounting(t)
	f.overrides["access-points"] = asks(t, "AccessPointId", text(http.StatusOK, `{"AccessPoints":[{"AccessPointArn":"`+mountedPoint+`","AccessPointId":"fsap-0a1b2c3d4e5f60001","FileSystemId":"fs-0a1b2c3d4e5f60001","LifeCycleState":"available"}]}`))
	f.overrides["mount-targets"] = asks(t, "AccessPointId", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("Marker") == "" {
			text(http.StatusOK, `{"MountTargets":[{"MountTargetId":"fsmt-0a1b2c3d4e5f60001","FileSystemId":"fs-0a1b2c3d4e5f60001","SubnetId":"subnet-0a1b2c3d4e5f6a001","LifeCycleState":"available","IpAddress":"10.0.1.40"}],"NextMarker":"more"}`)(w, r)
			return
		}
		text(http.StatusOK, `{"MountTargets":[{"MountTargetId":"fsmt-0a1b2c3d4e5f60002","FileSystemId":"fs-0a1b2c3d4e5f60001","SubnetId":"subnet-0a1b2c3d4e5f6a002","LifeCycleState":"creating","IpAddress":"10.0.2.40"}]}`)(w, r)
	})
	s := f.collect(t, nil)
	if len(s.Unread) != 0 {
		t.Errorf("unread: %v", s.Unread)
	}
	x := s.Network.Index()
	id := x.FileSystemOf(mountedPoint)
	targets, complete := x.MountTargetsOf(id)
	want := []vpc.MountTarget{
		{MountTargetID: "fsmt-0a1b2c3d4e5f60001", FileSystemID: id, SubnetID: "subnet-0a1b2c3d4e5f6a001", LifeCycleState: "available", IPAddress: "10.0.1.40"},
		{MountTargetID: "fsmt-0a1b2c3d4e5f60002", FileSystemID: id, SubnetID: "subnet-0a1b2c3d4e5f6a002", LifeCycleState: "creating", IPAddress: "10.0.2.40"},
	}
	if diff := cmp.Diff(want, targets); diff != "" || id != "fs-0a1b2c3d4e5f60001" || !complete {
		t.Errorf("file system %q, complete: %t (-want +got):\n%s", id, complete, diff)
	}
	if f.calls["access-points"] != 1 || f.calls["mount-targets"] != 2 {
		t.Errorf("asked %d and %d times, want 1 and 2 (two pages)", f.calls["access-points"], f.calls["mount-targets"])
	}
}

// asks holds a request to the access point as its query names it.
func asks(t *testing.T, parameter string, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query().Get(parameter); got != mountedPoint {
			t.Errorf("%s %s: %q, want %q", r.URL.Path, parameter, got, mountedPoint)
		}
		answer(w, r)
	}
}

// Code and status: "DescribeAccessPoints" and "DescribeMountTargets" (Amazon EFS
// API).
func TestAccessPointThatIsGone(t *testing.T) {
	f := newFakeAWS(t)
	f.mounting(t)
	for _, operation := range []string{"access-points", "mount-targets"} {
		f.overrides[operation] = restError(http.StatusNotFound, "AccessPointNotFound", "Access point does not exist.")
	}
	s := f.collect(t, nil)
	if len(s.Unread) != 0 || !s.Network.Has("AccessPoints") || !s.Network.Has("MountTargets") || len(s.Network.AccessPoints) != 0 {
		t.Errorf("unread %v, access points %v", s.Unread, s.Network.AccessPoints)
	}
}

func TestFileSystemsThatMayNotBeRead(t *testing.T) {
	f := newFakeAWS(t)
	f.mounting(t)
	for _, operation := range []string{"access-points", "mount-targets"} {
		f.overrides[operation] = restError(http.StatusForbidden, "AccessDeniedException", "User: x is not authorized to perform: elasticfilesystem:Describe")
	}
	s := f.collect(t, nil)
	var got []string
	for _, u := range s.Unread {
		got = append(got, u.Action+" "+string(u.Failure))
	}
	if diff := cmp.Diff([]string{"elasticfilesystem:DescribeAccessPoints access_denied", "elasticfilesystem:DescribeMountTargets access_denied"}, got); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
	for _, action := range []string{"elasticfilesystem:DescribeAccessPoints", "elasticfilesystem:DescribeMountTargets"} {
		if all := " " + strings.Join(inventory.Actions(), " ") + " "; !strings.Contains(all, " "+action+" ") {
			t.Errorf("%s is not among the actions that may be called", action)
		}
	}
}
