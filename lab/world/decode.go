package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Error is something wrong with a world's content.
type Error struct {
	Pointer string // JSON pointer (RFC 6901) of the place
	Err     error
}

func (e *Error) Error() string { return e.Pointer + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

func wrong(pointer string, format string, args ...any) *Error {
	return &Error{Pointer: pointer, Err: fmt.Errorf(format, args...)}
}

// decode fills the typed views from the document.
func (w *World) decode() error {
	n := &w.network
	return first(
		list(w.document, "Vpcs", &n.VPCs), list(w.document, "VpcAttributes", &n.VPCAttributes),
		list(w.document, "Subnets", &n.Subnets), list(w.document, "RouteTables", &n.RouteTables),
		list(w.document, "NetworkAcls", &n.NetworkACLs), list(w.document, "SecurityGroups", &n.SecurityGroups),
		list(w.document, "NetworkInterfaces", &n.NetworkInterfaces), list(w.document, "InternetGateways", &n.InternetGateways),
		list(w.document, "NatGateways", &n.NATGateways), list(w.document, "VpcEndpoints", &n.Endpoints),
		list(w.document, "DBInstances", &n.DBInstances), list(w.document, "agentRuntimes", &n.Runtimes),
		list(w.document, "PrefixLists", &n.PrefixLists), list(w.document, "DhcpOptions", &n.DHCPOptions),
		list(w.document, "EgressOnlyInternetGateways", &n.EgressOnlyGateways),
		list(w.document, "VpcPeeringConnections", &n.Peerings), list(w.document, "TransitGateways", &n.TransitGateways),
		list(w.document, "TransitGatewayVpcAttachments", &n.TransitAttachments),
		list(w.document, "TransitGatewayRouteTableAssociations", &n.TransitAssociations), list(w.document, "TransitGatewayRoutes", &n.TransitRoutes),
		list(w.document, "VpcBlockPublicAccessExclusions", &n.PublicAccessExclusions), w.decodePublicAccess(),
		list(w.document, "VpnGateways", &n.VPNGateways), list(w.document, "VpnConnections", &n.VPNConnections),
		w.decodeLab())
}

// decodePublicAccess reads the one object of a list's kind that is no list.
func (w *World) decodePublicAccess() error {
	options, ok := w.document["VpcBlockPublicAccessOptions"]
	if !ok {
		return nil
	}
	if err := convert(options, &w.network.PublicAccess, json.Unmarshal); err != nil {
		return locate("/VpcBlockPublicAccessOptions", err)
	}
	return nil
}

// list decodes the objects under key one by one, so that an error names which.
func list[T any](document map[string]any, key string, into *[]T) error {
	value, ok := document[key]
	if !ok {
		return nil
	}
	items, ok := value.([]any)
	if !ok {
		return wrong("/"+key, "must be a list")
	}
	*into = make([]T, len(items))
	for i, item := range items {
		pointer := "/" + key + "/" + strconv.Itoa(i)
		if _, ok := item.(map[string]any); !ok {
			return wrong(pointer, "must be an object")
		}
		if err := convert(item, &(*into)[i], json.Unmarshal); err != nil {
			return locate(pointer, err)
		}
	}
	return nil
}

func (w *World) decodeLab() error {
	lab, ok := w.document["Lab"].(map[string]any)
	if !ok {
		return wrong("/Lab", "must be an object")
	}
	rest := make(map[string]any, len(lab))
	for key, v := range lab {
		if !slices.Contains([]string{"Principals", "Hosts"}, key) {
			rest[key] = v
		}
	}
	if err := convert(rest, &w.lab, strict); err != nil {
		return locate("/Lab", err)
	}
	err := first(strictList(lab, "Principals", &w.lab.Principals), strictList(lab, "Hosts", &w.lab.Hosts))
	w.lab.block()
	return err
}

func strictList[T any](lab map[string]any, key string, into *[]T) error {
	items, ok := lab[key].([]any)
	if !ok {
		return wrong("/Lab/"+key, "must be a list")
	}
	*into = make([]T, len(items))
	for i, item := range items {
		if err := convert(item, &(*into)[i], strict); err != nil {
			return locate("/Lab/"+key+"/"+strconv.Itoa(i), err)
		}
	}
	return nil
}

func convert(from, into any, decode func([]byte, any) error) error {
	data, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return decode(data, into)
}

// strict decodes JSON and refuses fields that are not known.
func strict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// locate adds the field that encoding/json names to the pointer.
func locate(pointer string, err error) *Error {
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) && mismatch.Field != "" {
		return wrong(pointer+"/"+strings.ReplaceAll(mismatch.Field, ".", "/"), "must be %s, not %s", mismatch.Type, mismatch.Value)
	}
	return &Error{Pointer: pointer, Err: err}
}

func find[T any](items []T, match func(T) bool) (T, bool) {
	if i := slices.IndexFunc(items, match); i >= 0 {
		return items[i], true
	}
	var none T
	return none, false
}
