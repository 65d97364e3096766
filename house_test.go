// Package probe_test holds the tests of the repository itself: who may import
// whom, which modules are linked and why, how large the program may be.
package probe_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/agentcore-probe/probe/"

// pkg is what "go list -json" says of a package, as far as it is used here.
type pkg struct {
	ImportPath string
	Deps       []string
	Module     *struct{ Path string }
}

func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Deps,Module"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// mayNot lists what the packages of a folder may not import, not even through
// others, and why.
var mayNot = map[string]map[string]string{
	"netpath": {
		module: "the shared words import nothing of ours",
	},
	"config":       {"github.com/aws": "a configuration file says nothing of an SDK"},
	"vpc":          {"github.com/aws": "the model is what AWS says, not how the SDK says it"},
	"plan":         {"github.com/aws": "planning is pure"},
	"placement":    {"github.com/aws": "where something stands is judged the same from a folder as from the API", module + "reachability": "no packet is followed", module + "plan": "data flows one way"},
	"reachability": {"github.com/aws": "a rule decides the same from a folder as from the API", "net/http": "judging the configuration needs no network"},
	"diagnosis":    {"github.com/aws": "the judge knows evidence only", "net/http": "the judge measures nothing"},
	"report":       {"github.com/aws": "a report is made from values"},
	"probes":       {module + "inventory": "a probe measures; it does not read the configuration", module + "diagnosis": "a probe does not judge"},
	"credentials":  {module + "inventory": "who signs is known before anything is read", module + "diagnosis": "data flows one way"},
	"metadata":     {"github.com/aws": "the platform speaks plain HTTP", module + "inventory": "data flows one way"},
	"inventory":    {module + "diagnosis": "data flows one way", module + "plan": "data flows one way"},
	"cmd":          {"github.com/agentcore-probe/probe/lab": "nothing in probe knows of the lab"},
}

func TestImports(t *testing.T) {
	for _, p := range list(t, "./...") {
		folder, _, _ := strings.Cut(strings.TrimPrefix(p.ImportPath, module), "/")
		for forbidden, why := range mayNot[folder] {
			for _, d := range p.Deps {
				if strings.HasPrefix(d, forbidden) {
					t.Errorf("%s imports %s: %s", p.ImportPath, d, why)
				}
			}
		}
	}
}

// linked is the reason for each module that is linked into the program. None is
// under the GPL or AGPL.
var linked = map[string]string{
	"filippo.io/edwards25519":                                       "by go-sql-driver/mysql: MariaDB's ed25519 logins (BSD-3-Clause)",
	"github.com/aws/aws-sdk-go-v2":                                  "credentials, SigV4 (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/config":                           "Region and credentials as every AWS tool finds them (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/credentials":                      "by config (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds":                 "by config: instance credentials (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/internal/configsources":           "by the service clients (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/internal/endpoints/v2":            "by the service clients (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/internal/v4a":                     "by the service clients (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol":  "reads runtimes and resource policies; v1.73.0, because later versions link every shape of the service, 0.6 MiB (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/service/ec2":                      "reads the VPC (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/service/efs":                      "reads mount targets (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/service/internal/accept-encoding": "by the service clients (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/service/internal/presigned-url":   "by the service clients (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/service/rds":                      "reads databases (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/service/signin":                   "by config (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/service/sso":                      "by config: IAM Identity Center (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/service/ssooidc":                  "by config: IAM Identity Center (Apache-2.0)",
	"github.com/aws/aws-sdk-go-v2/service/sts":                      "who signs (Apache-2.0)",
	"github.com/aws/smithy-go":                                      "errors and middleware of the SDK (Apache-2.0)",
	"github.com/beorn7/perks":                                       "by client_golang (MIT)",
	"github.com/cespare/xxhash/v2":                                  "by client_golang (MIT)",
	"github.com/coreos/go-systemd/v22":                              "by exporter-toolkit: sockets that systemd passes (Apache-2.0)",
	"github.com/go-sql-driver/mysql":                                "logins to MySQL and MariaDB (MPL-2.0)",
	"github.com/golang-jwt/jwt/v5":                                  "by prometheus/common (MIT)",
	"github.com/google/uuid":                                        "by prometheus/common (BSD-3-Clause)",
	"github.com/jpillora/backoff":                                   "by go-conntrack (MIT)",
	"github.com/lib/pq":                                             "logins to PostgreSQL (MIT)",
	"github.com/mdlayher/socket":                                    "by vsock (MIT)",
	"github.com/mdlayher/vsock":                                     "by exporter-toolkit (MIT)",
	"github.com/miekg/dns":                                          "DNS messages (BSD-3-Clause)",
	"github.com/munnerz/goautoneg":                                  "by prometheus/common: the format of a scrape (BSD-3-Clause)",
	"github.com/mwitkow/go-conntrack":                               "by prometheus/common (Apache-2.0)",
	"github.com/prometheus/client_golang":                           "metrics (Apache-2.0)",
	"github.com/prometheus/client_model":                            "by client_golang (Apache-2.0)",
	"github.com/prometheus/common":                                  "by client_golang and exporter-toolkit (Apache-2.0)",
	"github.com/prometheus/exporter-toolkit":                        "TLS and passwords as every exporter has them (Apache-2.0)",
	"github.com/prometheus/procfs":                                  "by client_golang: metrics of the process (Apache-2.0)",
	"github.com/spf13/cobra":                                        "verbs and help (Apache-2.0)",
	"github.com/spf13/pflag":                                        "by cobra (BSD-3-Clause)",
	"go4.org/netipx":                                                "sets of addresses (BSD-3-Clause)",
	"go.yaml.in/yaml/v2":                                            "by exporter-toolkit: its configuration file (Apache-2.0)",
	"go.yaml.in/yaml/v3":                                            "the configuration file (MIT, Apache-2.0)",
	"golang.org/x/crypto":                                           "by exporter-toolkit: bcrypt of passwords (BSD-3-Clause)",
	"golang.org/x/net":                                              "by miekg/dns (BSD-3-Clause)",
	"golang.org/x/oauth2":                                           "by prometheus/common (BSD-3-Clause)",
	"golang.org/x/sync":                                             "bounded concurrency (BSD-3-Clause)",
	"golang.org/x/sys":                                              "TCP_INFO (BSD-3-Clause)",
	"golang.org/x/text":                                             "by x/net (BSD-3-Clause)",
	"golang.org/x/time":                                             "by exporter-toolkit: limits of requests (BSD-3-Clause)",
	"google.golang.org/protobuf":                                    "by client_golang: native histograms (BSD-3-Clause)",
}

func TestLinkedModulesHaveAReason(t *testing.T) {
	var used []string
	for _, p := range list(t, "-deps", "./cmd/probe") {
		if p.Module != nil && p.Module.Path+"/" != module {
			used = append(used, p.Module.Path)
		}
	}
	slices.Sort(used)
	used = slices.Compact(used)
	t.Logf("%d modules are linked: %s", len(used), strings.Join(used, " "))
	for _, m := range used {
		if linked[m] == "" {
			t.Errorf("%s is linked and has no reason in this file", m)
		}
	}
	for m := range linked {
		if !slices.Contains(used, m) {
			t.Errorf("%s has a reason and is not linked", m)
		}
	}
}
