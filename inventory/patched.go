package inventory

import "github.com/agentcore-probe/probe/vpc/proposal"

// Patched is the inventory as it would be after a change, and the fields of the
// change that have no effect. It holds no documents: nobody has read them.
func (s Snapshot) Patched(c proposal.Change) (after Snapshot, ignored []string, err error) {
	r, err := c.Apply(s.Network)
	if err != nil {
		return Snapshot{}, nil, err
	}
	s.Network, s.Documents = r.Network, nil
	return s.derive(), r.Ignored, nil
}
