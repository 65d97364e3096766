package rdsapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws/rdsapi"
	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// newService has 25 instances, db-00 to db-24, of which db-01 is stopped.
func newService(t testing.TB) rdsapi.Service {
	t.Helper()
	store, err := tree.NewMemory([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = store.Change(func(doc tree.Object) error {
		var instances []tree.Object
		for i := range 25 {
			status := "available"
			if i == 1 {
				status = "stopped"
			}
			instances = append(instances, tree.Object{"DBInstanceIdentifier": fmt.Sprintf("db-%02d", i), "Engine": "postgres", "DBInstanceStatus": status})
		}
		tree.SetObjects(doc, "DBInstances", instances)
		return nil
	})
	return rdsapi.Service{Store: store, Region: "us-east-1", Account: "123456789012"}
}

func do(t testing.TB, s rdsapi.Service, action, query string) (tree.Object, string) {
	t.Helper()
	f, fault := wire.ParseForm(httptest.NewRequest(http.MethodGet, "/?"+query, nil), nil)
	if fault != nil {
		t.Fatal(fault)
	}
	result, err := s.Do(action, f)
	if errors.As(err, &fault) {
		return nil, fault.Code
	} else if err != nil {
		t.Fatal(err)
	}
	return result, ""
}

// Codes: the actions' pages in the "Amazon RDS API Reference".
func TestFaults(t *testing.T) {
	for _, tc := range []struct{ action, query, want string }{
		{"DescribeDBInstances", "DBInstanceIdentifier=none", "DBInstanceNotFound"},
		{"DescribeDBInstances", "MaxRecords=19", "InvalidParameterValue"},
		{"DescribeDBInstances", "Marker=x", "InvalidParameterValue"},
		{"DescribeDBInstances", "Filters.Filter.1.Name=x&Filters.Filter.1.Values.Value.1=y", "InvalidParameterValue"},
		{"DescribeDBSubnetGroups", "DBSubnetGroupName=none", "DBSubnetGroupNotFoundFault"},
		{"DescribeDBClusters", "DBClusterIdentifier=none", "DBClusterNotFoundFault"},
		{"DescribeDBProxies", "", ""},
		{"StartDBInstance", "DBInstanceIdentifier=none", "DBInstanceNotFound"},
		{"StartDBInstance", "DBInstanceIdentifier=db-00", "InvalidDBInstanceState"},
		{"StartDBInstance", "DBInstanceIdentifier=db-01", ""},
		{"Nothing", "", "InvalidAction"},
	} {
		if _, got := do(t, newService(t), tc.action, tc.query); got != tc.want {
			t.Errorf("%s %s = %q", tc.action, tc.query, got)
		}
	}
}

func TestPagingAndFilters(t *testing.T) {
	s := newService(t)
	first, _ := do(t, s, "DescribeDBInstances", "MaxRecords=20")
	second, _ := do(t, s, "DescribeDBInstances", "MaxRecords=20&Marker="+tree.Text(first, "Marker"))
	if n, m := len(tree.Objects(first, "DBInstances")), len(tree.Objects(second, "DBInstances")); n != 20 || m != 5 || second["Marker"] != nil {
		t.Error(n, m)
	}
	got, _ := do(t, s, "DescribeDBInstances", "Filters.Filter.1.Name=db-instance-id&Filters.Filter.1.Values.Value.1=db-03&Filters.Filter.1.Values.Value.2=db-07")
	if diff := cmp.Diff([]string{"db-03", "db-07"}, tree.Values(got, "DBInstances.DBInstanceIdentifier")); diff != "" {
		t.Error(diff)
	}
}

func TestResource(t *testing.T) {
	s := newService(t)
	f, _ := wire.ParseForm(httptest.NewRequest(http.MethodGet, "/?DBInstanceIdentifier=db-01", nil), nil)
	if arn, ok := s.Resource("StartDBInstance", f); !ok || arn != "arn:aws:rds:us-east-1:123456789012:db:db-01" {
		t.Error(arn, ok)
	}
	if _, ok := s.Resource("Nothing", f); ok {
		t.Error("an unknown action has a resource")
	}
}
