package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/agentcore-probe/probe/lab/aws/agentcore"
	"github.com/agentcore-probe/probe/lab/aws/ecr"
	"github.com/agentcore-probe/probe/lab/aws/efsapi"
	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/lists"
	"github.com/agentcore-probe/probe/lab/aws/logsapi"
	"github.com/agentcore-probe/probe/lab/aws/s3api"
	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// layersPrincipal is the principal of the world, one of Amazon ECR's, that signs
// the links to layers.
const layersPrincipal = "ecr"

// images is Amazon ECR for this request.
func (x *exchange) images() ecr.Service {
	return ecr.Service{Doc: x.doc, Now: x.call.At, Presign: x.presign}
}

func (x *exchange) ecr(caller principal, authorize agentcore.Authorize) error {
	if x.call.Action == "GetAuthorizationToken" {
		return x.json(x.images().Token(caller.key.ID, caller.key.Secret, authorize))
	}
	return x.json(x.images().Do(x.call.Action, x.input, authorize))
}

// json writes an answer of the JSON protocols.
func (x *exchange) json(result tree.Object, err error) error {
	if err == nil {
		x.protocol.WriteAnswer(x.w, http.StatusOK, result)
	}
	return err
}

// registered is whose authorization token a request to the registry carries.
func (x *exchange) registered() (principal, error) {
	x.w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	key, good, err := x.images().Bearer(x.r)
	if err != nil {
		var fault *wire.Fault
		if errors.As(err, &fault) && fault.Status == http.StatusUnauthorized {
			x.w.Header().Set("Www-Authenticate", ecr.Challenge(x.r.Host))
		}
		return principal{}, err
	}
	all, err := principals(x.doc)
	if err != nil {
		return principal{}, err
	}
	for _, p := range all {
		if p.key.ID == key {
			return p, good(p.key.Secret)
		}
	}
	return principal{}, good("")
}

// linkSeconds is how long a link to a layer is good for.
const linkSeconds = "3600"

// presign makes a link to an object, as Amazon ECR does to layers.
func (x *exchange) presign(bucket, key string) (string, error) {
	o, ok := tree.Find(tree.Child(x.doc, "Lab"), "Principals", "Name", layersPrincipal)
	if !ok {
		return "", fmt.Errorf("no principal %q signs links to layers", layersPrincipal)
	}
	p, err := readPrincipal(o)
	if err != nil {
		return "", err
	}
	link := "https://" + bucket + ".s3." + tree.Region(x.doc) + ".amazonaws.com/" + key + "?X-Amz-Expires=" + linkSeconds
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, link, nil)
	if err != nil {
		return "", err
	}
	credentials := sdk.Credentials{AccessKeyID: p.key.ID, SecretAccessKey: p.key.Secret, SessionToken: p.key.Token}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	signed, _, err := signer.PresignHTTP(x.r.Context(), credentials, r, "UNSIGNED-PAYLOAD", "s3", tree.Region(x.doc), x.call.At)
	return signed, err
}

// storage answers for Amazon S3, whose denials say why within one account only
// ("Troubleshoot access denied (403 Forbidden) errors in Amazon S3").
func (x *exchange) storage(caller principal) error {
	base, err := caller.policies(x.doc, x.arrival, x.turn)
	if err != nil {
		return err
	}
	conditions, err := x.context(caller)
	if err != nil {
		return err
	}
	return s3api.Read(x.r, tree.Region(x.doc)).Serve(x.w, x.r, x.doc, func(action, resource, owner, resourcePolicy string) error {
		x.call.Actions = append(x.call.Actions, action)
		request := iam.Request{Principal: caller.Principal, Action: action, Resource: resource, Account: owner, Context: conditions}
		denial, err := judge(request, base, resourcePolicy)
		switch {
		case denial == nil:
			return err
		case caller.Account == owner && owner == tree.Account(x.doc):
			denial.Resource = `"` + denial.Resource + `"`
			return wire.Faultf(http.StatusForbidden, "AccessDenied", "%s", denial.Error())
		}
		return wire.Faultf(http.StatusForbidden, "AccessDenied", "Access Denied")
	})
}

func (x *exchange) logs(authorize agentcore.Authorize) error {
	service := logsapi.Service{Store: x.services.store, Now: x.call.At}
	arn, ok := service.Resource(x.doc, x.call.Action, x.input)
	if !ok {
		return x.unknown()
	}
	if err := authorize("logs:"+x.call.Action, arn, ""); err != nil {
		return err
	}
	return x.json(service.Do(x.call.Action, x.input))
}

func (x *exchange) files(authorize agentcore.Authorize) error {
	if x.call.Action == "" {
		return x.unknown()
	}
	answer, err := efsapi.Do(x.doc, x.r, authorize)
	if err == nil {
		wire.WriteJSON(x.w, http.StatusOK, answer)
	}
	return err
}

// unknown answers for an operation that the lab does not have.
func (x *exchange) unknown() error {
	switch x.protocol {
	case wire.Query:
		return wire.Faultf(http.StatusBadRequest, "InvalidAction", "Could not find operation %s", x.call.Action)
	case wire.RESTJSON:
		return wire.Faultf(http.StatusNotFound, "UnknownOperationException", "")
	}
	return wire.Faultf(http.StatusBadRequest, "UnknownOperationException", "")
}

// list answers the reads of the services that the worlds have little of.
func (x *exchange) list(authorize agentcore.Authorize) error {
	listing, ok := lists.Find(x.service, x.call.Action)
	if !ok {
		return x.unknown()
	}
	if err := authorize(listing.Action, listing.Resource(x.doc), ""); err != nil {
		return err
	}
	switch x.protocol {
	case wire.Query:
		if err := x.version("2010-08-01"); err != nil {
			return err
		}
		names := wire.Names{Default: wire.Same, Item: "member"}
		wire.WriteQuery(x.w, names, "http://monitoring.amazonaws.com/doc/2010-08-01/", x.call.Action, listing.Do(x.doc, tree.Object{"NextToken": x.form.Text("NextToken")}), x.id)
		return nil
	case wire.RESTJSON:
		input := tree.Object{}
		for name := range x.r.URL.Query() {
			input[name] = x.r.URL.Query().Get(name)
		}
		wire.WriteJSON(x.w, http.StatusOK, listing.Do(x.doc, input))
		return nil
	}
	return x.json(listing.Do(x.doc, x.input), nil)
}
