package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeFormat = "20060102T150405Z"
	dateFormat = "20060102"
)

// claim is what a request says about its own signature.
type claim struct {
	keyID, date, region, service string
	signedHeaders                []string
	signature                    string
	token                        string
	time                         time.Time
	rawTime                      string
	presigned                    bool
	expires                      time.Duration // presigned only
}

// read takes the claim from the Authorization header or, without one, from the
// query ("Create a signed AWS API request", IAM User Guide).
func read(r *http.Request) (claim, *Refusal) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return claim{}, incomplete("The query string is malformed.")
	}
	if values := r.Header.Values("Authorization"); len(values) > 0 {
		if len(values) > 1 {
			return claim{}, incomplete("More than one Authorization header.")
		}
		return fromHeader(r.Header, values[0])
	}
	if query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Signature") {
		return fromQuery(query)
	}
	return claim{}, &Refusal{Fault: FaultMissing, Message: textMissing}
}

func incomplete(message string) *Refusal {
	return &Refusal{Fault: FaultIncomplete, Message: message}
}

func fromHeader(h http.Header, authorization string) (claim, *Refusal) {
	scheme, rest, _ := strings.Cut(authorization, " ")
	if scheme != algorithm {
		return claim{}, &Refusal{Fault: FaultMissing, Message: textMissing}
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	var missing []string
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			missing = append(missing, "Authorization header requires '"+name+"' parameter.")
		}
	}
	raw := h.Get("X-Amz-Date")
	if raw == "" {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if len(missing) > 0 {
		return claim{}, incomplete(strings.Join(missing, " "))
	}
	c := claim{signature: parts["Signature"], token: h.Get("X-Amz-Security-Token"), rawTime: raw}
	return c.complete(parts["Credential"], parts["SignedHeaders"], h)
}

func fromQuery(q url.Values) (claim, *Refusal) {
	var missing []string
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if len(q[name]) != 1 || q.Get(name) == "" {
			missing = append(missing, "AWS query-string parameters must include '"+name+"'.")
		}
	}
	if len(missing) > 0 {
		return claim{}, incomplete(strings.Join(missing, " "))
	}
	seconds, err := strconv.Atoi(q.Get("X-Amz-Expires"))
	if q.Has("X-Amz-Expires") && (err != nil || seconds < 1 || seconds > 604800) {
		return claim{}, incomplete("X-Amz-Expires must be between 1 and 604800 seconds.")
	}
	if q.Get("X-Amz-Algorithm") != algorithm {
		return claim{}, incomplete("Unsupported AWS 'algorithm': '" + q.Get("X-Amz-Algorithm") + "'.")
	}
	c := claim{
		signature: q.Get("X-Amz-Signature"), token: q.Get("X-Amz-Security-Token"), rawTime: q.Get("X-Amz-Date"),
		presigned: true, expires: time.Duration(seconds) * time.Second,
	}
	return c.complete(q.Get("X-Amz-Credential"), q.Get("X-Amz-SignedHeaders"), nil)
}

// complete checks the forms of credential, time and list of signed headers.
func (c claim) complete(credential, signedHeaders string, h http.Header) (claim, *Refusal) {
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != terminator || slices.Contains(scope, "") {
		return c, incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + credential + "'")
	}
	c.keyID, c.date, c.region, c.service = scope[0], scope[1], scope[2], scope[3]
	at, err := time.Parse(timeFormat, c.rawTime)
	if err != nil {
		return c, incomplete("Date must be in ISO-8601 'basic format'. Got '" + c.rawTime + "'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	c.time = at
	c.signedHeaders = strings.Split(signedHeaders, ";")
	if !slices.Contains(c.signedHeaders, "host") {
		return c, incomplete("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range h {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(c.signedHeaders, lower) {
			return c, incomplete("'" + name + "' must be a 'SignedHeader' in the AWS Authorization.")
		}
	}
	return c, nil
}
