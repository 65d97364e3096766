package ecr

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// lifetime is that of an authorization token ("Private registry
// authentication").
const lifetime = 12 * time.Hour

// ticket is what the password of an authorization token holds. It is proven by
// the secret of the key that asked for it: every host of the world can tell.
type ticket struct {
	Key     string
	Expires int64 // seconds since 1970
	Proof   []byte
}

func (t ticket) proof(secret string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t.Key + " " + strconv.FormatInt(t.Expires, 10)))
	return mac.Sum(nil)
}

// Token answers GetAuthorizationToken for who signs with a key.
func (s Service) Token(key, secret string, authorize Authorize) (tree.Object, error) {
	if err := authorize("ecr:GetAuthorizationToken", "*", ""); err != nil {
		return nil, err
	}
	t := ticket{Key: key, Expires: s.Now.Add(lifetime).Unix()}
	t.Proof = t.proof(secret)
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	password := base64.StdEncoding.EncodeToString(text)
	return tree.Object{"authorizationData": []any{tree.Object{
		"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:" + password)),
		"expiresAt":          t.Expires,
		"proxyEndpoint":      "https://" + host(tree.Account(s.Doc), tree.Region(s.Doc)),
	}}}, nil
}

// host is that of an account's registry.
func host(account, region string) string { return account + ".dkr.ecr." + region + ".amazonaws.com" }

// Bearer reads who a request to the registry is authorized as: the id of an
// access key, which good tells whether the token was made with its secret. The
// error is a *wire.Fault; one with status 401 asks for authorization.
func (s Service) Bearer(r *http.Request) (key string, good func(secret string) error, err error) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return "", nil, wire.Faultf(http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
	}
	invalid := wire.Faultf(http.StatusForbidden, "DENIED", "Your Authorization Token is invalid.")
	var t ticket
	text, err := base64.StdEncoding.DecodeString(password)
	if err != nil || user != "AWS" || json.Unmarshal(text, &t) != nil {
		return "", nil, invalid
	}
	return t.Key, func(secret string) error {
		switch {
		case !hmac.Equal(t.Proof, t.proof(secret)):
			return invalid
		case s.Now.Unix() >= t.Expires:
			return wire.Faultf(http.StatusForbidden, "DENIED", "Your authorization token has expired. Reauthenticate and try again.")
		}
		return nil
	}, nil
}

// Challenge is what a registry says it wants.
func Challenge(host string) string {
	return `Basic realm="https://` + host + `/",service="ecr.amazonaws.com"`
}
