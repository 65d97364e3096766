package fuzz

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/fabric"
	"github.com/agentcore-probe/probe/lab/world"
)

// kernel is a world's network and the servers that answer in it.
type kernel struct {
	fabric  *fabric.Fabric
	places  map[netip.Addr]string // namespace by address
	servers map[endpoint]*server
}

// endpoint is where a server answers. Of protocols without ports, the port is 0.
type endpoint struct {
	at       netip.Addr
	protocol int
	port     uint16
}

// build makes the network of a world.
func build(w *world.World) (*kernel, error) {
	k := &kernel{places: map[netip.Addr]string{}, servers: map[endpoint]*server{}}
	for _, e := range w.Network().NetworkInterfaces {
		for _, a := range e.Addresses() {
			k.places[a] = e.NetworkInterfaceID
		}
	}
	for _, h := range w.Lab().Hosts {
		for _, a := range h.Addresses {
			k.places[a] = h.Name
		}
	}
	var err error
	k.fabric, err = fabric.Build(w)
	return k, err
}

// ask sends the packets of all flows at once, and says of which an answer came
// back within patience.
func (k *kernel) ask(flows []Flow, patience time.Duration) ([]bool, error) {
	if err := k.serve(flows); err != nil {
		return nil, err
	}
	waiting := map[int]*client{}
	defer func() {
		for _, c := range waiting {
			_ = unix.Close(c.fd)
		}
	}()
	for i, f := range flows {
		c, err := k.send(f, uint16(i+1))
		if err != nil {
			return nil, fmt.Errorf("%s to %s, %s %d: %w", f.From, f.To, f.Protocol, f.Port, err)
		}
		waiting[i] = c
	}
	passed := make([]bool, len(flows))
	return passed, k.wait(waiting, passed, time.Now().Add(patience))
}

// wait serves until every flow has its answer or the time is up.
func (k *kernel) wait(waiting map[int]*client, passed []bool, until time.Time) error {
	for len(waiting) > 0 {
		left := time.Until(until)
		if left <= 0 {
			return nil
		}
		var fds []unix.PollFd
		var servers []*server
		for _, s := range k.servers {
			if s.echoes() {
				fds, servers = append(fds, unix.PollFd{Fd: int32(s.fd), Events: unix.POLLIN}), append(servers, s)
			}
		}
		var clients []int
		for i, c := range waiting {
			fds, clients = append(fds, unix.PollFd{Fd: int32(c.fd), Events: c.event()}), append(clients, i)
		}
		if _, err := unix.Poll(fds, int(left.Milliseconds())+1); err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		for i, s := range servers {
			if fds[i].Revents != 0 {
				s.echo()
			}
		}
		for i, flow := range clients {
			c := waiting[flow]
			if fds[len(servers)+i].Revents == 0 || !c.answered(&passed[flow]) {
				continue
			}
			delete(waiting, flow)
			if err := unix.Close(c.fd); err != nil {
				return err
			}
		}
	}
	return nil
}

// close lets the network go.
func (k *kernel) close() error {
	var errs []error
	for _, s := range k.servers {
		errs = append(errs, unix.Close(s.fd))
	}
	if k.fabric != nil {
		errs = append(errs, k.fabric.Close())
	}
	return errors.Join(errs...)
}
