package running_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/lab/running"
	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
	"github.com/agentcore-probe/probe/lab/world"
)

// MariaDB's own client says whose certificate the server shows after the world's
// document has another.
func TestMariaDBShowsTheCertificateOfTheMoment(t *testing.T) {
	sandboxtest.Need(t)
	for _, program := range []string{"mariadb", "mariadbd", "mariadb-install-db"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("NOT TESTED: no " + program)
		}
	}
	ignore := goleak.IgnoreCurrent()
	w, err := world.Healthy("private")
	if err == nil {
		w, err = w.WithMariaDB()
	}
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	r, err := running.Start(t.Context(), w, running.Options{Now: time.Now, Scratch: filepath.Join(sandbox.Scratch, t.Name()), Cache: filepath.Join(cache, "agentcore-probe-lab")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, ignore)
	}()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, r.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	// The client knows no name here: it asks by address, and says why it
	// refuses what it is shown.
	login := func() string {
		space, _ := r.Namespace("sidecar")
		cmd := exec.CommandContext(t.Context(), "mariadb", "--no-defaults", "--host=10.0.22.10", "--user=carts", "--password=carts", "--ssl-ca="+bundle, "--execute=select 1")
		var said strings.Builder
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := space.Do(cmd.Start); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it says why
		return said.String()
	}
	if said := login(); !strings.Contains(said, "1\n1") {
		t.Errorf("a good certificate: %s", said)
	}
	if err := r.Live().Mutate(func(w *world.World) error {
		hosts := w.Document()["Lab"].(map[string]any)["Hosts"].([]any)
		hosts[len(hosts)-1].(map[string]any)["TLS"] = map[string]any{"Issuer": "Inspection CA"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if said := login(); !strings.Contains(said, "certificate") {
		t.Errorf("a certificate that nobody trusts: %s", said)
	}
}

func TestMariaDBNeedsADatabaseBesideIt(t *testing.T) {
	w, err := world.Healthy("public")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.WithMariaDB(); err == nil {
		text, _ := json.Marshal(got)
		t.Errorf("no error, but %d bytes", len(text))
	}
}
