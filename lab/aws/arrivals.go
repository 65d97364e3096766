package aws

import (
	"fmt"
	"net/http"
	"sync"
)

// arrivals counts requests by the address of an endpoint that they arrive at.
type arrivals struct {
	mu   sync.Mutex
	seen map[string]int64
}

// next returns how many arrived there before.
func (a *arrivals) next(endpoint string, r *http.Request) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen == nil {
		a.seen = map[string]int64{}
	}
	at := endpoint + " " + fmt.Sprint(r.Context().Value(http.LocalAddrContextKey))
	n := a.seen[at]
	a.seen[at]++
	return n
}
