package world

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Of the database that WithMariaDB adds.
const (
	cartsENI   = "eni-07c4e1a95b82d36f0"
	cartsGroup = "sg-02f9b6d04c71e8a35"
	cartsName  = "carts.c9zq4xw1vtkf.us-east-1.rds.amazonaws.com"
	cartsPort  = 3306
)

// WithMariaDB returns a copy of the world with a second database, the RDS
// instance carts: MariaDB, in the other subnet of the first one's, in a group of
// its own that admits the agents.
func (w *World) WithMariaDB() (*World, error) {
	if len(w.network.DBInstances) == 0 {
		return nil, fmt.Errorf("the pattern %s has no database to add another to", w.lab.Pattern)
	}
	document, _ := clone(w.document).(map[string]any)
	agent, ok := w.agentGroup(document)
	if !ok {
		return nil, errors.New("no security group \"agent\"")
	}
	from, to := admits(agent["GroupId"], w.lab.Account, cartsPort), admits(cartsGroup, w.lab.Account, cartsPort)
	egress, _ := agent["IpPermissionsEgress"].([]any)
	agent["IpPermissionsEgress"] = append(egress, to)
	group := map[string]any{
		"GroupId": cartsGroup, "GroupName": "carts", "Description": "the carts database", "OwnerId": w.lab.Account, "VpcId": agent["VpcId"], "Tags": []any{},
		"IpPermissions": []any{from}, "IpPermissionsEgress": []any{},
	}
	subnet, ok := find(objects(document["Subnets"]), func(s map[string]any) bool { return s["CidrBlock"] == "10.0.22.0/24" })
	if !ok {
		return nil, errors.New("no subnet 10.0.22.0/24")
	}
	grow(document, "SecurityGroups", group)
	grow(document, "NetworkInterfaces", owned{cartsENI, "10.0.22.10", "RDSNetworkInterface", "amazon-rds", cartsGroup, "carts"}.in(subnet, w.lab.Account))
	grow(document, "DBInstances", cartsInstance(objects(document["DBInstances"])[0], subnet))
	lab, _ := document["Lab"].(map[string]any)
	grow(lab, "Hosts", map[string]any{"Name": "carts", "NetworkInterfaceId": cartsENI, "Services": []any{
		map[string]any{"Type": ServiceMySQL, "DBInstanceIdentifier": "carts", "Port": cartsPort},
	}})
	data, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

func (w *World) agentGroup(document map[string]any) (map[string]any, bool) {
	return find(objects(document["SecurityGroups"]), func(g map[string]any) bool { return g["GroupName"] == "agent" })
}

// admits is a rule for a TCP port and a group at the other end.
func admits(group any, account string, port int) map[string]any {
	return map[string]any{
		"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": []any{}, "Ipv6Ranges": []any{}, "PrefixListIds": []any{},
		"UserIdGroupPairs": []any{map[string]any{"GroupId": group, "UserId": account}},
	}
}

func grow(in map[string]any, key string, item any) {
	list, _ := in[key].([]any)
	in[key] = append(list, item)
}

// owned is the interface of an AWS service in a subnet.
type owned struct{ id, address, about, requester, group, groupName string }

func (o owned) in(subnet map[string]any, account string) map[string]any {
	return map[string]any{
		"NetworkInterfaceId": o.id, "InterfaceType": "interface", "Description": o.about, "Status": "in-use", "OwnerId": account,
		"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"], "AvailabilityZone": subnet["AvailabilityZone"],
		"PrivateIpAddress": o.address, "PrivateIpAddresses": []any{map[string]any{"Primary": true, "PrivateIpAddress": o.address}},
		"Groups":          []any{map[string]any{"GroupId": o.group, "GroupName": o.groupName}},
		"SourceDestCheck": true, "RequesterManaged": true, "RequesterId": o.requester, "TagSet": []any{}, "Ipv6Addresses": []any{},
	}
}

// cartsInstance is the other database with what is its own replaced.
func cartsInstance(like, subnet map[string]any) map[string]any {
	instance, _ := clone(like).(map[string]any)
	for field, value := range map[string]any{
		"DBInstanceIdentifier": "carts", "DBName": "carts", "MasterUsername": "carts", "Engine": "mariadb", "EngineVersion": "10.11.10",
		"DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:carts", "DbiResourceId": "db-R4TNKQW7GZ2VJXH5M6YBLEC3SA",
		"AvailabilityZone": subnet["AvailabilityZone"], "LicenseModel": "general-public-license",
		"Endpoint":               map[string]any{"Address": cartsName, "Port": cartsPort, "HostedZoneId": "Z2R2ITUGPM61AM"},
		"VpcSecurityGroups":      []any{map[string]any{"VpcSecurityGroupId": cartsGroup, "Status": "active"}},
		"DBParameterGroups":      []any{map[string]any{"DBParameterGroupName": "default.mariadb10.11", "ParameterApplyStatus": "in-sync"}},
		"OptionGroupMemberships": []any{map[string]any{"OptionGroupName": "default:mariadb-10-11", "Status": "in-sync"}},
		"TagList":                []any{map[string]any{"Key": "Name", "Value": "carts"}},
	} {
		instance[field] = value
	}
	return instance
}
