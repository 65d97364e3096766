package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/agentcore-probe/probe/vpc"
)

// Account is another account that holds a part of the network: who shares
// subnets, a hub with the endpoints, a peer, the owner of the transit gateway or
// of a database. Runtimes are not read there.
type Account struct {
	Role        string // ARN of the role that is assumed
	Region      string // "": that of AWS.Config
	Credentials aws.CredentialsProvider
}

// elsewhere is what sets a session in another account apart.
type elsewhere struct {
	role   string
	folder string          // of its documents, with a slash
	untold map[string]bool // actions that failed in the probe's own account
}

// account is the id in the role's ARN; "" where it is not one.
func (a Account) account() string {
	if f := strings.SplitN(a.Role, ":", 6); len(f) == 6 {
		return f[4]
	}
	return ""
}

// others reads the other accounts, after what it is that they hold is known.
func (s *session) others(ctx context.Context, c AWS) []*session {
	if len(c.Accounts) == 0 {
		return nil
	}
	known := s.documents()
	untold := map[string]bool{}
	for _, u := range s.unread {
		untold[u.Action] = true
	}
	sessions := make([]*session, len(c.Accounts))
	var wg sync.WaitGroup
	for i, a := range c.Accounts {
		if a.Region == "" {
			a.Region = c.Config.Region
		}
		other := newSession(s.limit, cap(s.slots), s.now)
		other.elsewhere = &elsewhere{role: a.Role, folder: fmt.Sprintf("account-%s-%s/", fileName(a.account()), fileName(a.Region)), untold: untold}
		sessions[i] = other
		wg.Go(func() { other.account(ctx, c, a, known) })
	}
	wg.Wait()
	return sessions
}

// account reads what belongs to the network in another account: its side of what
// is known, and its databases.
func (s *session) account(ctx context.Context, c AWS, a Account, known []Document) {
	c.Config.Region, c.Config.Credentials = a.Region, a.Credentials
	failed := s.call(ctx, "sts", "AssumeRole", func(ctx context.Context) error {
		_, err := a.Credentials.Retrieve(ctx)
		return err
	})
	if failed != nil {
		s.fail(failed)
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { s.databases(ctx, rds.NewFromConfig(c.Config)) })
	wg.Go(func() { s.side(ctx, ec2.NewFromConfig(c.Config), a.account(), known) })
	wg.Wait()
}

// side reads an account's side of what is known: the transit gateways, of which
// the owner sees more, the VPCs that it shares and those that are joined with them.
func (s *session) side(ctx context.Context, c *ec2.Client, account string, known []Document) {
	_, n, _, _ := decoded(known)
	for _, r := range transitGateways(c) {
		if ids := distinct(r.ids(n)); len(ids) > 0 {
			s.run(ctx, r.reader, ids)
		}
	}
	s.transitContents(ctx, c)
	_, n, _, _ = decoded(slices.Concat(known, s.documents()))
	ids := s.nearest(ctx, c, s.joined(ctx, c, n))
	for _, v := range n.VPCs {
		if v.OwnerID == account {
			ids = append(ids, v.VpcID)
		}
	}
	if len(ids) > 0 {
		s.belongings(ctx, c, ids)
		s.referred(ctx, c, references(c), &vpc.Network{})
	}
}
