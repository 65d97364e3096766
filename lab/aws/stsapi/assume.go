package stsapi

import (
	"crypto/rand"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// The actions that hand out sessions.
const (
	ActionAssumeRole  = "AssumeRole"
	ActionWebIdentity = "AssumeRoleWithWebIdentity" // is not signed
)

// Order is a session that is asked for.
type Order struct {
	Role       string // ARN
	Session    string
	ExternalID string
	Token      string // of ActionWebIdentity
	Duration   time.Duration
}

// Bounds of a session ("AssumeRole", AWS STS API Reference). A role's own
// maximum is left out: the lab's roles have AWS's largest.
const (
	shortest, longest, usual = 15 * time.Minute, 12 * time.Hour, time.Hour
)

var sessionForm = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// ReadOrder takes an order out of a form.
func ReadOrder(f wire.Form) (Order, error) {
	o := Order{Role: f.Text("RoleArn"), Session: f.Text("RoleSessionName"), ExternalID: f.Text("ExternalId"), Token: f.Text("WebIdentityToken"), Duration: usual}
	if text := f.Text("DurationSeconds"); text != "" {
		seconds, err := strconv.Atoi(text)
		if o.Duration = time.Duration(seconds) * time.Second; err != nil || o.Duration < shortest || o.Duration > longest {
			return o, wire.Faultf(http.StatusBadRequest, "ValidationError", "DurationSeconds must be between 900 and 43200")
		}
	}
	if !sessionForm.MatchString(o.Session) {
		return o, wire.Faultf(http.StatusBadRequest, "ValidationError", "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint", o.Session)
	}
	return o, nil
}

// FindRole returns a role of the world.
func FindRole(doc tree.Object, arn string) (tree.Object, bool) {
	return tree.Find(tree.Child(doc, "Lab"), "Roles", "Arn", arn)
}

// Open makes the session that was ordered: a principal of the world from then
// on. It returns the answer.
func Open(store tree.Store, o Order, now time.Time) (tree.Object, error) {
	ends := now.Add(o.Duration).UTC().Format(time.RFC3339)
	key := "ASIA" + rand.Text()[:16]
	secret, token := rand.Text()+rand.Text()[:14], "IQoJb3JpZ2luX2Vj"+rand.Text()+rand.Text()
	var user tree.Object
	err := store.Change(func(doc tree.Object) error {
		role, ok := FindRole(doc, o.Role)
		if !ok {
			return wire.Faultf(http.StatusNotFound, "NoSuchEntity", "Role not found")
		}
		lab := tree.Child(doc, "Lab")
		account, name := accountAndName(o.Role)
		user = tree.Object{"Arn": "arn:aws:sts::" + account + ":assumed-role/" + name + "/" + o.Session, "AssumedRoleId": tree.Text(role, "RoleId") + ":" + o.Session}
		session := tree.Object{
			"Name": "session " + key, "Arn": user["Arn"], "UserId": user["AssumedRoleId"], "Account": account,
			"AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token, "Expiration": ends,
			"IdentityPolicies": role["IdentityPolicies"],
		}
		if boundary := tree.Text(role, "PermissionsBoundary"); boundary != "" {
			session["PermissionsBoundary"] = boundary
		}
		tree.SetObjects(lab, "Principals", append(tree.Objects(lab, "Principals"), session))
		return nil
	})
	return tree.Object{
		"AssumedRoleUser": user,
		"Credentials":     tree.Object{"AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token, "Expiration": ends},
	}, err
}

var roleForm = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):role/(?:.*/)?([^/]+)$`)

func accountAndName(role string) (account, name string) {
	if m := roleForm.FindStringSubmatch(role); m != nil {
		return m[1], m[2]
	}
	return "", role
}
