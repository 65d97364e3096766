package world

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
)

// CredentialSource is where the credentials of a command's host come from.
type CredentialSource string

// The sources.
const (
	SourceEnvironment CredentialSource = "environment"  // variables: what a world does unless told otherwise
	SourceNone        CredentialSource = "none"         // nowhere
	SourceInstance    CredentialSource = "imds"         // an instance profile, by the instance metadata service
	SourceTask        CredentialSource = "ecs"          // a task role on Fargate
	SourcePod         CredentialSource = "pod-identity" // EKS Pod Identity
	SourceWebIdentity CredentialSource = "web-identity" // a Kubernetes service account's token (IRSA)
	SourceProfile     CredentialSource = "profile"      // keys of a profile in the shared files
	SourceAssumeRole  CredentialSource = "assume-role"  // a profile with role_arn and source_profile
)

// Credentials says where the credentials of a command's host come from.
// Everything from HopLimit on is a fault knob.
type Credentials struct {
	Source CredentialSource
	Role   string // ARN of the role that the source hands out or that is assumed; "" where there is none

	// HopLimit is the instance's HttpPutResponseHopLimit; 0 means 1. Hops is how
	// many hops lie between the instance and the command: 1 in a container
	// behind a bridge. The lab takes them off the answer's time to live and
	// drops the packet at the VPC's router instead of at the bridge.
	HopLimit int `json:",omitempty"`
	Hops     int `json:",omitempty"`
	// TokensOptional lets GET be answered without a token (IMDSv1).
	TokensOptional bool `json:",omitempty"`
	// Off turns the instance metadata service off.
	Off bool `json:",omitempty"`
	// Blocked is what a NetworkPolicy does with packets to the metadata service:
	// drop, reject or refuse, as in FirewallRule.
	Blocked string `json:",omitempty"`
	// Status is what a container's credential endpoint answers in place of
	// credentials, 0 for none.
	Status int `json:",omitempty"`
	// TokenExpired and TokenAudience spoil the service account's token.
	TokenExpired  bool   `json:",omitempty"`
	TokenAudience string `json:",omitempty"`
	// Files replaces the content of the files that the platform writes, or with
	// null leaves one out: config, credentials, token.
	Files map[string]*string `json:",omitempty"`
}

// Role is an IAM role that STS hands out sessions of.
type Role struct {
	Arn                      string
	RoleId                   string   //nolint:revive // as IAM spells it: AROA…
	AssumeRolePolicyDocument string   // JSON text: who may assume it
	IdentityPolicies         []string // JSON text of each
	PermissionsBoundary      string   `json:",omitempty"` // JSON text
}

// Where a platform's metadata is served ("Use the Instance Metadata Service",
// "Task metadata endpoint version 4", "EKS Pod Identity").
var metadataServices = map[CredentialSource]struct {
	service ServiceType
	address netip.Addr
}{
	SourceInstance: {ServiceInstanceMetadata, netip.MustParseAddr("169.254.169.254")},
	SourceTask:     {ServiceTaskMetadata, netip.MustParseAddr("169.254.170.2")},
	SourcePod:      {ServicePodIdentity, netip.MustParseAddr("169.254.170.23")},
}

// Issuer is the OpenID provider of the world's Kubernetes cluster.
const Issuer = "https://oidc.eks.us-east-1.amazonaws.com/id/5C2F0E9A7D3B4816A1F0C9E8D7B6A543"

// ServiceAccount is whose token the web identity is.
const ServiceAccount = "system:serviceaccount:agents:agentcore-probe"

// Names of the sessions that the platforms make: an instance's id, a task's id,
// a pod's.
var sessionNames = map[CredentialSource]string{
	SourceInstance: InstanceID,
	SourceTask:     TaskID,
	SourcePod:      "eks-agents-agentcore-probe-3d2a7c41-9b0e-4f57-8c1d-6e5f4a3b2c10",
}

// Ids of what the command's host runs on.
const (
	InstanceID = "i-0f3c9a7b5d1e24680"
	TaskID     = "7f1c2e9a4b8d4d0f9a6e3c5b1d2f8e70"
)

// From returns a copy of the world in which the command's credentials come from
// another source, with what that platform needs: a role, a metadata service,
// a user whose keys stand in the shared files. SourceEnvironment changes nothing.
func (w *World) From(source CredentialSource) (*World, error) {
	if source == SourceEnvironment || source == "" {
		return w, nil
	}
	document := clone(w.document).(map[string]any)
	lab, _ := document["Lab"].(map[string]any)
	probe, ok := w.lab.Principal("probe")
	if !ok {
		return nil, fmt.Errorf("credentials from %s: there is no principal \"probe\"", source)
	}
	role := roleOf(probe)
	added := map[string]any{"Credentials": Credentials{Source: source, Role: role.Arn}, "Roles": []Role{role}}
	if name, ok := sessionNames[source]; ok {
		probe.Arn = probe.Arn[:strings.LastIndexByte(probe.Arn, '/')+1] + name
		probe.UserId = role.RoleId + ":" + name
	}
	hosts, principals := w.lab.Hosts, []Principal{probe}
	if m, ok := metadataServices[source]; ok {
		hosts = append(hosts[:len(hosts):len(hosts)], Host{
			Name: metadataHost, VpcId: w.sidecarsVPC(), Addresses: []netip.Addr{m.address}, Services: []Service{{Type: m.service, Port: 80}},
		})
	}
	if source == SourceAssumeRole {
		principals = append(principals, baseUser(probe.Account, role.Arn))
	}
	added["Hosts"], added["Principals"] = hosts, append(principals, others(w.lab.Principals)...)
	for key, value := range added {
		var plain any
		if err := convert(value, &plain, json.Unmarshal); err != nil {
			return nil, err
		}
		lab[key] = plain
	}
	data, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

// others are the principals that are not the probe.
func others(all []Principal) []Principal {
	var kept []Principal
	for _, p := range all {
		if p.Name != "probe" {
			kept = append(kept, p)
		}
	}
	return kept
}

func (w *World) sidecarsVPC() string {
	h, _ := w.lab.Host("sidecar")
	e, _ := w.network.NetworkInterface(h.NetworkInterfaceId)
	return e.VpcID
}

// roleOf is the role behind the probe's session: with its policies, and trusted
// by every platform and by its own account.
func roleOf(p Principal) Role {
	id, _, _ := strings.Cut(p.UserId, ":")
	name := strings.Split(p.Arn, "/")[1]
	issuer := strings.TrimPrefix(Issuer, "https://")
	trust := fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [`+
		`{"Sid": "Platforms", "Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com"]}, "Action": ["sts:AssumeRole", "sts:TagSession"]}, `+
		`{"Sid": "ServiceAccount", "Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::%[1]s:oidc-provider/%[2]s"}, "Action": "sts:AssumeRoleWithWebIdentity", `+
		`"Condition": {"StringEquals": {"%[2]s:aud": "sts.amazonaws.com", "%[2]s:sub": "%[3]s"}}}, `+
		`{"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%[1]s:root"}, "Action": "sts:AssumeRole"}]}`, p.Account, issuer, ServiceAccount)
	return Role{
		Arn: "arn:aws:iam::" + p.Account + ":role/" + name, RoleId: id,
		AssumeRolePolicyDocument: trust, IdentityPolicies: p.IdentityPolicies, PermissionsBoundary: p.PermissionsBoundary,
	}
}

// baseUser is who may assume the role, and nothing else.
func baseUser(account, role string) Principal {
	return Principal{
		Name: "base", Arn: "arn:aws:iam::" + account + ":user/probe-base", UserId: "AIDAQ3EGRVTZ5K7WNB2X", Account: account,
		AccessKeyId: "AKIAQ3EGRVTZEXAMPLE", SecretAccessKey: "b7Kd/0uJt9Q2vYhXwR5nM8sLcEXAMPLEBASEKEY",
		IdentityPolicies: []string{`{"Version": "2012-10-17", "Statement": [{"Sid": "AssumeTheRole", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "` + role + `"}]}`},
	}
}

// metadataHost is the name of the host that serves a platform's metadata.
const metadataHost = "metadata"

// block applies the knob Blocked to the host that serves metadata.
func (l *Lab) block() {
	if l.Credentials == nil || l.Credentials.Blocked == "" {
		return
	}
	for i := range l.Hosts {
		if l.Hosts[i].Name == metadataHost {
			l.Hosts[i].Firewall = []FirewallRule{{Action: l.Credentials.Blocked, Protocol: "tcp"}}
		}
	}
}

// validateCredentials checks where credentials come from, and the roles.
func (w *World) validateCredentials() error {
	var bad []error
	if c := w.lab.Credentials; c != nil {
		bad = append(bad, oneOf("/Lab/Credentials/Source", c.Source,
			SourceEnvironment, SourceNone, SourceInstance, SourceTask, SourcePod, SourceWebIdentity, SourceProfile, SourceAssumeRole))
		for name := range c.Files {
			bad = append(bad, oneOf("/Lab/Credentials/Files/"+name, name, "config", "credentials", "token"))
		}
	}
	for i, r := range w.lab.Roles {
		if !strings.Contains(r.Arn, ":role/") || r.RoleId == "" {
			bad = append(bad, wrong(at("Lab/Roles", i, "Arn"), "a role needs the ARN of a role, and a RoleId"))
		}
	}
	return first(bad...)
}
