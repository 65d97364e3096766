// Package sigv4 verifies AWS Signature Version 4 as an AWS service does: by
// signing the received request again with the secret that belongs to the
// claimed key, and comparing.
//
// Signing is done by the AWS SDK's own signer over the headers that the request
// says are signed. What is checked, and in which order, is listed with Fault.
package sigv4

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Window is how far a request's time may be from the verifier's clock
// ("Signature expired … - 5 min." in the services' own text).
const Window = 5 * time.Minute

// StorageWindow is that of Amazon S3.
const StorageWindow = 15 * time.Minute

// unsigned is the hash of a payload that is not signed.
const unsigned = "UNSIGNED-PAYLOAD"

// Key is an access key as the service knows it.
type Key struct {
	ID, Secret string
	Token      string    // of a temporary key; "" for a long-term one
	Expires    time.Time // of a temporary key; zero means never
}

// Verifier verifies requests to one service in one region.
type Verifier struct {
	Service string // the signing name, such as "bedrock-agentcore"
	Region  string
	Now     func() time.Time
	Lookup  func(keyID string) (Key, bool)
	// Storage is how Amazon S3 verifies: paths are not escaped a second time,
	// payloads may be unsigned, and the clock window is 15 minutes
	// ("Authenticating Requests", "RequestTimeTooSkewed", S3 API Reference).
	Storage bool
}

// Verify returns the key that signed r, whose body was body. The error is a
// *Refusal for a request that is not properly signed.
func (v Verifier) Verify(r *http.Request, body []byte) (Key, error) {
	c, refusal := read(r)
	if refusal != nil {
		return Key{}, refusal
	}
	key, known := v.Lookup(c.keyID)
	if !known {
		return Key{}, &Refusal{Fault: FaultUnknownKey, Message: textInvalid}
	}
	for _, check := range []func(claim, Key) *Refusal{v.token, v.scope, v.clock} {
		if refusal := check(c, key); refusal != nil {
			return key, refusal
		}
	}
	want, err := v.resign(r, body, c, key)
	if err != nil {
		return key, fmt.Errorf("sign the received request again: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(c.signature)) != 1 {
		return key, &Refusal{Fault: FaultMismatch, Message: textMismatch}
	}
	return key, nil
}

func (v Verifier) token(c claim, key Key) *Refusal {
	if subtle.ConstantTimeCompare([]byte(c.token), []byte(key.Token)) != 1 {
		return &Refusal{Fault: FaultToken, Message: textInvalid}
	}
	if !key.Expires.IsZero() && !v.Now().Before(key.Expires) {
		return &Refusal{Fault: FaultTokenExpired, Message: textExpired}
	}
	return nil
}

func (v Verifier) scope(c claim, _ Key) *Refusal {
	var wrong []string
	if c.region != v.Region {
		wrong = append(wrong, "Credential should be scoped to a valid region, not '"+c.region+"'. ")
	}
	if c.service != v.Service {
		wrong = append(wrong, "Credential should be scoped to correct service: '"+v.Service+"'. ")
	}
	if date := c.time.Format(dateFormat); c.date != date {
		wrong = append(wrong, fmt.Sprintf(
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			c.date, date, c.rawTime))
	}
	if len(wrong) == 0 {
		return nil
	}
	return &Refusal{Fault: FaultScope, Message: strings.Join(wrong, "")}
}

func (v Verifier) clock(c claim, _ Key) *Refusal {
	now := v.Now().UTC().Truncate(time.Second)
	window := Window
	if v.Storage {
		window = StorageWindow
	}
	valid := window
	if c.expires > 0 {
		valid = c.expires
	}
	if earliest := now.Add(-valid); c.time.Before(earliest) {
		return &Refusal{Fault: FaultClock, Message: fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %d min.)",
			c.rawTime, earliest.Format(timeFormat), now.Format(timeFormat), valid/time.Minute)}
	}
	if latest := now.Add(window); c.time.After(latest) {
		return &Refusal{Fault: FaultClock, Early: true, Message: fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %d min.)",
			c.rawTime, latest.Format(timeFormat), now.Format(timeFormat), window/time.Minute)}
	}
	return nil
}

// resign returns the signature that key makes over r, reduced to what the
// claim says is signed.
func (v Verifier) resign(r *http.Request, body []byte, c claim, key Key) (string, error) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	given := r.Header.Get("X-Amz-Content-Sha256")
	switch {
	case v.Storage && (given == unsigned || c.presigned && given == ""):
		hash = unsigned
	case given != "" && given != hash:
		return "", nil
	}
	signed := reduced(r, body, c)
	creds := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: c.token}
	signer := v4.NewSigner(func(o *v4.SignerOptions) {
		o.DisableHeaderHoisting, o.DisableURIPathEscaping = true, v.Storage
	})
	if c.presigned {
		uri, _, err := signer.PresignHTTP(context.Background(), creds, signed, hash, c.service, c.region, c.time)
		if err != nil {
			return "", err
		}
		u, err := url.Parse(uri)
		if err != nil {
			return "", err
		}
		return u.Query().Get("X-Amz-Signature"), nil
	}
	if err := signer.SignHTTP(context.Background(), creds, signed, hash, c.service, c.region, c.time); err != nil {
		return "", err
	}
	_, signature, _ := strings.Cut(signed.Header.Get("Authorization"), "Signature=")
	return signature, nil
}

// reduced copies method, URL, host and the signed headers, and nothing else.
func reduced(r *http.Request, body []byte, c claim) *http.Request {
	u := *r.URL
	u.Scheme, u.Host = "https", r.Host
	query := u.Query()
	query.Del("X-Amz-Signature")
	u.RawQuery = query.Encode()
	out := &http.Request{Method: r.Method, URL: &u, Host: r.Host, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}
	for _, name := range c.signedHeaders {
		if values := r.Header.Values(name); len(values) > 0 {
			out.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	if slices.Contains(c.signedHeaders, "content-length") {
		out.ContentLength, _ = strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64)
		if out.ContentLength == 0 {
			out.ContentLength = int64(len(body))
		}
	}
	return out
}
