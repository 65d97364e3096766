// Package ticket makes one file of what somebody else needs to look at a fault:
// AWS Support, or the network team. Whose network it is stays hidden.
package ticket

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
)

// Ticket is what is handed over.
type Ticket struct {
	program   string
	report    report.Report
	inventory inventory.Snapshot
	names     map[string]string // what stands for what
}

// New hides whose network it is, in the report as in the inventory: what is the
// same in both stays the same. The program is told by its version.
func New(program string, r report.Report, s inventory.Snapshot) (Ticket, error) {
	hidden, names, err := s.Redacted()
	if err != nil {
		return Ticket{}, err
	}
	told, err := r.Redacted(names)
	if err != nil {
		return Ticket{}, err
	}
	return Ticket{program, told, hidden, names.Names()}, nil
}

// Names is what stands for what, by what stands in the ticket: for those who may
// know it.
func (t Ticket) Names() map[string]string { return t.names }

// file is one file of the ticket.
type file struct {
	name string
	data []byte
}

// Write writes the ticket as a tar archive, compressed with gzip. Two tickets of
// the same contents are the same, byte for byte.
func (t Ticket) Write(w io.Writer) error {
	files, err := t.files()
	if err != nil {
		return err
	}
	zipped := gzip.NewWriter(w)
	archive := tar.NewWriter(zipped)
	for _, f := range files {
		header := tar.Header{Typeflag: tar.TypeReg, Name: "ticket/" + f.name, Size: int64(len(f.data)), Mode: 0o644, ModTime: t.report.StartedAt.Truncate(time.Second), Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(&header); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if _, err := archive.Write(f.data); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return zipped.Close()
}

func (t Ticket) files() ([]file, error) {
	var text, document bytes.Buffer
	if err := t.report.WriteText(&text, report.TextOptions{All: true}); err != nil {
		return nil, err
	}
	if err := t.report.WriteJSON(&document); err != nil {
		return nil, err
	}
	all := []file{{"README.txt", []byte(t.cover())}, {"report.txt", text.Bytes()}, {"report.json", document.Bytes()}}
	for _, d := range t.inventory.Documents {
		all = append(all, file{"inventory/" + d.Name, d.JSON})
	}
	return all, nil
}

// cover says what is in the ticket, and what who reads it asks for first: when,
// where, and the ids of requests.
func (t Ticket) cover() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("A check of the network paths of agents on Amazon Bedrock AgentCore Runtime.")
	line("")
	line("report.txt   what was found, and every hop of every path")
	line("report.json  the same for programs")
	line("inventory/   the configuration, in the shape that the AWS CLI prints")
	line("")
	line("Ids, addresses, names, accounts and ARNs are replaced, the same by the same in all")
	line("files; tags are left out. Times, Regions, Availability Zone ids and the ids of")
	line("requests are real. 'probe reach --inventory inventory/' answers questions about it.")
	line("")
	line("program   %s", t.program)
	line("started   %s, measured for %.2f s", t.report.StartedAt.UTC().Format(time.RFC3339Nano), t.report.Seconds)
	line("config    %s, in %.2f s", cmp.Or(t.report.Inventory.When(), "read"), t.report.Inventory.Seconds)
	line("region    %s", t.report.Vantage.Region)
	line("zones     %s", strings.Join(t.zones(), ", "))
	line("from      %s, zone %s", t.report.Vantage.Kind, orUnknown(t.report.Vantage.AZ))
	line("paths     %s", t.report.Summary)
	for _, f := range t.report.Findings {
		line("finding   %s on %s, seen on %s", f.Code, f.Component, report.SeenWords(f))
	}
	for _, r := range t.requests() {
		line("request   %s", r)
	}
	return b.String()
}

// zones are the ids of the Availability Zones of all subnets.
func (t Ticket) zones() []string {
	var all []string
	for _, s := range t.inventory.Network.Subnets {
		if s.AvailabilityZoneID != "" {
			all = append(all, s.AvailabilityZoneID)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// requests are the ids by which AWS finds what it was asked, each once, with its
// path and what became of it: the hop that it fails at, else the last one.
func (t Ticket) requests() []string {
	var all []string
	for _, p := range t.report.Paths {
		last := map[string]report.Hop{}
		var ids []string
		for _, h := range p.Hops {
			before, known := last[h.Request]
			if !known && h.Request != "" {
				ids = append(ids, h.Request)
			}
			if before.Live != netpath.StatusFail {
				last[h.Request] = h
			}
		}
		for _, id := range ids {
			all = append(all, fmt.Sprintf("%s at %s, %s at %s: %s", id, p.StartedAt.UTC().Format(time.RFC3339Nano), p.ID, last[id].Name, last[id].Live))
		}
	}
	return all
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
