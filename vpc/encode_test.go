package vpc_test

import (
	"bytes"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/vpc"
)

// What a network encodes to decodes to the same network, lists that were not
// read as a whole included.
func TestEncodeIsTheInverseOfDecode(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := decode(t, string(data), `{"VpcPeeringConnections":[{"VpcPeeringConnectionId":"pcx-1"}],"NextToken":"x"}`,
			`{"VpcBlockPublicAccessOptions":{"AwsRegion":"us-east-1","AwsAccountId":"123456789012"}}`)
		documents, err := n.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var d vpc.Decoder
		for _, key := range slices.Sorted(maps.Keys(documents)) {
			if err := d.Decode(key, bytes.NewReader(documents[key])); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(n, d.Network(), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}
