// Package credentials finds the probe's own AWS credentials as every AWS tool
// does, and names what they come from. Where there are none it says why: which
// sources were tried, and what is wrong with the one that was meant.
//
// The AWS SDK does the finding. What is asked here beside it is asked after the
// SDK has failed, each time within limits of its own.
package credentials

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"

	"github.com/agentcore-probe/probe/metadata"
	"github.com/agentcore-probe/probe/netpath"
)

// Limits of finding credentials. STS is reached by name, over TLS, maybe through
// an endpoint; everything else is on this machine or its link.
const (
	localLimit  = 1500 * time.Millisecond
	stsLimit    = 4 * time.Second
	forgetAfter = 15 * time.Second // a failure is the answer for that long
)

// Error says why there are no credentials.
type Error struct {
	Failure netpath.Failure
	Text    string // a clause, without a full stop
	Facts   netpath.Facts
}

func (e *Error) Error() string { return e.Text }

// Chain is the probe's credentials, whatever they come from. It is an
// aws.CredentialsProvider whose errors are of type *Error.
type Chain struct {
	provider aws.CredentialsProvider
	origin   origin
	loading  *Error // nothing can be asked: the configuration itself is at fault
	env      map[string]string
	now      func() time.Time

	turn   chan struct{} // held by who asks
	mu     sync.Mutex    // guards what follows
	failed *Error
	until  time.Time
	key    string // id of what was found last
}

// Options say how to find credentials.
type Options struct {
	Region string            // "" means that of the environment, the profile or the instance
	Env    map[string]string // the environment
	Now    func() time.Time  // nil means time.Now
}

// Load finds out where credentials come from, and the Region, which is "" where
// nobody says. Credentials that are configured wrongly are no error: the Chain
// returns what is wrong with them.
func Load(ctx context.Context, o Options) (aws.Config, *Chain) {
	c := &Chain{env: o.Env, now: o.Now, turn: make(chan struct{}, 1)}
	if c.now == nil {
		c.now = time.Now
	}
	config, err := load(ctx, o.Region)
	if err == nil && config.Region == "" {
		if region := c.instanceRegion(ctx); region != "" {
			config, err = load(ctx, region)
		}
	}
	if err != nil {
		config = aws.Config{Region: cmp.Or(o.Region, o.Env["AWS_REGION"], o.Env["AWS_DEFAULT_REGION"])}
		c.loading = c.misconfigured(err)
	} else {
		c.provider, c.origin = config.Credentials, read(config)
		config.Retryer = nil // the SDK's own for whoever uses the configuration further
	}
	config.Credentials = c
	return config, c
}

// load is the SDK's own search, without its retries.
func load(ctx context.Context, region string) (aws.Config, error) {
	return awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(region),
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient()),
		awsconfig.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
		awsconfig.WithEndpointCredentialOptions(func(e *endpointcreds.Options) {
			if local(e.Endpoint) {
				e.HTTPClient = metadata.Client()
			}
			e.Retryer = aws.NopRetryer{}
		}))
}

// instanceRegion asks the instance for its Region; an instance has no variable
// that says so.
func (c *Chain) instanceRegion(ctx context.Context) string {
	if c.env["AWS_EC2_METADATA_DISABLED"] == "true" {
		return ""
	}
	found := c.instance().Ask(ctx)
	if found.Standing != metadata.Answers {
		return ""
	}
	region, _, err := c.instance().Get(ctx, found, "meta-data/placement/region")
	if err != nil {
		return ""
	}
	return region
}

func (c *Chain) instance() metadata.Instance {
	return metadata.Instance{Endpoint: c.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"]}
}

// Source says in words where the credentials come from; "" where that could not
// be found out.
func (c *Chain) Source() string { return c.origin.words }

// KeyID is the id of the access key that was found last, "" where none was yet.
func (c *Chain) KeyID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.key
}

// Retrieve returns the credentials, or within its own limits an *Error. A
// failure is remembered for a while, so that not everybody who needs credentials
// waits for it.
func (c *Chain) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if c.loading != nil {
		return aws.Credentials{}, c.loading
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return aws.Credentials{}, &Error{Failure: netpath.FailureCancelled, Text: "the run ended before credentials were found", Facts: netpath.Facts{}}
	}
	if failed := c.remembered(); failed != nil {
		return aws.Credentials{}, failed
	}
	limit := localLimit
	if c.origin.role != "" {
		limit = stsLimit
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	found, err := c.provider.Retrieve(limited)
	if err == nil && found.HasKeys() {
		c.mu.Lock()
		c.key = found.AccessKeyID
		c.mu.Unlock()
		return found, nil
	}
	if ctx.Err() != nil {
		return aws.Credentials{}, &Error{Failure: netpath.FailureCancelled, Text: "the run ended before credentials were found", Facts: netpath.Facts{}}
	}
	if err == nil {
		err = errors.New("the source hands out no keys")
	}
	failed := c.explain(ctx, err, limit)
	c.mu.Lock()
	c.failed, c.until = failed, c.now().Add(forgetAfter)
	c.mu.Unlock()
	return aws.Credentials{}, failed
}

// remembered is a failure that is still fresh.
func (c *Chain) remembered() *Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil && c.now().Before(c.until) {
		return c.failed
	}
	return nil
}
