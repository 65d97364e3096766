package world

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
)

// Authorizer is how a world's runtimes know their callers.
type Authorizer string

// The authorizers.
const (
	AuthorizerSigV4 Authorizer = "sigv4" // IAM: what a world has unless told otherwise
	AuthorizerJWT   Authorizer = "jwt"   // bearer tokens of an OpenID provider (customJWTAuthorizer)
)

// The provider of a world with bearer tokens, and its client.
const (
	OpenIDIssuer   = "https://login.example.com/agents"
	OpenIDAudience = "support"
	OpenIDClient   = "agentcore-probe"
	OpenIDSecret   = "W5n0Qj7uXb2LrTz9"
)

// Client is an application that an OpenID provider gives tokens.
type Client struct {
	ID, Secret string
	Audience   string   `json:",omitempty"` // claim aud of its tokens
	Scopes     []string `json:",omitempty"`
}

// Authorize returns a copy of the world whose runtimes take bearer tokens, with
// the provider of them: on the internet, or for the pattern isolated in the VPC
// beside the endpoints. Policies name callers that IAM does not know by "*"
// ("Resource-based policies for Amazon Bedrock AgentCore"). AuthorizerSigV4
// changes nothing.
func (w *World) Authorize(a Authorizer) (*World, error) {
	switch a {
	case AuthorizerSigV4, "":
		return w, nil
	case AuthorizerJWT:
	default:
		return nil, fmt.Errorf("no authorizer %q: there is %s, %s", a, AuthorizerSigV4, AuthorizerJWT)
	}
	document, _ := clone(w.document).(map[string]any)
	for _, runtime := range objects(document["agentRuntimes"]) {
		runtime["authorizerConfiguration"] = map[string]any{"customJWTAuthorizer": map[string]any{
			"discoveryUrl":    OpenIDIssuer + "/.well-known/openid-configuration",
			"allowedAudience": []any{OpenIDAudience}, "allowedClients": []any{OpenIDClient},
		}}
	}
	for _, p := range objects(document["resourcePolicies"]) {
		if err := nameEverybody(p, "policy"); err != nil {
			return nil, err
		}
	}
	for _, e := range objects(document["VpcEndpoints"]) {
		if name, _ := e["ServiceName"].(string); !strings.HasSuffix(name, ".bedrock-agentcore") {
			continue
		}
		if err := nameEverybody(e, "PolicyDocument"); err != nil {
			return nil, err
		}
	}
	if err := w.addProvider(document); err != nil {
		return nil, err
	}
	data, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

func objects(v any) []map[string]any {
	list, _ := v.([]any)
	var all []map[string]any
	for _, item := range list {
		if o, ok := item.(map[string]any); ok {
			all = append(all, o)
		}
	}
	return all
}

// nameEverybody gives every statement of a policy the principal "*".
func nameEverybody(of map[string]any, field string) error {
	text, _ := of[field].(string)
	if text == "" {
		return nil
	}
	var policy map[string]any
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	for _, s := range objects(policy["Statement"]) {
		s["Principal"] = "*"
	}
	changed, err := json.Marshal(policy)
	of[field] = string(changed)
	return err
}

// Where the provider is.
var (
	publicProvider  = netip.MustParseAddr("203.0.113.90")
	privateProvider = netip.MustParseAddr("10.0.11.30")
)

const providerENI = "eni-0a83d5c7e1f24b690"

// addProvider adds the host of the provider. In the isolated VPC its name in
// public DNS leads to its private address.
func (w *World) addProvider(document map[string]any) error {
	host := Host{Name: "identity", Addresses: []netip.Addr{publicProvider}}
	service := Service{
		Type: ServiceOpenID, Port: 443, Issuer: OpenIDIssuer, Names: []string{"login.example.com"}, Addresses: host.Addresses,
		Clients: []Client{{ID: OpenIDClient, Secret: OpenIDSecret, Audience: OpenIDAudience, Scopes: []string{"agents/invoke"}}},
	}
	if w.lab.Pattern == "isolated" {
		host.NetworkInterfaceId, host.Addresses, service.Addresses = providerENI, nil, []netip.Addr{privateProvider}
		if err := w.addInterface(document); err != nil {
			return err
		}
	}
	host.Services = []Service{service}
	var plain any
	if err := convert(host, &plain, json.Unmarshal); err != nil {
		return err
	}
	lab, _ := document["Lab"].(map[string]any)
	hosts, _ := lab["Hosts"].([]any)
	lab["Hosts"] = append(hosts, plain)
	return nil
}

// addInterface adds the provider's ENI: in the subnet and with the group of the
// first endpoint, to whom everybody may speak who calls AWS.
func (w *World) addInterface(document map[string]any) error {
	all, _ := document["NetworkInterfaces"].([]any)
	beside := w.network.Endpoints[0].NetworkInterfaceIDs[0]
	for _, e := range objects(document["NetworkInterfaces"]) {
		if e["NetworkInterfaceId"] != beside {
			continue
		}
		document["NetworkInterfaces"] = append(all, map[string]any{
			"NetworkInterfaceId": providerENI, "InterfaceType": "interface", "Description": "the identity provider", "Status": "in-use",
			"VpcId": e["VpcId"], "SubnetId": e["SubnetId"], "AvailabilityZone": e["AvailabilityZone"], "OwnerId": e["OwnerId"], "Groups": e["Groups"],
			"PrivateIpAddress":   privateProvider.String(),
			"PrivateIpAddresses": []any{map[string]any{"Primary": true, "PrivateIpAddress": privateProvider.String()}},
			"SourceDestCheck":    true, "RequesterManaged": false, "TagSet": []any{}, "Ipv6Addresses": []any{},
		})
		return nil
	}
	return fmt.Errorf("no network interface %s to put the identity provider beside", beside)
}
