package acceptance_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/report"
)

// revocation is a script for a healthy private world: it starts "probe serve" or
// "probe check --watch" and waits until all is well, the operator revokes the
// database's ingress rule by the AWS CLI, or does something else, "$3", and it waits
// until the report says by whom. "$1" is a folder, "$2" what the end is known by. The lab's CloudTrail has
// the call at once.
const revocation = `
set -eu
# soon COMMAND…: until it succeeds, for half a minute
soon() { n=0; until "$@" 2>/dev/null; do n=$((n+1)); [ $n -lt 150 ] || { echo "not in time: $*" >&2; exit 1; }; sleep 0.2; done; }
operator() { "$LAB" as operator -- "$AWS" "$@" >/dev/null; }
revoke() { operator ec2 revoke-security-group-ingress --group-id sg-0d5142ae76b380ce1 --protocol tcp --port 5432 --source-group sg-0e551e80c868ab8d0; }
stop() { operator rds stop-db-instance --db-instance-identifier orders; }
`

const (
	serving = revocation + `
cat >"$1/probe.yaml" <<'FILE'
timeouts: {connect: 1s}
serve:
  hold: 1
  intervals: {invoke: 3s, db: 3s, service: 3s, egress: 3s, onprem: 3s, inventory: 4s}
FILE
"$PROBE" serve --config "$1/probe.yaml" --path 'db/*' --web.listen-address 127.0.0.1:9879 2>"$1/log" &
trap 'kill $!; wait' EXIT
get() { exec 3<>/dev/tcp/127.0.0.1/9879; printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&3; sed '1,/^\r*$/d' <&3; exec 3<&-; }
says() { get "$1" >"$2" && grep -q "$3" "$2"; }
soon says /-/ready "$1/ready" .
soon says /api/v1/report "$1/report.json" '"ok": 1'
revoke
soon says /api/v1/report "$1/report.json" "$2"
get / >"$1/page.html"
`
	watching = revocation + `
"$PROBE" check --watch --interval 5s --path 'db/*' >"$1/out" &
trap 'kill -INT $!; wait' EXIT
soon grep -q ' 1 ok' "$1/out"
$3
soon grep -q "$2" "$1/out"
`
)

// told carries a script out in a world and returns the folder of what it wrote.
func told(t *testing.T, world []string, script, end, change string) string {
	t.Helper()
	needNamespaces(t)
	aws := "AWS=" + awsCLI(t)
	dir := t.TempDir()
	args := append(append([]string{"run", "-q"}, world...), "--", "bash", "-c", script, "bash", dir, end, change)
	began := time.Now()
	r := runIn(t, func(c *exec.Cmd) { c.Env = append(c.Env, aws) }, programs.lab, args...)
	if r.status != 0 {
		t.Fatalf("exit status %d after %s\n%s%s", r.status, time.Since(began), r.out, r.errors)
	}
	return dir
}

const by = "arn:aws:iam::123456789012:user/operator"

// An operator breaks a healthy world, and the report names them, their call, and
// when it was made: between the last good and the first bad run.
func TestServeNamesWhoBrokeIt(t *testing.T) {
	dir := told(t, []string{"--pattern", "private"}, serving, `"principal": "`+by, "revoke")
	got := decode[report.Report](t, read(t, filepath.Join(dir, "report.json")))
	if len(got.Findings) != 1 {
		t.Fatalf("findings: %+v", got.Findings)
	}
	f := got.Findings[0]
	a := f.ChangedBy
	if f.Code != "sg/ingress-missing" || a.Principal != by || a.Event != "RevokeSecurityGroupIngress" || a.Source != "ec2.amazonaws.com" || a.EventID == "" || a.Unread != "" {
		t.Errorf("%s: %+v", f.Code, a)
	}
	after, before := moment(t, f.Changed["after"]), moment(t, f.Changed["before"])
	if a.At.Before(after) || a.At.After(before) {
		t.Errorf("called at %s, changed between %s and %s", a.At, after, before)
	}
	if page := read(t, filepath.Join(dir, "page.html")); !strings.Contains(page, "By whom: "+by+", RevokeSecurityGroupIngress at ") {
		t.Errorf("the status page does not say by whom:\n%s", page)
	}
	if log := read(t, filepath.Join(dir, "log")); !strings.Contains(log, "by="+by) {
		t.Errorf("the log does not say by whom:\n%s", log)
	}
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// The text of check --watch says the same, of a database that was stopped too, and
// in an isolated VPC that has an interface endpoint for CloudTrail.
func TestWatchNamesWhoBrokeIt(t *testing.T) {
	const group, database = "sg-0d5142ae76b380ce1", "arn:aws:rds:us-east-1:123456789012:db:orders"
	for name, tt := range map[string]struct {
		world                          []string
		change, field, component, call string
	}{
		"a rule":              {[]string{"--pattern", "private"}, "revoke", "IpPermissions", group, "RevokeSecurityGroupIngress"},
		"a database":          {[]string{"--pattern", "private"}, "stop", "DBInstanceStatus", database, "StopDBInstance"},
		"through an endpoint": {[]string{"--scenario", scenario(t, "trail-endpoint", "isolated", trailEndpoint(t))}, "revoke", "IpPermissions", group, "RevokeSecurityGroupIngress"},
	} {
		t.Run(name, func(t *testing.T) {
			out := words(read(t, filepath.Join(told(t, tt.world, watching, "by whom", tt.change), "out")))
			for _, want := range []string{" changed " + tt.field + " of " + tt.component + " ", " by whom " + by + ", " + tt.call + " at "} {
				if !strings.Contains(out, want) {
					t.Errorf("there is no %q in:\n%s", want, out)
				}
			}
		})
	}
}

// trailEndpoint is a patch that gives the isolated world an interface endpoint for
// CloudTrail: that of Amazon CloudWatch Logs with other ids, addresses and names.
func trailEndpoint(t *testing.T) string {
	t.Helper()
	needNamespaces(t)
	world := decode[struct {
		VpcEndpoints, NetworkInterfaces []map[string]any
		Lab                             struct{ Hosts []map[string]any }
	}](t, run(t, programs.lab, "show", "isolated").out)
	other := strings.NewReplacer("vpce-06484c3740f602623", "vpce-0a1b2c3d4e5f60718", "eni-0cf40ec90b7913043", "eni-0a1b2c3d4e5f60718", "eni-0af18219042b5c99d", "eni-0b1b2c3d4e5f60718",
		"10.0.11.13", "10.0.11.80", "10.0.12.13", "10.0.12.80", "10-0-11-13", "10-0-11-80", "10-0-12-13", "10-0-12-80",
		"ela-attach-0", "ela-attach-1", "0a:5d:", "0a:5e:", "0a:9e:", "0a:9f:", "logs", "cloudtrail")
	var patch []string
	add := func(list string, all []map[string]any, key, begins string) {
		for _, each := range all {
			if text, isText := each[key].(string); isText && strings.HasPrefix(text, begins) {
				value, err := json.Marshal(each)
				if err != nil {
					t.Fatal(err)
				}
				patch = append(patch, `{"op": "add", "path": "/`+list+`/-", "value": `+other.Replace(string(value))+`}`)
			}
		}
	}
	add("VpcEndpoints", world.VpcEndpoints, "VpcEndpointId", "vpce-06484c3740f602623")
	add("NetworkInterfaces", world.NetworkInterfaces, "Description", "VPC Endpoint Interface vpce-06484c3740f602623")
	add("Lab/Hosts", world.Lab.Hosts, "Name", "logs-endpoint-")
	if len(patch) != 5 {
		t.Fatalf("an endpoint in two zones is five entries, these are %d", len(patch))
	}
	return "[" + strings.Join(patch, ", ") + "]"
}

// words are a report without its line breaks.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// Where CloudTrail may not be asked, and where nothing leads to it, the report
// says so and gives the command, which tells whoever may ask.
func TestNobodyIsNamedWithoutPermission(t *testing.T) {
	denied := scenario(t, "no-trail", "private", `[{"op": "add", "path": "/Lab/Organization", "value": {"ServiceControlPolicies": ["{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}, {\"Effect\": \"Deny\", \"Action\": \"cloudtrail:*\", \"Resource\": \"*\"}]}"]}}]`)
	for name, tt := range map[string]struct {
		world []string
		why   string
	}{
		"denied":   {[]string{"--scenario", denied}, "not known: AccessDeniedException: cloudtrail:LookupEvents is not allowed to arn:aws:sts::123456789012:assumed-role/agentcore-probe/sidecar"},
		"isolated": {[]string{"--pattern", "isolated"}, "not known: no answer within 2s"},
	} {
		t.Run(name, func(t *testing.T) {
			out := words(read(t, filepath.Join(told(t, tt.world, watching, "by whom", "revoke"), "out")))
			const command = " aws cloudtrail lookup-events --region us-east-1 --lookup-attributes AttributeKey=ResourceName,AttributeValue=sg-0d5142ae76b380ce1 --start-time 20"
			if want := " by whom " + tt.why + command; !strings.Contains(out, want) {
				t.Errorf("there is no %q in:\n%s", want, out)
			}
		})
	}
}
