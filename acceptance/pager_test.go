package acceptance_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/report"
)

var pages = flag.Int("pages", 1, "so many faults in a row; ten take a quarter of an hour")

// inPager is the environment variable by which the test finds itself on the
// sidecar's host.
const inPager = "PROBE_TEST_PAGER"

const (
	runtimeARN = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a7Kq2XvT9d"
	agentSG    = "sg-0e551e80c868ab8d0"
	databaseSG = "sg-0d5142ae76b380ce1"
	endpointSG = "sg-0e14a36943de4033c"
	endpointID = "vpce-044b39e7d093b8f26"
	aclID      = "acl-0c852564b391c76c8"
)

// page is a fault that somebody makes by AWS's APIs, and the alert that must come
// of it. Ids are those of the lab's private world ("lab show private").
type page struct {
	about     string
	breaks    string // the command
	alert     string
	path      string
	code      string
	component string
	mend      string // where the finding has no command
	held      int    // so many other alerts are held back
}

const (
	exposedAlert = "AgentCorePathExposed"
	brokenAlert  = "AgentCorePathBroken"
)

var faults = []page{
	{
		"the policies that shut the public front are gone", "aws bedrock-agentcore-control delete-resource-policy --region us-east-1 --resource-arn " + runtimeARN + "/runtime-endpoint/DEFAULT && aws bedrock-agentcore-control put-resource-policy --region us-east-1 --resource-arn " + runtimeARN +
			` --policy '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"bedrock-agentcore:InvokeAgentRuntime","Resource":"` + runtimeARN + `"}]}'`,
		exposedAlert, "invoke/support/public", "policy/public-exposed", runtimeARN, "", 0,
	},
	{ // two paths: one alert has the cause, the other is held back
		"an ACL shuts out two services, the registry's", "aws ec2 create-network-acl-entry --network-acl-id " + aclID + " --egress --rule-number 50 --protocol tcp --port-range From=443,To=443 --cidr-block 198.51.100.24/31 --rule-action deny",
		brokenAlert, "", "nacl/egress-denied", aclID, "", 1,
	},
	{
		"the database admits the agent no more", "aws ec2 revoke-security-group-ingress --group-id " + databaseSG + " --protocol tcp --port 5432 --source-group " + agentSG,
		brokenAlert, "db/orders", "sg/ingress-missing", databaseSG, "", 0,
	},
	{
		"the agent may not leave for the database", "aws ec2 revoke-security-group-egress --group-id " + agentSG + ` --ip-permissions '[{"IpProtocol":"tcp","FromPort":5432,"ToPort":5432,"UserIdGroupPairs":[{"GroupId":"` + databaseSG + `"}]}]'`,
		brokenAlert, "db/orders", "sg/egress-missing", agentSG, "", 0,
	},
	{
		"the database is stopped", "aws rds stop-db-instance --endpoint-url https://rds.us-east-1.amazonaws.com --db-instance-identifier orders",
		brokenAlert, "db/orders", "db/not-available", "arn:aws:rds:us-east-1:123456789012:db:orders",
		"aws rds start-db-instance --endpoint-url https://rds.us-east-1.amazonaws.com --db-instance-identifier orders", 0,
	},
	{
		"the endpoint admits the agent's group no more", "aws ec2 revoke-security-group-ingress --group-id " + endpointSG + " --protocol tcp --port 443 --source-group " + agentSG,
		brokenAlert, "invoke/support/private", "sg/endpoint-ingress-missing", endpointSG, "", 0,
	},
	{
		"the endpoint's policy lets nobody invoke", "aws ec2 modify-vpc-endpoint --vpc-endpoint-id " + endpointID + ` --policy-document '{"Version":"2012-10-17","Statement":[{"Sid":"CardsOnly","Effect":"Allow","Principal":"*","Action":"bedrock-agentcore:GetAgentCard","Resource":"*"}]}'`,
		brokenAlert, "invoke/support/private", "endpoint/policy-denies", endpointID, "", 0,
	},
	{
		"private DNS of the endpoint is switched off", "aws ec2 modify-vpc-endpoint --vpc-endpoint-id " + endpointID + " --no-private-dns-enabled",
		brokenAlert, "invoke/support/private", "dns/private-dns-off", endpointID, "", 0,
	},
	{
		"DNS hostnames of the VPC are switched off", "aws ec2 modify-vpc-attribute --vpc-id vpc-0d657100cb5d40f02 --no-enable-dns-hostnames",
		brokenAlert, "invoke/support/private", "dns/vpc-attributes-off", "vpc-0d657100cb5d40f02", "", 0,
	},
	{
		"the runtime's policy names an endpoint that is gone", "aws bedrock-agentcore-control put-resource-policy --region us-east-1 --resource-arn " + runtimeARN +
			` --policy '{"Version":"2012-10-17","Statement":[{"Sid":"OnlyThroughTheEndpoint","Effect":"Deny","Principal":"*","Action":"bedrock-agentcore:InvokeAgentRuntime","Resource":"` + runtimeARN + `","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-0123456789abcdef0"}}}]}'`,
		brokenAlert, "invoke/support/private", "policy/endpoint-id-stale", runtimeARN, "", 0,
	},
}

// A fault pages somebody with its cause and component, within two scrape
// intervals after the alert's for; its symptoms are held back; and it ends after
// the finding's own command was run. Prometheus and Alertmanager are Debian's,
// rules and inhibitions those of deploy/mixin.
func TestPager(t *testing.T) {
	needNamespaces(t)
	for _, program := range []string{"prometheus", "prometheus-alertmanager", "aws"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s of Debian is not installed: who is paged by what is not proven here", program)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	here := func(cmd *exec.Cmd) {
		cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d", inPager, *pages), inWorld+"=pager", "PATH="+programs.dir+":"+os.Getenv("PATH"))
	}
	r := runWithin(t, 40*time.Minute, here, programs.lab, "run", "-q", "--pattern", "private", "--", self, "-test.run", "^TestInsideThePager$", "-test.v", "-test.timeout", "40m")
	t.Logf("%s", r.out)
	if r.status != 0 || !strings.Contains(r.out, "--- PASS: TestInsideThePager") {
		t.Errorf("exit status %d\n%s", r.status, r.errors)
	}
}

// Times under the pager.
const (
	pagedScrape  = 5 * time.Second
	brokenFor    = time.Minute // before AgentCorePathBroken, by the rules
	pagePatience = 3 * time.Minute
)

// TestInsideThePager is the part of TestPager that runs on the sidecar's host;
// elsewhere there is nothing for it to do.
func TestInsideThePager(t *testing.T) {
	count := 0
	if _, err := fmt.Sscan(os.Getenv(inPager), &count); err != nil {
		return
	}
	p := startPager(t, t.TempDir())
	p.patience = pagePatience
	p.wait(t, "every path is as it should be", `sum(agentcore_probe_paths{verdict="ok"}) == 8`)
	for _, f := range faults[:min(count, len(faults))] {
		p.pages(t, f)
		if t.Failed() {
			return
		}
	}
}

func startPager(t *testing.T, dir string) prometheus {
	t.Helper()
	rendered, err := filepath.Abs("../deploy/mixin/rendered")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"probe.yaml": "pattern: private\ntimeouts: {connect: 1s}\nserve:\n  intervals: {invoke: 3s, db: 3s, service: 3s, egress: 3s, onprem: 3s, inventory: 4s}\n",
		"prometheus.yml": fmt.Sprintf("global: {scrape_interval: %[1]s, scrape_timeout: 4s, evaluation_interval: %[1]s}\nrule_files: [%[2]s/rules.yaml, %[2]s/alerts.yaml]\n", pagedScrape, rendered) +
			"alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:9093']}]}]}\nscrape_configs: [{job_name: agentcore-probe, static_configs: [{targets: ['127.0.0.1:9879']}]}]\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := prometheus{api: "http://127.0.0.1:9090/api/v1/", metrics: "http://127.0.0.1:9879/metrics", logs: map[string]string{}}
	p.start(t, dir, os.Getenv("PROBE"), "serve", "--config", filepath.Join(dir, "probe.yaml"))
	p.start(t, dir, "prometheus", "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address=127.0.0.1:9090", "--log.level=warn")
	p.start(t, dir, "prometheus-alertmanager", "--config.file="+filepath.Join(rendered, "alertmanager.yaml"), "--storage.path="+filepath.Join(dir, "alertmanager"), "--web.listen-address=127.0.0.1:9093", "--cluster.listen-address=", "--log.level=warn")
	return p
}

// pages makes a fault, wants its alert, mends it, and wants the end of the alert.
func (p prometheus) pages(t *testing.T, f page) {
	t.Helper()
	var m mending
	operate := func(commands ...string) {
		if m.operate(t.Context(), commands); len(m.Failures) > 0 {
			t.Fatal(strings.Join(m.Failures, "\n"))
		}
	}
	operate(f.breaks)
	selector := fmt.Sprintf(`code=%q,component=%q`, f.code, f.component)
	if f.path != "" {
		selector += fmt.Sprintf(",path=%q", f.path)
	}
	verdict, wait := "broken", brokenFor
	if f.alert == exposedAlert {
		verdict, wait = "exposed", 0
	}
	seen := p.wait(t, "the cause is known", fmt.Sprintf(`agentcore_probe_finding{%s} and on (path) (agentcore_probe_path_verdict{verdict=%q} == 1)`, selector, verdict))
	took := p.wait(t, "the alert fires", fmt.Sprintf(`ALERTS{alertname=%q,alertstate="firing",%s}`, f.alert, selector))
	if limit := wait + 2*pagedScrape; took > limit {
		t.Errorf("%s: fires %s after the cause was known, want %s and two scrapes: %s", f.about, took, wait, limit)
	}
	p.active(t, f)
	fixes := []string{f.mend}
	if f.mend == "" {
		fixes = fixesOf(t, f)
	}
	operate(fixes...)
	ended := p.wait(t, "the alert ends and every path is ok", `absent(ALERTS{alertname=~"AgentCorePath(Broken|Exposed)"}) and on () (sum(agentcore_probe_paths{verdict="ok"}) == 8)`)
	p.quiet(t)
	t.Logf("%s: %s %s (%s): known after %.0f s, fired %.0f s later, %d more held back; ended %.0f s after: %s",
		f.about, f.alert, f.code, f.component, seen.Seconds(), took.Seconds(), f.held, ended.Seconds(), strings.Join(fixes, "; "))
}

// notified is an alert as Alertmanager has it ("Alertmanager API", v2).
type notified struct {
	Labels      map[string]string
	Annotations map[string]string
	Status      struct{ State string }
}

func alerts(t *testing.T) []notified {
	t.Helper()
	return slices.DeleteFunc(decode[[]notified](t, fetch(t, "http://127.0.0.1:9093/api/v2/alerts")), func(n notified) bool {
		return n.Labels["alertname"] == "AgentCorePathUnreliable" // of the faults before
	})
}

// active wants the one alert to reach somebody, with its commands, and the others
// to be held back.
func (p prometheus) active(t *testing.T, f page) {
	t.Helper()
	var all, reach []notified
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for start := time.Now(); time.Since(start) < 4*pagedScrape; <-tick.C {
		all = alerts(t)
		reach = slices.DeleteFunc(slices.Clone(all), func(n notified) bool { return n.Status.State != "active" })
		if len(all) == 1+f.held && len(reach) == 1 {
			break
		}
	}
	if len(all) != 1+f.held || len(reach) != 1 || reach[0].Labels["alertname"] != f.alert || reach[0].Labels["code"] != f.code || reach[0].Labels["component"] != f.component {
		t.Fatalf("%s: of %v somebody is reached by %v; want one %s with %s and %s, and %d held back", f.about, all, reach, f.alert, f.code, f.component, f.held)
	}
	a := reach[0].Annotations
	for name, want := range map[string]string{"command": "probe explain " + f.code, "finding_url": "findings/" + f.code + ".md", "description": f.component, "runbook_url": "runbooks/"} {
		if !strings.Contains(a[name], want) {
			t.Errorf("%s: the annotation %s is %q, want %q in it", f.about, name, a[name], want)
		}
	}
}

// quiet wants nothing to reach anybody any more.
func (p prometheus) quiet(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var left []notified
	for start := time.Now(); time.Since(start) < 4*pagedScrape; <-tick.C {
		if left = alerts(t); len(left) == 0 {
			return
		}
	}
	t.Errorf("Alertmanager still has %v", left)
}

// fixesOf are the commands that the report names.
func fixesOf(t *testing.T, f page) []string {
	t.Helper()
	var r report.Report
	if err := json.Unmarshal([]byte(fetch(t, "http://127.0.0.1:9879/api/v1/report")), &r); err != nil {
		t.Fatal(err)
	}
	for _, found := range r.Findings {
		if fixes := commands(found.Fix); found.Code == f.code && found.Component == f.component && len(fixes) > 0 {
			return fixes
		}
	}
	t.Fatalf("the report has no command for %s", f.code)
	return nil
}
