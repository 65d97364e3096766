package credentials_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/credentials"
	"github.com/agentcore-probe/probe/netpath"
)

// environ clears every AWS variable of the outside, sets those given as pairs,
// and returns the home folder that the shared files are looked for in.
func environ(t *testing.T, set map[string]string) (env map[string]string, home string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value) // puts it back afterwards
			_ = os.Unsetenv(name)
		}
	}
	home = t.TempDir()
	t.Setenv("HOME", home)
	env = map[string]string{
		"HOME": home, "AWS_REGION": "us-east-1", // the SDK has looked for the files of HOME when it was started
		"AWS_SHARED_CREDENTIALS_FILE": home + "/.aws/credentials", "AWS_CONFIG_FILE": home + "/.aws/config",
	}
	for name, value := range set {
		env[name] = strings.ReplaceAll(value, "$HOME", home)
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
	return env, home
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// container is a credential endpoint ("Container credential provider", AWS SDKs
// and Tools Reference Guide).
func container(t *testing.T, status int, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestWhereTheyComeFrom(t *testing.T) {
	keys := `{"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret", "Token": "token", "Expiration": "2099-01-01T00:00:00Z"}`
	const profile = "[probe]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n"
	for name, test := range map[string]struct {
		env          map[string]string
		shared       string
		source, want string
	}{
		"environment": {map[string]string{"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}, "", "the environment", "AKIAEXAMPLE"},
		"profile":     {map[string]string{"AWS_PROFILE": "probe"}, profile, "profile probe", "AKIAEXAMPLE"},
		"container":   {map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": container(t, 200, keys)}, "", "the container's credentials at 127.0.0.1", "ASIAEXAMPLE"},
	} {
		t.Run(name, func(t *testing.T) {
			env, home := environ(t, test.env)
			write(t, home+"/.aws/credentials", test.shared)
			_, chain := credentials.Load(t.Context(), credentials.Options{Env: env})
			got, err := chain.Retrieve(t.Context())
			if err != nil || got.AccessKeyID != test.want || chain.KeyID() != test.want || chain.Source() != test.source {
				t.Errorf("%s from %q, %v", got.AccessKeyID, chain.Source(), err)
			}
		})
	}
}

// fault loads credentials that are not to be had, and says why they are not.
func fault(t *testing.T, env map[string]string, o credentials.Options) *credentials.Error {
	t.Helper()
	o.Env = env
	_, chain := credentials.Load(t.Context(), o)
	_, err := chain.Retrieve(t.Context())
	var why *credentials.Error
	if !errors.As(err, &why) {
		t.Fatalf("error is %v", err)
	}
	return why
}

func TestWhyThereAreNone(t *testing.T) {
	const expired = "e30.eyJleHAiOjEwMDAwMDAwMDB9.c2ln" // {"exp":1000000000}: 2001-09-09
	for name, test := range map[string]struct {
		env   map[string]string
		files map[string]string // below the home folder
		want  netpath.Failure
		says  string // part of the reason; $HOME is the home folder
	}{
		"no profile":       {map[string]string{"AWS_PROFILE": "other"}, map[string]string{".aws/config": "[profile probe]\nregion = us-east-1\n"}, netpath.FailureProfile, "there is no profile other in $HOME/.aws/credentials (not there) or $HOME/.aws/config"},
		"half of the keys": {map[string]string{"AWS_PROFILE": "probe"}, map[string]string{".aws/credentials": "[probe]\naws_access_key_id = AKIAEXAMPLE\n"}, netpath.FailureSourceInvalid, "partial credentials"},
		"no source profile": {map[string]string{"AWS_PROFILE": "probe"}, map[string]string{".aws/config": "[profile probe]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n"},
			netpath.FailureSourceInvalid, "the source_profile base is not in $HOME/.aws/credentials (not there) or $HOME/.aws/config"},
		"no token": {map[string]string{"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE": "$HOME/token"}, nil, netpath.FailureIdentityFile, "no such file or directory"},
		"an empty token": {map[string]string{"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE": "$HOME/token"}, map[string]string{"token": "\n"},
			netpath.FailureIdentityFile, "it is empty"},
		"a token of a container that has ended": {map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": container(t, 400, "{}"), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "$HOME/token"},
			map[string]string{"token": expired}, netpath.FailureIdentityExpired, "the token in $HOME/token expired at 2001-09-09T01:46:40Z"},
		"a container that refuses":      {map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": container(t, 500, `{"message": "no role"}`)}, nil, netpath.FailureSourceRefuses, `status 500 {"message": "no role"}`},
		"a container that is not there": {map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"}, nil, netpath.FailureMetadata, "connection refused"},
		"nothing":                       {map[string]string{"AWS_EC2_METADATA_DISABLED": "true"}, nil, netpath.FailureNoCredentials, "AWS_EC2_METADATA_DISABLED is true"},
	} {
		t.Run(name, func(t *testing.T) {
			env, home := environ(t, test.env)
			for file, text := range test.files {
				write(t, filepath.Join(home, file), text)
			}
			why := fault(t, env, credentials.Options{})
			if says := strings.ReplaceAll(test.says, "$HOME", home); why.Failure != test.want || !strings.Contains(why.Facts["reason"], says) {
				t.Errorf("%s: %q, want %s: %q", why.Failure, why.Facts["reason"], test.want, says)
			}
		})
	}
}

// A token that a service repeats stays secret.
func TestSecretsStaySecret(t *testing.T) {
	env, home := environ(t, map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": container(t, 403, "not-a-jwt-but-secret is not known"), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "$HOME/token"})
	write(t, home+"/token", "not-a-jwt-but-secret")
	why := fault(t, env, credentials.Options{})
	want := netpath.Facts{
		"reason": "status 403 [hidden] is not known", "credentials": "the container's credentials at 127.0.0.1", "service": "the container's credentials at 127.0.0.1", "address": "127.0.0.1",
	}
	if d := cmp.Diff(want, why.Facts); d != "" {
		t.Error(d)
	}
}

// Who asks again soon gets the same answer, and nobody is asked for it; later
// the source is asked anew.
func TestFailuresAreRemembered(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(s.Close)
	env, _ := environ(t, map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": s.URL})
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	_, chain := credentials.Load(t.Context(), credentials.Options{Env: env, Now: func() time.Time { return now }})
	var counts []int
	for _, later := range []time.Duration{0, time.Second, time.Minute} {
		now = now.Add(later)
		if _, err := chain.Retrieve(t.Context()); err == nil {
			t.Error("credentials from nowhere")
		}
		counts = append(counts, asked)
	}
	if d := cmp.Diff([]int{2, 2, 4}, counts); d != "" { // the SDK asks, then we do
		t.Error(d)
	}
}
