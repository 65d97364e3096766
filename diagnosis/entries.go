package diagnosis

import (
	"fmt"
	"strconv"

	"github.com/agentcore-probe/probe/netpath"
)

// entries are the entries of network ACLs that fixes make, so that two fixes do
// not make two entries of one number.
type entries struct {
	numbers map[string]int  // by what an entry says
	taken   map[string]bool // by ACL, direction and number
}

// lastEntry is the number behind which AWS has the entry * ("Network ACL rules",
// Amazon VPC User Guide).
const lastEntry = 32766

// number gives the entry that a fix makes a number of its own: the first free
// one, unless another fix takes it. Those up to the entry that denies are free.
func (e *entries) number(facts netpath.Facts) {
	first, err := strconv.Atoi(facts["free_rule_number"])
	if err != nil {
		return
	}
	before, err := strconv.Atoi(facts["rule_number"])
	if err != nil {
		before = lastEntry + 1 // the entry *
	}
	if e.numbers == nil {
		e.numbers, e.taken = map[string]int{}, map[string]bool{}
	}
	list := facts["acl"] + " " + facts["direction"]
	says := fmt.Sprint(list, facts["protocol"], facts["cidr"], facts["from_port"], facts["to_port"])
	n, known := e.numbers[says]
	if !known {
		for n = first; e.taken[fmt.Sprint(list, n)]; {
			n++
		}
	}
	if n >= before {
		delete(facts, "free_rule_number")
		return
	}
	e.numbers[says], e.taken[fmt.Sprint(list, n)] = n, true
	facts["free_rule_number"] = strconv.Itoa(n)
}
