// Package stsapi is AWS STS's API as far as the lab's worlds need it: who am
// I, and sessions of roles
// ("AWS Security Token Service API Reference", version 2011-06-15).
package stsapi

import (
	"net/http"

	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// Namespace is the XML namespace of the answers.
const Namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// Do carries out an action for a caller. GetCallerIdentity needs no permission,
// and works even where a policy denies it ("GetCallerIdentity").
func Do(action string, caller iam.Principal, userID string) (tree.Object, error) {
	if action != "GetCallerIdentity" {
		return nil, wire.Faultf(http.StatusBadRequest, "InvalidAction", "Could not find operation %s for version 2011-06-15", action)
	}
	return tree.Object{"Arn": caller.ARN, "Account": caller.Account, "UserId": userID}, nil
}

// Names are the XML names of the answers.
func Names() wire.Names { return wire.Names{Default: wire.Same, Item: "member"} }
