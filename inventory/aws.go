package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/agentcore-probe/probe/metadata"
	"github.com/agentcore-probe/probe/vpc"
)

// What AWS takes where nothing is said.
const (
	defaultCallTimeout = 5 * time.Second
	defaultTimeout     = 30 * time.Second
)

// parallelCalls bounds the calls in flight. The buckets of EC2's API hold 50 to
// 100 tokens and are shared with the whole account ("Request throttling for the
// Amazon EC2 API"). A collection begins with 8: where the APIs cannot be reached,
// none of them waits for another's time limit first.
const parallelCalls = 8

// AWS reads an inventory from the AWS APIs. Only Config is needed.
type AWS struct {
	Config      aws.Config     // region and credentials
	HTTPClient  aws.HTTPClient // nil: that of Config
	Runtimes    []string       // ARNs or ids of the runtimes to read; none: all of the region
	Local       []netip.Addr   // addresses of this host, by which its VPC is found; none: LocalAddresses
	Accounts    []Account      // that hold parts of the network, beside that of Config's credentials
	CallTimeout time.Duration  // of one call, its retries included; 0: five seconds
	Timeout     time.Duration  // of everything; 0: half a minute

	// Host asks the platform where this machine is, where the network does not
	// show it; nil: nobody is asked.
	Host func(context.Context) metadata.Host
	Now  func() time.Time // nil: time.Now
}

// Collect reads what the AWS APIs say about the VPC that this host is in, the
// VPCs of the runtimes, those that are joined with them, and the runtimes and
// databases of the region; then what other accounts say of theirs. Actions that
// fail are listed in the Snapshot. The error says that nothing could be
// tried: no region, or no local address where none was given.
func (c AWS) Collect(ctx context.Context) (Snapshot, error) {
	c, err := c.complete()
	if err != nil {
		return Snapshot{}, err
	}
	start := c.Now()
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	s := newSession(c.CallTimeout, parallelCalls, c.Now)
	sessions := []*session{s}
	if err := c.credentials(ctx); err != nil {
		s.refuse(err)
	} else {
		s.read(ctx, c)
		sessions = append(sessions, s.others(ctx, c)...)
	}
	out := snapshot(sessions...)
	out.Source = "AWS " + c.Config.Region
	if len(out.Documents) > 0 {
		out.CollectedAt = start.UTC().Truncate(time.Millisecond)
	}
	out.Duration = c.Now().Sub(start).Truncate(time.Millisecond)
	out.Region = c.Config.Region
	out.Local = c.Local
	out = out.derive()
	if c.Host != nil && Locate(out.Network, out.Region, out.Principal, out.Local).ENI == "" {
		out.Host = c.Host(ctx)
	}
	return out, nil
}

// complete fills in defaults.
func (c AWS) complete() (AWS, error) {
	if c.Config.Region == "" {
		return c, fmt.Errorf("no region: set AWS_REGION or name one in the configuration")
	}
	c.Config = c.Config.Copy()
	c.Config.APIOptions = append(slices.Clone(c.Config.APIOptions), bounded)
	if c.HTTPClient != nil {
		c.Config.HTTPClient = c.HTTPClient
	}
	if c.Config.HTTPClient == nil {
		c.Config.HTTPClient = awshttp.NewBuildableClient()
	}
	c.Config.HTTPClient = repeatable{c.Config.HTTPClient}
	if c.Config.Retryer == nil {
		c.Config.Retryer = patientWithThrottling
	}
	c.CallTimeout = orDefault(c.CallTimeout, defaultCallTimeout)
	c.Timeout = orDefault(c.Timeout, defaultTimeout)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Local == nil {
		local, err := LocalAddresses()
		if err != nil {
			return c, err
		}
		c.Local = local
	}
	return c, nil
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return fallback
}

// patientWithThrottling retries what the service asks to be retried, and no
// transport failure: a way that is blocked stays blocked. What a connection that
// was kept too long loses is repeatable's.
func patientWithThrottling() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 3
		o.MaxBackoff = time.Second
		o.RateLimiter = ratelimit.None
		o.Retryables = []retry.IsErrorRetryable{
			retry.NoRetryCanceledError{},
			retry.RetryableHTTPStatusCode{Codes: retry.DefaultRetryableHTTPStatusCodes},
			retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes},
		}
	})
}

// credentials asks for the credentials once, before every call would.
func (c AWS) credentials(ctx context.Context) error {
	if c.Config.Credentials == nil {
		return errNoCredentials
	}
	ctx, cancel := context.WithTimeout(ctx, c.CallTimeout)
	defer cancel()
	found, err := c.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoCredentials, err)
	}
	if !found.HasKeys() {
		return errNoCredentials
	}
	return nil
}

// refuse records that no action could be asked.
func (s *session) refuse(err error) {
	for _, name := range always() {
		u := unread(name, err, s.limit)
		s.fail(&u)
	}
}

// Actions lists the IAM actions that Collect may call, in alphabetical order:
// what a principal must be allowed so that nothing stays unread. None of them
// changes anything. For each of Accounts it needs sts:AssumeRole on the role as
// well, which itself needs those of Amazon EC2 and Amazon RDS.
func Actions() []string {
	all := append(always(),
		agentcore+":GetAgentRuntime", agentcore+":GetAgentRuntimeEndpoint", agentcore+":GetResourcePolicy", agentcore+":ListAgentRuntimeEndpoints",
		"ec2:DescribeVpcAttribute", describeDHCP(nil).name(), describeRules(nil).name(), describeManagedLists(nil).name(), prefixListRanges.name(),
		transitAssociations.name(), transitRoutes.name(), customerGateways(nil).name(), publicAccessExclusions(nil).name(),
		dbClusterEndpoints.name(), dbProxyEndpoints.name(), dbProxyTargets.name(), accessPoints.name(), mountTargets.name())
	for _, r := range references(nil) {
		all = append(all, r.name())
	}
	return distinct(all)
}

// always lists the actions that every collection calls.
func always() []string {
	names := []string{
		"sts:GetCallerIdentity", agentcore + ":ListAgentRuntimes", "ec2:DescribeVpcBlockPublicAccessOptions",
		dbInstances.name(), dbSubnetGroups.name(), dbClusters.name(), dbProxies.name(),
	}
	for _, r := range readersByVPC(nil) {
		names = append(names, r.name())
	}
	return names
}

// read asks everything; what does not depend on one another runs at once.
func (s *session) read(ctx context.Context, c AWS) {
	network := ec2.NewFromConfig(c.Config)
	agents := control.NewFromConfig(c.Config)
	databases := rds.NewFromConfig(c.Config)
	identity := sts.NewFromConfig(c.Config)
	var (
		wg   sync.WaitGroup
		mine []string
		lost *Unread
	)
	wg.Go(func() { s.caller(ctx, identity) })
	wg.Go(func() { s.databases(ctx, databases) })
	wg.Go(func() { s.blockPublicAccess(ctx, network) })
	wg.Go(func() { s.runtimes(ctx, agents, c.Runtimes) })
	wg.Go(func() {
		mine, lost = s.vpcsOfHost(ctx, network, c.Local)
		s.vpcs(ctx, network, mine)
	})
	wg.Wait()
	files := efs.NewFromConfig(c.Config)
	wg.Go(func() { s.fileSystems(ctx, files) })
	others := s.vpcsOfRuntimes(ctx, network)
	s.vpcs(ctx, network, others)
	wg.Wait()
	if lost != nil && len(mine)+len(others) == 0 {
		s.unasked(lost)
	}
	s.referred(ctx, network, references(network), &vpc.Network{})
	s.neighbours(ctx, network)
}

// caller reads who asks.
func (s *session) caller(ctx context.Context, c *sts.Client) {
	var raw json.RawMessage
	failed := s.call(ctx, "sts", "GetCallerIdentity", func(ctx context.Context) error {
		answer, err := c.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return err
		}
		raw, err = json.Marshal(map[string]string{
			"UserId": aws.ToString(answer.UserId), "Account": aws.ToString(answer.Account), "Arn": aws.ToString(answer.Arn),
		})
		return err
	})
	if failed != nil {
		s.fail(failed)
		return
	}
	s.set("get-caller-identity.json", "sts:GetCallerIdentity", raw)
}
