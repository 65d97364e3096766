package token

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
)

// leeway is how far clocks may differ.
const leeway = time.Minute

// Claims are those that an authorizer looks at (RFC 7519, 4.1; RFC 9068, 2.2).
type Claims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  audience `json:"aud"`
	ClientID  string   `json:"client_id"`
	Expires   *float64 `json:"exp"` // seconds since 1970
	NotBefore *float64 `json:"nbf"`

	key string // kid of the header
}

// audience is one text or a list of them (RFC 7519, 4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	var all []string
	err := json.Unmarshal(text, &all)
	*a = all
	return err
}

// Parse takes a token in the compact form of RFC 7515 apart. The error is an
// *Error that does not repeat the token.
func Parse(raw string) (Token, error) {
	parts := strings.Split(raw, ".")
	if len(raw) > maxToken || len(parts) != 3 || parts[2] == "" {
		return Token{}, fault(netpath.FailureTokenInvalid, "the token is no signed JWT")
	}
	var header struct {
		Key string `json:"kid"`
	}
	t := Token{Raw: raw}
	for i, into := range []any{&header, &t.Claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(text, into) != nil {
			return Token{}, fault(netpath.FailureTokenInvalid, "the token is no signed JWT")
		}
	}
	if _, err := base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return Token{}, fault(netpath.FailureTokenInvalid, "the token is no signed JWT")
	}
	t.Claims.key = header.Key
	return t, nil
}

// Ends is when the token ends, the zero time where it does not say.
func (c Claims) Ends() time.Time { return moment(c.Expires) }

// moment is a NumericDate; what lies beyond the years that a time can be
// written with has no moment.
func moment(seconds *float64) time.Time {
	const last = 253402300799 // the end of the year 9999
	if seconds == nil || *seconds < 0 || *seconds > last {
		return time.Time{}
	}
	return time.Unix(int64(*seconds), 0)
}

// check holds the claims against an authorizer's; what is not known of the
// authorizer is not checked.
func (t Token) check(wanted netpath.Claims, now time.Time) error {
	c := t.Claims
	switch {
	case c.Expires == nil || c.Ends().IsZero():
		return fault(netpath.FailureTokenInvalid, "the token does not say when it ends (exp)")
	case !now.Before(c.Ends().Add(leeway)):
		return fault(netpath.FailureTokenExpired, "the token expired at %s", c.Ends().UTC().Format(time.RFC3339))
	case c.NotBefore != nil && now.Add(leeway).Before(moment(c.NotBefore)):
		return fault(netpath.FailureTokenInvalid, "the token is not valid before %s", moment(c.NotBefore).UTC().Format(time.RFC3339))
	case wanted.Issuer != "" && strings.TrimSuffix(c.Issuer, "/") != strings.TrimSuffix(wanted.Issuer, "/"):
		return fault(netpath.FailureTokenInvalid, "the token is of issuer %s, the runtime takes those of %s", escape.Line(c.Issuer, maxText), wanted.Issuer)
	case len(wanted.Audiences) > 0 && !slices.ContainsFunc(c.Audience, func(a string) bool { return slices.Contains(wanted.Audiences, a) }):
		return fault(netpath.FailureTokenInvalid, "the token's audience is %s, the runtime takes %s", escape.Line(strings.Join(c.Audience, " "), maxText), strings.Join(wanted.Audiences, " "))
	case len(wanted.Clients) > 0 && !slices.Contains(wanted.Clients, c.ClientID):
		return fault(netpath.FailureTokenInvalid, "the token's client is %s, the runtime takes %s", escape.Line(c.ClientID, maxText), strings.Join(wanted.Clients, " "))
	}
	return nil
}
