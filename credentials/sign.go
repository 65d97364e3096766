package credentials

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Sign signs a request with this body for a service, by its name in credential
// scopes ("Create a signed AWS API request", IAM User Guide).
func Sign(ctx context.Context, c aws.Credentials, r *http.Request, body, service, region string, now time.Time) error {
	hash := sha256.Sum256([]byte(body))
	return v4.NewSigner().SignHTTP(ctx, c, r, hex.EncodeToString(hash[:]), service, region, now)
}
