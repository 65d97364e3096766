package identity

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Algorithm is how tokens are signed (RFC 7518 section 3.1).
type Algorithm string

// The algorithms.
const (
	RS256 Algorithm = "RS256"
	ES256 Algorithm = "ES256"
)

type key struct {
	algorithm Algorithm
	public    map[string]string // as a JSON Web Key
	signature func(digest []byte) ([]byte, error)
	matches   func(digest, signature []byte) bool
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func newKey(algorithm Algorithm) (key, error) {
	k := key{algorithm: algorithm, public: map[string]string{"kid": rand.Text(), "use": "sig", "alg": string(algorithm)}}
	switch algorithm {
	case RS256:
		return k, k.rsa()
	case ES256:
		return k, k.ecdsa()
	}
	return k, fmt.Errorf("no algorithm %q", algorithm)
}

func (k *key) rsa() error {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	k.public["kty"] = "RSA"
	k.public["n"] = encoded(private.N.Bytes())
	k.public["e"] = encoded(big.NewInt(int64(private.E)).Bytes())
	k.signature = func(digest []byte) ([]byte, error) {
		return rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, digest)
	}
	k.matches = func(digest, signature []byte) bool {
		return rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, digest, signature) == nil
	}
	return nil
}

// ecdsa signs with r and s side by side, 32 bytes each (RFC 7518 section 3.4).
func (k *key) ecdsa() error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		return err
	}
	k.public["kty"], k.public["crv"] = "EC", "P-256"
	k.public["x"], k.public["y"] = encoded(point[1:33]), encoded(point[33:])
	k.signature = func(digest []byte) ([]byte, error) {
		r, s, err := ecdsa.Sign(rand.Reader, private, digest)
		if err != nil {
			return nil, err
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out, nil
	}
	k.matches = func(digest, signature []byte) bool {
		return len(signature) == 64 &&
			ecdsa.Verify(&private.PublicKey, digest, new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
	}
	return nil
}

func (k *key) sign(claims map[string]any) (string, error) {
	header, err := json.Marshal(map[string]string{"alg": string(k.algorithm), "typ": "JWT", "kid": k.public["kid"]})
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := encoded(header) + "." + encoded(payload)
	digest := sha256.Sum256([]byte(text))
	signature, err := k.signature(digest[:])
	if err != nil {
		return "", err
	}
	return text + "." + encoded(signature), nil
}

// verify checks the signature of a token and returns its claims.
func (k *key) verify(token string) (map[string]any, error) {
	text, signature, ok := cutLast(token)
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	_, payload, dots := strings.Cut(text, ".")
	body, badBody := base64.RawURLEncoding.DecodeString(payload)
	digest := sha256.Sum256([]byte(text))
	if !ok || !dots || err != nil || badBody != nil || !k.matches(digest[:], raw) {
		return nil, errSignature
	}
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil {
		return nil, errSignature
	}
	return claims, nil
}

var errSignature = errors.New("the token is not one that this provider has signed")

func cutLast(token string) (text, signature string, ok bool) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 {
		return "", "", false
	}
	return token[:i], token[i+1:], true
}
