package tcp

import "time"

// Info is the kernel's own view of a connection.
type Info struct {
	RTT         time.Duration // smoothed round-trip time
	Retransmits int           // segments sent again over the connection's life, SYN included
	Needless    int           // of these, those that had arrived before (DSACK, RFC 2883)
	Segment     int           // bytes of payload in a full segment that we send
}
