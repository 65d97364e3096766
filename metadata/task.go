package metadata

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
)

// Task is the task metadata endpoint of an ECS container.
type Task struct {
	URI string // ECS_CONTAINER_METADATA_URI_V4
}

// Read reads the machine's place as far as "Amazon ECS task metadata endpoint
// version 4" tells it: the task and its address. The interface's id, subnet and
// groups are not in it. It is the zero Host where the endpoint does not answer.
func (t Task) Read(ctx context.Context) Host {
	got, err := ask(ctx, http.MethodGet, strings.TrimSuffix(t.URI, "/")+"/task")
	if err != nil || got.status != http.StatusOK {
		return Host{}
	}
	var task struct {
		TaskARN    string
		Containers []struct {
			Networks []struct{ IPv4Addresses []string }
		}
	}
	if json.Unmarshal([]byte(got.body), &task) != nil {
		return Host{}
	}
	h := Host{Name: task.TaskARN}
	if fields := strings.SplitN(task.TaskARN, ":", 6); len(fields) == 6 {
		h.Region, h.Account = fields[3], fields[4]
	}
	for _, c := range task.Containers {
		for _, n := range c.Networks {
			for _, text := range n.IPv4Addresses {
				if a, err := netip.ParseAddr(text); err == nil && !h.Address.IsValid() {
					h.Address = a
				}
			}
		}
	}
	return h
}
