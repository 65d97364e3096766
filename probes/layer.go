package probes

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/invoke"
	"github.com/agentcore-probe/probe/probes/service"
)

// pulled is a layer of the agent's image that is being asked for; done is closed
// when that has come to its end.
type pulled struct {
	done  chan struct{}
	layer service.Layer
	err   error
}

// pull asks Amazon ECR for a link to a layer while the way to Amazon S3 is
// probed. nil means that nothing is asked.
func (p Prober) pull(ctx context.Context, path netpath.Path) *pulled {
	if path.Target.Image == "" || p.Credentials == nil || p.Level == invoke.LevelReach {
		return nil
	}
	out := &pulled{done: make(chan struct{})}
	go func() {
		defer close(out.done)
		limited, cancel := context.WithTimeout(ctx, p.Timeouts.Connect)
		defer cancel()
		credentials, err := p.Credentials.Retrieve(limited)
		if err != nil {
			out.err = errors.New("no credentials")
			return
		}
		registry, _, _ := strings.Cut(path.Target.Image, "/")
		_, rest, _ := strings.Cut(registry, ".dkr.ecr.")
		client := &http.Client{Transport: p.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		reader := service.Reader{Credentials: credentials, Region: p.Region, Now: p.Now}
		out.layer, out.err = reader.Layer(limited, client, "api.ecr."+rest, path.Target.Image)
	}()
	return out
}

// bucket asks Amazon S3 for a layer, or where there is no link to one, whether
// it answers.
func (a *attempt) bucket(ctx context.Context, secured net.Conn) {
	why := ""
	if a.prober.pulling != nil {
		<-a.prober.pulling.done
		if a.prober.pulling.err == nil {
			hops, step := a.prober.pulling.layer.Byte(ctx, secured, a.serverName(), a.prober.Timeouts.Request)
			a.Steps = append(a.Steps, step)
			for hop, e := range hops {
				a.note(hop, e)
			}
			return
		}
		why = " (" + a.prober.pulling.err.Error() + ")"
	}
	e, step := service.Bucket(ctx, secured, a.serverName(), a.prober.Timeouts.Request)
	e.Detail += why
	a.Steps = append(a.Steps, step)
	a.note(netpath.HopService, e)
}
