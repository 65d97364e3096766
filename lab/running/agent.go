package running

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// largestPayload is what an agent takes, in bytes.
const largestPayload = 1 << 20

// agent serves the container contract of AgentCore Runtime ("HTTP protocol
// contract"): POST /invocations and GET /ping. It is reached from within only,
// as nothing comes in through an agent's ENI.
func (r *World) agent(ctx context.Context, space *netns.Namespace, host string, port uint16) (func() error, error) {
	listener, err := space.Listen(ctx, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"status": "Healthy", "time_of_last_update": r.options.Now().Unix()})
	})
	mux.HandleFunc("POST /invocations", func(w http.ResponseWriter, q *http.Request) {
		payload, err := io.ReadAll(io.LimitReader(q.Body, largestPayload))
		if err != nil {
			http.Error(w, "payload: "+err.Error(), http.StatusBadRequest)
			return
		}
		switch r.containerFault(host) {
		case world.ContainerFails:
			http.Error(w, `{"error": "model access denied"}`, http.StatusInternalServerError)
			return
		case world.ContainerSilent:
			<-q.Context().Done()
			return
		}
		answer(w, map[string]any{"response": fmt.Sprintf("%d bytes received", len(payload)), "status": "success"})
	})
	return serveHTTP(listener, mux), nil
}

// containerFault is what is wrong with the container of a host at the moment.
func (r *World) containerFault(host string) world.ContainerFault {
	h, _ := r.live.World().Lab().Host(host)
	for _, s := range h.Services {
		if s.Container != "" {
			return s.Container
		}
	}
	return ""
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

// containers reaches the containers of runtimes by the runtime's id: any of
// those in the runtime's subnets.
func (r *World) containers() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		runtime, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		host, port, ok := containerOf(r.live.World(), runtime)
		space, there := r.fabric.Namespace(host)
		if !ok || !there || r.containerFault(host) == world.ContainerNeverStarts {
			return nil, fmt.Errorf("no container of runtime %s", runtime)
		}
		c, err := space.Dial(ctx, network, fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("container of runtime %s", runtime), err)
		}
		return c, nil
	}}
}

// containerOf finds a host that runs a runtime: on an ENI in one of its subnets,
// or for network mode PUBLIC one that is in no VPC.
func containerOf(w *world.World, runtime string) (host string, port uint16, ok bool) {
	for _, rt := range w.Network().Runtimes {
		if !strings.EqualFold(rt.ARN[strings.LastIndex(rt.ARN, "/")+1:], runtime) {
			continue
		}
		for _, h := range w.Lab().Hosts {
			for _, s := range h.Services {
				if s.Type == world.ServiceAgent && hosts(w, h, rt) {
					return h.Name, s.Port, true
				}
			}
		}
	}
	return "", 0, false
}

func hosts(w *world.World, h world.Host, rt world.Runtime) bool {
	config := rt.NetworkConfiguration.NetworkModeConfig
	if config == nil {
		return h.NetworkInterfaceId == "" && h.VpcId == ""
	}
	e, _ := w.Network().NetworkInterface(h.NetworkInterfaceId)
	return slices.Contains(config.Subnets, e.SubnetID)
}
