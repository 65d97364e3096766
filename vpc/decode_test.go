package vpc_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/vpc"
)

func decode(t *testing.T, documents ...string) (*vpc.Network, []string) {
	t.Helper()
	var d vpc.Decoder
	for _, text := range documents {
		if err := d.Decode("test.json", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	return d.Network(), d.Ignored()
}

func TestDecodeRecognisesTopLevelKeys(t *testing.T) {
	n, ignored := decode(t, `{"SecurityGroups":[{"GroupId":"sg-1","IpPermissions":[{"IpProtocol":"tcp","FromPort":443,"ToPort":443}]}], "Lab":{"Hosts":[]}}
{"vpcs":[{"VpcId":"vpc-1","CidrBlock":"10.0.0.0/16"}]}`)
	if !n.Has("SecurityGroups") || !n.Has("Vpcs") || n.Has("Subnets") {
		t.Errorf("Read = %v", n.Read)
	}
	if got := *n.SecurityGroups[0].IPPermissions[0].FromPort; got != 443 {
		t.Errorf("FromPort = %d", got)
	}
	if diff := cmp.Diff([]string{"Lab"}, ignored); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeTellsEmptyFromUnread(t *testing.T) {
	n, _ := decode(t, `{"VpcEndpoints":[]}`)
	if !n.Has("VpcEndpoints") || n.Has("NatGateways") {
		t.Errorf("Read = %v", n.Read)
	}
	if (*vpc.Network)(nil).Has("Vpcs") {
		t.Error("a nil network has something")
	}
}

func TestDecodeSingleDocuments(t *testing.T) {
	n, ignored := decode(t,
		`{"VpcId":"vpc-1","EnableDnsSupport":{"Value":true}}`,
		`{"VpcId":"vpc-1","EnableDnsHostnames":{"Value":false}}`,
		`{"agentRuntimeArn":"arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/r-1","networkConfiguration":{"networkMode":"PUBLIC"}}`,
		`{"agentRuntimeEndpointArn":"arn:e","agentRuntimeArn":"arn:r","name":"DEFAULT"}`,
		`{"UserId":"AIDA","Account":"123456789012","Arn":"arn:aws:iam::123456789012:user/u"}`,
	)
	want := []vpc.VPCAttributes{{VpcID: "vpc-1", EnableDNSSupport: &vpc.AttributeValue{Value: true}, EnableDNSHostnames: &vpc.AttributeValue{}}}
	if diff := cmp.Diff(want, n.VPCAttributes); diff != "" {
		t.Error(diff)
	}
	if len(n.Runtimes) != 1 || len(n.RuntimeEndpoints) != 1 || n.RuntimeEndpoints[0].RuntimeARN != "arn:r" || len(ignored) != 0 {
		t.Errorf("runtimes %v, endpoints %v, ignored %v", n.Runtimes, n.RuntimeEndpoints, ignored)
	}
	if n.Region != "us-east-1" || n.Account != "123456789012" || n.Caller.ARN != "arn:aws:iam::123456789012:user/u" {
		t.Errorf("region %q, account %q, caller %v", n.Region, n.Account, n.Caller)
	}
}

// Answers that leave out what they were asked for are completed by a key beside
// them, or stand in a list of their own; VPC Block Public Access is no list.
func TestDecodeCompletedAnswers(t *testing.T) {
	n, ignored := decode(t,
		`{"TransitGatewayRouteTableId":"tgw-rtb-1","Routes":[{"DestinationCidrBlock":"10.0.0.0/8","State":"blackhole"}],"AdditionalRoutesAvailable":false}`,
		`{"TransitGatewayRouteTableId":"tgw-rtb-1","Associations":[{"TransitGatewayAttachmentId":"tgw-attach-1","State":"associated"}]}`,
		`{"TransitGatewayRoutes":[{"TransitGatewayRouteTableId":"tgw-rtb-2","Routes":[],"AdditionalRoutesAvailable":true}]}`,
		`{"DBProxyName":"front","Targets":[{"RdsResourceId":"orders"}]}`,
		`{"PrefixListId":"pl-1","Entries":[{"Cidr":"192.0.2.0/24"}]}`,
		`{"VpcBlockPublicAccessOptions":{"AwsAccountId":"123456789012","AwsRegion":"us-east-1","InternetGatewayBlockMode":"off"}}`,
	)
	if len(ignored) != 0 {
		t.Errorf("ignored %v", ignored)
	}
	x := n.Index()
	routes, whole := x.TransitRoutes("tgw-rtb-1")
	_, part := x.TransitRoutes("tgw-rtb-2")
	_, unread := x.TransitRoutes("tgw-rtb-3")
	table, _, known := x.TransitTableOf("tgw-attach-1")
	targets, _ := x.DBProxyTargetsOf("front")
	ranges, _ := x.PrefixListRanges("pl-1")
	got := []any{len(routes), whole, part, unread, table, known, targets[0].RDSResourceID, ranges[0], x.BlockPublicAccess("").InternetGatewayBlockMode}
	if diff := cmp.Diff([]any{1, true, false, false, "tgw-rtb-1", true, "orders", "192.0.2.0/24", "off"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeRuntime(t *testing.T) {
	n, _ := decode(t, `{"agentRuntimeArn":"arn:r","status":"CREATE_FAILED","failureReason":"no image","createdAt":"2026-05-06T10:00:00Z",
		"networkConfiguration":{"networkMode":"VPC","networkModeConfig":{"subnets":[],"securityGroups":[],"requireServiceS3Endpoint":false}},
		"metadataConfiguration":{"requireMMDSV2":true},
		"filesystemConfigurations":[{"efsAccessPoint":{"accessPointArn":"arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1","mountPath":"/mnt/data"}},{"sessionStorage":{"mountPath":"/mnt/s"}}]}`,
		`{"AccessPoints":[{"AccessPointId":"fsap-1","FileSystemId":"fs-0a1b"}]}`,
		`{"NetworkInterfaces":[{"NetworkInterfaceId":"eni-1","Description":"EFS mount target for fs-0a1b (fsmt-0c2d)","PrivateIpAddress":"10.0.1.9","SubnetId":"subnet-1"}]}`,
		`{"Subnets":[{"SubnetId":"subnet-1","AvailabilityZoneId":"use1-az1"}]}`)
	r, x := n.Runtimes[0], n.Index()
	targets, known := x.MountTargetsOf(x.FileSystemOf(r.FilesystemConfigurations[0].EFSAccessPoint.AccessPointARN))
	if len(targets) != 1 || !known {
		t.Fatalf("mount targets %+v, known %v", targets, known)
	}
	got := []any{r.FailureReason, r.CreatedAt.Year(), *r.NetworkConfiguration.NetworkModeConfig.RequireServiceS3Endpoint, *r.MetadataConfiguration.RequireMMDSv2,
		r.FilesystemConfigurations[1].SessionStorage.MountPath, targets[0].MountTargetID, targets[0].IPAddress, targets[0].AvailabilityZoneID}
	if diff := cmp.Diff([]any{"no image", 2026, false, true, "/mnt/s", "fsmt-0c2d", "10.0.1.9", "use1-az1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeKeepsTheRicherEntry(t *testing.T) {
	const poor = `{"agentRuntimes":[{"agentRuntimeArn":"arn:r","agentRuntimeName":"a","status":"READY"}]}`
	const rich = `{"agentRuntimeArn":"arn:r","agentRuntimeName":"a","status":"READY","networkConfiguration":{"networkMode":"VPC","networkModeConfig":{"subnets":["subnet-1"],"securityGroups":["sg-1"]}}}`
	one, _ := decode(t, poor, rich)
	other, _ := decode(t, rich, poor)
	if diff := cmp.Diff(one, other); diff != "" {
		t.Errorf("the order decides:\n%s", diff)
	}
	if len(one.Runtimes) != 1 || one.Runtimes[0].NetworkConfiguration.NetworkModeConfig == nil {
		t.Errorf("got %+v", one.Runtimes)
	}
}

func TestDecodeListsWhatItCannotAttribute(t *testing.T) {
	_, ignored := decode(t, `{"policy":"{}"}`, `{"Entries":[]}`, `{"NextToken":"x","Vpcs":[]}`, `{"Routes":[]}`, `{"Targets":[]}`)
	for i, want := range []string{"ManagedPrefixListEntries", "one page of several", "TransitGatewayRouteTableId", "DBProxyName", "resourcePolicies"} {
		if len(ignored) != 5 || !strings.Contains(ignored[i], want) {
			t.Fatalf("ignored = %q", ignored)
		}
	}
}

func TestDecodePages(t *testing.T) {
	first := `{"Vpcs":[{"VpcId":"vpc-1"}],"NextToken":"x"}`
	n, _ := decode(t, first)
	if n.Has("Vpcs") || len(n.VPCs) != 1 {
		t.Errorf("a first page alone: Read = %v, %d VPCs", n.Read, len(n.VPCs))
	}
	n, _ = decode(t, first, `{"Vpcs":[{"VpcId":"vpc-2"}],"NextToken":null}`)
	if !n.Has("Vpcs") || len(n.VPCs) != 2 {
		t.Errorf("both pages: Read = %v, %d VPCs", n.Read, len(n.VPCs))
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", "f.json: empty: want a JSON object as the AWS CLI prints it"},
		{"blank", " \n", "f.json:1: empty: want a JSON object as the AWS CLI prints it"},
		{"list", "\n[]", "f.json:2: want a JSON object as the AWS CLI prints it, found a list (byte 1)"},
		{"null", "null", "f.json:1: want a JSON object as the AWS CLI prints it, found null"},
		{"truncated", "{\"Vpcs\":[\n{\"VpcId\":", "f.json:2: not complete: the JSON ends within a value (byte 19)"},
		{"noise", strings.Repeat("\x00\xff", 1<<10), "f.json:1: not JSON: invalid character '\\x00' looking for beginning of value"},
		{"second document", "{\"Vpcs\":[]}\n{\"Vpcs\":\n[}", "f.json:3: not JSON: invalid character '}' looking for beginning of value (byte 22)"},
		{"not a list", "{\"Vpcs\":{}}", "f.json:1: Vpcs: want a list, found an object (byte 8)"},
		{"null list", "{\"Vpcs\":null}", "f.json:1: Vpcs: want a list, found null (byte 8)"},
		{"no id", "{\"Vpcs\":[{\"State\":\"available\"}]}", "f.json:1: Vpcs[0]: has no VpcId (byte 9)"},
		{"null entry", "{\"Vpcs\":[null]}", "f.json:1: Vpcs[0]: has no VpcId (byte 9)"},
		{"wrong type", "{\"SecurityGroups\":[\n{\"GroupId\":\"sg-1\"},\n{\"GroupId\":\"sg-2\",\"IpPermissions\":[{\n\"FromPort\":\"443\"}]}]}", "f.json:4: SecurityGroups[1].IpPermissions[0].FromPort: want a whole number, found a string (byte 88)"},
		{"fraction", "{\"NetworkAcls\":[{\"NetworkAclId\":\"a\",\"Entries\":[{\"RuleNumber\":1.5}]}]}", "f.json:1: NetworkAcls[0].Entries[0].RuleNumber: want a whole number, found 1.5 (byte 61)"},
		{"range", "{\"Vpcs\":[{\"VpcId\":\"vpc-1\",\"CidrBlock\":\"10.0.0.0/99\"}]}", "f.json:1: Vpcs[0].CidrBlock: netip.ParsePrefix(\"10.0.0.0/99\"): prefix length out of range (byte 38)"},
		{"deep", strings.Repeat(`{"a":`, 70), "f.json:1: nested deeper than 64 levels (byte 320)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d vpc.Decoder
			err := d.Decode("f.json", strings.NewReader(tt.in))
			var doc *vpc.DocumentError
			if !errors.As(err, &doc) {
				t.Fatalf("error is %v, want a *DocumentError", err)
			}
			if err.Error() != tt.want {
				t.Errorf("\n got %s\nwant %s", err, tt.want)
			}
		})
	}
}

func TestDecodeIsAllOrNothing(t *testing.T) {
	var d vpc.Decoder
	if err := d.Decode("f.json", strings.NewReader(`{"Vpcs":[{"VpcId":"vpc-1"}]} {"Subnets":[{"SubnetId":7}]}`)); err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(&vpc.Network{}, d.Network()); diff != "" {
		t.Errorf("half a network:\n%s", diff)
	}
}

func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.json")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"VpcId":"vpc-1","EnableDnsSupport":{"Value":true}}`))
	f.Add([]byte(`{"Vpcs":[{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d vpc.Decoder
		err := d.Decode("fuzz", strings.NewReader(string(data)))
		var doc *vpc.DocumentError
		if err != nil && !errors.As(err, &doc) {
			t.Fatalf("error without a place: %v", err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n") {
			t.Fatalf("error of several lines: %q", err)
		}
		n := d.Network()
		n.Index().Runtime("x")
		if changes := vpc.Diff(n, n); len(changes) != 0 {
			t.Fatalf("differs from itself: %v", changes)
		}
	})
}
