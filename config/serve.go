package config

import (
	"fmt"
	"net"
	"strconv"
	"time"
)

// Port is where serve listens unless told otherwise.
const Port = 9879

// Serve says how the sidecar runs.
type Serve struct {
	Listen    string    `yaml:"listen"` // host:port
	Hold      int       `yaml:"hold"`   // runs that new evidence must hold before a path's verdict changes
	Intervals Intervals `yaml:"intervals"`
}

// Intervals are the times between two runs of a path, by its kind.
type Intervals struct {
	Invoke    time.Duration `yaml:"invoke"`
	Billed    time.Duration `yaml:"invoke-billed"` // the real invocations of level invoke; the cheaper level goes on at Invoke
	Database  time.Duration `yaml:"db"`
	File      time.Duration `yaml:"fs"`
	Service   time.Duration `yaml:"service"`
	Egress    time.Duration `yaml:"egress"`
	OnPrem    time.Duration `yaml:"onprem"`
	Inventory time.Duration `yaml:"inventory"` // reading the configuration from AWS
}

func defaultServe() Serve {
	return Serve{
		Listen: net.JoinHostPort("127.0.0.1", strconv.Itoa(Port)),
		Hold:   2,
		Intervals: Intervals{
			Invoke: time.Minute, Billed: time.Hour, Database: time.Minute, File: time.Minute, Service: time.Minute,
			Egress: time.Minute, OnPrem: time.Minute, Inventory: 5 * time.Minute,
		},
	}
}

func (s Serve) faults() []*fault {
	limit := func(name string, d time.Duration) *fault {
		if d < time.Second || d > 24*time.Hour {
			return &fault{"serve.intervals." + name, fmt.Sprintf("%s is not between 1s and 24h", d)}
		}
		return nil
	}
	i := s.Intervals
	return []*fault{
		listen("serve.listen", s.Listen), within("serve.hold", s.Hold, 1, 100),
		limit("invoke", i.Invoke), limit("invoke-billed", i.Billed), limit("db", i.Database), limit("fs", i.File), limit("service", i.Service),
		limit("egress", i.Egress), limit("onprem", i.OnPrem), limit("inventory", i.Inventory),
	}
}

func listen(field, value string) *fault {
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return &fault{field, fmt.Sprintf("%q is not host:port", value)}
	}
	return nil
}
