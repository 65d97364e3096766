package metadata_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/metadata"
	"github.com/agentcore-probe/probe/lab/world"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// platform serves a world whose credentials come from a source, with its knobs
// set by set.
func platform(t *testing.T, source world.CredentialSource, now *time.Time, set func(*world.Credentials)) metadata.Platform {
	t.Helper()
	w, err := world.Healthy("private")
	if err == nil {
		w, err = w.From(source)
	}
	if err != nil {
		t.Fatal(err)
	}
	if set != nil {
		set(w.Lab().Credentials)
	}
	return metadata.Platform{World: func() *world.World { return w }, Now: func() time.Time { return *now }, Verify: func(token, _ string) error {
		if token != "good" {
			return io.ErrUnexpectedEOF
		}
		return nil
	}}
}

// ask sends a request from the sidecar's address.
func ask(h http.Handler, method, path string, header ...string) (int, string) {
	r := httptest.NewRequest(method, "http://169.254.169.254"+path, nil)
	r.RemoteAddr = "10.0.1.20:40000"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, strings.TrimSpace(w.Body.String())
}

const (
	ttlHeader   = "X-aws-ec2-metadata-token-ttl-seconds"
	tokenHeader = "X-aws-ec2-metadata-token"
)

// The statuses are those of "Use the Instance Metadata Service to access
// instance metadata" (EC2 User Guide).
func TestInstanceTokens(t *testing.T) {
	now := noon
	h := platform(t, world.SourceInstance, &now, nil).Handler(world.ServiceInstanceMetadata)
	statuses := map[string]int{}
	for _, ttl := range []string{"", "0", "21601", "x"} {
		statuses["ttl "+ttl], _ = ask(h, "PUT", "/latest/api/token", ttlHeader, ttl)
	}
	statuses["forwarded"], _ = ask(h, "PUT", "/latest/api/token", ttlHeader, "60", "X-Forwarded-For", "10.0.0.1")
	statuses["without"], _ = ask(h, "GET", "/latest/meta-data/mac")
	statuses["made up"], _ = ask(h, "GET", "/latest/meta-data/mac", tokenHeader, "made-up")
	_, token := ask(h, "PUT", "/latest/api/token", ttlHeader, "60")
	statuses["with"], _ = ask(h, "GET", "/latest/meta-data/mac", tokenHeader, token)
	statuses["not there"], _ = ask(h, "GET", "/latest/meta-data/spot", tokenHeader, token)
	now = now.Add(time.Minute)
	statuses["ended"], _ = ask(h, "GET", "/latest/meta-data/mac", tokenHeader, token)
	want := map[string]int{
		"ttl ": 400, "ttl 0": 400, "ttl 21601": 400, "ttl x": 400, "forwarded": 403,
		"without": 401, "made up": 401, "with": 200, "not there": 404, "ended": 401,
	}
	if d := cmp.Diff(want, statuses); d != "" {
		t.Error(d)
	}
}

func TestInstanceKnobs(t *testing.T) {
	now := noon
	off := platform(t, world.SourceInstance, &now, func(c *world.Credentials) { c.Off = true }).Handler(world.ServiceInstanceMetadata)
	if status, _ := ask(off, "PUT", "/latest/api/token", ttlHeader, "60"); status != 403 {
		t.Errorf("turned off: %d", status)
	}
	open := platform(t, world.SourceInstance, &now, func(c *world.Credentials) { c.TokensOptional, c.Role = true, "" }).Handler(world.ServiceInstanceMetadata)
	if status, body := ask(open, "GET", "/latest/meta-data/instance-id"); status != 200 || body != world.InstanceID {
		t.Errorf("without a token: %d %s", status, body)
	}
	if status, _ := ask(open, "GET", "/latest/meta-data/iam/security-credentials/"); status != 404 {
		t.Errorf("without a role: %d", status)
	}
}

func TestContainersGetTheSessionOfTheirRole(t *testing.T) {
	now := noon
	refuses := func(c *world.Credentials) { c.Status = 500 }
	got := map[string]int{}
	task := platform(t, world.SourceTask, &now, nil).Handler(world.ServiceTaskMetadata)
	var keys string
	got["task"], keys = ask(task, "GET", metadata.TaskCredentials)
	got["another task"], _ = ask(task, "GET", "/v2/credentials/00000000000000000000000000000000")
	got["task refused"], _ = ask(platform(t, world.SourceTask, &now, refuses).Handler(world.ServiceTaskMetadata), "GET", metadata.TaskCredentials)
	pods := platform(t, world.SourcePod, &now, nil).Handler(world.ServicePodIdentity)
	got["pod"], _ = ask(pods, "GET", metadata.PodCredentials, "Authorization", "good")
	got["pod with another token"], _ = ask(pods, "GET", metadata.PodCredentials, "Authorization", "bad")
	want := map[string]int{"task": 200, "another task": 404, "task refused": 500, "pod": 200, "pod with another token": 400}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !strings.Contains(keys, `"AccessKeyId":"ASIAIOSFODNN7EXAMPLE"`) || !strings.Contains(keys, `"Expiration":"2099-01-01T00:00:00Z"`) {
		t.Errorf("the task's credentials are %s", keys)
	}
}
