// Package rdsapi is Amazon RDS's API as far as the lab's worlds need it
// ("Amazon RDS API Reference", version 2014-10-31).
package rdsapi

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// Namespace is the XML namespace of the answers.
const Namespace = "http://rds.amazonaws.com/doc/2014-10-31/"

// Service is the API of one region.
type Service struct {
	Store           tree.Store
	Region, Account string
}

// listing is a Describe action: the list in document and answer, the parameter
// that picks one resource, the fault for one that is not there, the type of
// resource in ARNs, and the filters ("Filters" of each action's page).
type listing struct {
	key, id  string
	fault    string
	noun     string
	resource string
	filters  map[string]string
}

var listings = map[string]listing{
	"DescribeDBInstances": {"DBInstances", "DBInstanceIdentifier", "DBInstanceNotFound", "DBInstance", "db", map[string]string{
		"db-instance-id": "DBInstanceIdentifier DBInstanceArn", "db-cluster-id": "DBClusterIdentifier", "dbi-resource-id": "DbiResourceId", "domain": "DomainMemberships.Domain", "engine": "Engine"}},
	"DescribeDBSubnetGroups": {"DBSubnetGroups", "DBSubnetGroupName", "DBSubnetGroupNotFoundFault", "DB subnet group", "subgrp", nil},
	"DescribeDBClusters": {"DBClusters", "DBClusterIdentifier", "DBClusterNotFoundFault", "DBCluster", "cluster", map[string]string{
		"db-cluster-id": "DBClusterIdentifier DBClusterArn", "db-cluster-resource-id": "DbClusterResourceId", "engine": "Engine"}},
	"DescribeDBClusterEndpoints": {"DBClusterEndpoints", "DBClusterEndpointIdentifier", "DBClusterEndpointNotFoundFault", "DBClusterEndpoint", "cluster-endpoint", map[string]string{
		"db-cluster-endpoint-type": "EndpointType", "db-cluster-endpoint-id": "DBClusterEndpointIdentifier"}},
	"DescribeDBProxies":        {"DBProxies", "DBProxyName", "DBProxyNotFoundFault", "DBProxy", "db-proxy", nil},
	"DescribeDBProxyEndpoints": {"DBProxyEndpoints", "DBProxyEndpointName", "DBProxyEndpointNotFoundFault", "DBProxyEndpoint", "db-proxy-endpoint", nil},
}

// Resource returns the ARN that an action is authorized on; ok is false for an
// action that is not known.
func (s Service) Resource(action string, f wire.Form) (arn string, ok bool) {
	l, ok := listings[action]
	switch action {
	case "StartDBInstance", "StopDBInstance":
		l, ok = listings["DescribeDBInstances"], true
	case "StartDBCluster", "StopDBCluster":
		l, ok = listings["DescribeDBClusters"], true
	case "DescribeDBProxyTargets":
		l, ok = listings["DescribeDBProxies"], true
	}
	name := f.Text(l.id)
	if name == "" {
		name = "*"
	}
	return strings.Join([]string{"arn", "aws", "rds", s.Region, s.Account, l.resource, name}, ":"), ok
}

// Do carries out an action. The error is a *wire.Fault for what the caller did
// wrong.
func (s Service) Do(action string, f wire.Form) (tree.Object, error) {
	if t, ok := turns[action]; ok {
		return s.turn(t, f)
	}
	switch action {
	case "DescribeDBProxyTargets":
		return s.targets(f)
	case "StartDBCluster":
		return s.turnCluster(turn{"stopped", "available"}, "starting", f)
	case "StopDBCluster":
		return s.turnCluster(turn{"available", "stopped"}, "stopped", f)
	}
	l, ok := listings[action]
	if !ok {
		return nil, wire.Faultf(http.StatusBadRequest, "InvalidAction", "Could not find operation %s for version 2014-10-31", action)
	}
	doc, err := s.Store.Read()
	if err != nil {
		return nil, err
	}
	return l.describe(tree.Objects(doc, l.key), f)
}

// turn is a change of an instance's status: what it is from, and to.
type turn struct{ from, to string }

// turns are those of "StartDBInstance" and "StopDBInstance". The lab's databases
// take no time: whoever runs them turns starting to available, and one that is
// to stop has stopped.
var turns = map[string]turn{
	"StartDBInstance": {"stopped", "starting"},
	"StopDBInstance":  {"available", "stopped"},
}

func (s Service) turn(t turn, f wire.Form) (tree.Object, error) {
	l := listings["DescribeDBInstances"]
	var result tree.Object
	err := s.Store.Change(func(doc tree.Object) error {
		instance, ok := tree.Find(doc, l.key, l.id, f.Text(l.id))
		if !ok {
			return l.missing(f.Text(l.id))
		}
		if status := tree.Text(instance, "DBInstanceStatus"); status != t.from {
			return wire.Faultf(http.StatusBadRequest, "InvalidDBInstanceState", "Instance %s is not in %s state.", f.Text(l.id), t.from)
		}
		instance["DBInstanceStatus"] = t.to
		result = tree.Object{"DBInstance": instance}
		return nil
	})
	return result, err
}

// turnCluster changes a cluster's status, and that of its members.
func (s Service) turnCluster(t turn, members string, f wire.Form) (tree.Object, error) {
	l := listings["DescribeDBClusters"]
	var result tree.Object
	err := s.Store.Change(func(doc tree.Object) error {
		cluster, ok := tree.Find(doc, l.key, l.id, f.Text(l.id))
		if !ok {
			return l.missing(f.Text(l.id))
		}
		if tree.Text(cluster, "Status") != t.from {
			return wire.Faultf(http.StatusBadRequest, "InvalidDBClusterStateFault", "DbCluster %s is not in %s state.", f.Text(l.id), t.from)
		}
		cluster["Status"] = t.to
		for _, instance := range tree.Objects(doc, "DBInstances") {
			if tree.Text(instance, l.id) == f.Text(l.id) {
				instance["DBInstanceStatus"] = members
			}
		}
		result = tree.Object{"DBCluster": cluster}
		return nil
	})
	return result, err
}

// targets answers what a proxy connects to: the document's DBProxyTargets are
// [{"DBProxyName": …, "Targets": […]}], because the answer does not say whose
// they are.
func (s Service) targets(f wire.Form) (tree.Object, error) {
	doc, err := s.Store.Read()
	if err != nil {
		return nil, err
	}
	l := listings["DescribeDBProxies"]
	name := f.Text(l.id)
	if _, ok := tree.Find(doc, l.key, l.id, name); !ok {
		return nil, l.missing(name)
	}
	found, _ := tree.Find(doc, "DBProxyTargets", l.id, name)
	return listing{key: "Targets", id: "RdsResourceId"}.page(tree.Objects(found, "Targets"), f)
}

func (l listing) missing(name string) *wire.Fault {
	return wire.Faultf(http.StatusNotFound, l.fault, "%s %s not found.", l.noun, name)
}

func (l listing) describe(objects []tree.Object, f wire.Form) (tree.Object, error) {
	if name := f.Text(l.id); name != "" {
		objects = slices.DeleteFunc(objects, func(o tree.Object) bool { return !strings.EqualFold(tree.Text(o, l.id), name) })
		if len(objects) == 0 {
			return nil, l.missing(name)
		}
	}
	for _, n := range f.Indices("Filters.Filter") {
		prefix := wire.Join("Filters.Filter", n)
		path, ok := l.filters[f.Text(prefix+".Name")]
		if !ok {
			return nil, wire.Faultf(http.StatusBadRequest, "InvalidParameterValue", "Unrecognized filter name: %s", f.Text(prefix+".Name"))
		}
		values := f.List(prefix + ".Values.Value")
		objects = slices.DeleteFunc(objects, func(o tree.Object) bool {
			return !slices.ContainsFunc(strings.Fields(path), func(one string) bool {
				return slices.ContainsFunc(tree.Values(o, one), func(v string) bool { return slices.Contains(values, v) })
			})
		})
	}
	return l.page(objects, f)
}

// page cuts out what MaxRecords (20 to 100, 100 by default) and Marker ask for.
func (l listing) page(objects []tree.Object, f wire.Form) (tree.Object, error) {
	size := 100
	if f.Has("MaxRecords") {
		var err error
		if size, err = strconv.Atoi(f.Text("MaxRecords")); err != nil || size < 20 || size > 100 {
			return nil, wire.Faultf(http.StatusBadRequest, "InvalidParameterValue", "Invalid value %s for MaxRecords. Must be between 20 and 100", f.Text("MaxRecords"))
		}
	}
	if marker := f.Text("Marker"); marker != "" {
		id, err := base64.URLEncoding.DecodeString(marker)
		start := slices.IndexFunc(objects, func(o tree.Object) bool { return tree.Text(o, l.id) == string(id) })
		if err != nil || start < 0 {
			return nil, wire.Faultf(http.StatusBadRequest, "InvalidParameterValue", "The request contains an invalid marker")
		}
		objects = objects[start:]
	}
	result := tree.Object{}
	if len(objects) > size {
		result["Marker"] = base64.URLEncoding.EncodeToString([]byte(tree.Text(objects[size], l.id)))
		objects = objects[:size]
	}
	tree.SetObjects(result, l.key, objects)
	return result, nil
}

// Names are the XML names of the answers ("locationName" of the lists' members
// in the service's API model).
func (Service) Names() wire.Names {
	return wire.Names{Default: wire.Same, Item: "member", Items: map[string]string{
		"DBInstances": "DBInstance", "DBSecurityGroups": "DBSecurityGroup", "VpcSecurityGroups": "VpcSecurityGroupMembership",
		"DBParameterGroups": "DBParameterGroup", "Subnets": "Subnet", "ProcessorFeatures": "ProcessorFeature",
		"ReadReplicaDBInstanceIdentifiers": "ReadReplicaDBInstanceIdentifier", "ReadReplicaDBClusterIdentifiers": "ReadReplicaDBClusterIdentifier",
		"OptionGroupMemberships": "OptionGroupMembership", "DBInstances.StatusInfos": "DBInstanceStatusInfo", "DBClusters.StatusInfos": "DBClusterStatusInfo",
		"DomainMemberships": "DomainMembership", "DBInstances.AssociatedRoles": "DBInstanceRole", "DBClusters.AssociatedRoles": "DBClusterRole",
		"TagList": "Tag", "DBInstanceAutomatedBackupsReplications": "DBInstanceAutomatedBackupsReplication",
		"DBSubnetGroups": "DBSubnetGroup", "DBClusters": "DBCluster", "AvailabilityZones": "AvailabilityZone",
		"DBClusterOptionGroupMemberships": "DBClusterOptionGroup", "ReadReplicaIdentifiers": "ReadReplicaIdentifier", "DBClusterMembers": "DBClusterMember",
		"DBClusterEndpoints": "DBClusterEndpointList",
	}}
}
