package aws

import (
	"slices"
	"sync"
	"time"
)

// Call is a request that a service has answered.
type Call struct {
	At        time.Time // by the answering host's clock
	Service   string
	Action    string   // "" where none could be told
	Actions   []string // IAM actions that it takes, as far as they were judged
	Principal string   // ARN; "" for a request whose signature was refused
	Endpoint  string   // VPC endpoint id; "" for the public path
	Source    string   // address and port of the caller
	Status    int      // HTTP status of the answer
	Code      string   // of the error; "" for success
}

// maxReceived bounds the record: the oldest calls are forgotten first.
const maxReceived = 10_000

type record struct {
	mu    sync.Mutex
	calls []Call
}

func (r *record) add(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.calls) >= maxReceived {
		r.calls = slices.Delete(r.calls, 0, len(r.calls)-maxReceived+1)
	}
	r.calls = append(r.calls, c)
}

func (r *record) all() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}
