package report

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
)

// Answer is what the configuration says about one flow: the answer of
// "probe reach".
type Answer struct {
	From     string               `json:"from"`
	To       string               `json:"to"`
	Source   netip.Addr           `json:"source,omitzero"`
	Address  netip.Addr           `json:"address"`
	Protocol uint8                `json:"protocol"` // IANA number
	Port     uint16               `json:"port"`
	Verdict  reachability.Verdict `json:"verdict"`
	Was      reachability.Verdict `json:"was,omitempty"` // before a patch, where it was another
	Hops     []AnswerHop          `json:"hops"`
	Ports    []PortPart           `json:"ports,omitempty"`   // where it was asked for
	Sources  []SourceShare        `json:"sources,omitempty"` // ditto
}

// AnswerHop is one check of the flow or of its replies.
type AnswerHop struct {
	Name      netpath.HopName `json:"name"`
	Return    bool            `json:"return"` // a check of the replies
	Status    netpath.Status  `json:"status"`
	Code      string          `json:"code,omitempty"` // of a finding, where it fails
	Component string          `json:"component,omitempty"`
	Detail    string          `json:"detail,omitempty"`
}

// NewAnswer makes the answer of a traced flow.
func NewAnswer(from, to string, r reachability.Result) Answer {
	a := Answer{
		From: from, To: to, Source: r.Flow.From.Address, Address: r.Flow.To,
		Protocol: r.Flow.Protocol, Port: r.Flow.Port, Verdict: r.Verdict, Hops: []AnswerHop{},
	}
	for _, h := range r.Hops {
		a.Hops = append(a.Hops, AnswerHop{h.Name, h.Return, h.Status, h.Cause, h.Component, h.Detail})
	}
	return a
}

// AnswersStatus is the exit status: 1 when a flow is blocked, 3 when none is and
// one is unknown, else 0.
func AnswersStatus(all []Answer) int {
	status := 0
	for _, a := range all {
		switch a.Verdict {
		case reachability.VerdictBlocked:
			return 1
		case reachability.VerdictUnknown:
			status = 3
		}
	}
	return status
}

// WriteAnswersJSON writes one JSON object a line.
func WriteAnswersJSON(w io.Writer, all []Answer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, a := range all {
		if err := e.Encode(a); err != nil {
			return err
		}
	}
	return nil
}

// WriteAnswersText writes the answers for people.
func WriteAnswersText(w io.Writer, all []Answer, o TextOptions) error {
	t := text{color: o.Color}
	for i, a := range all {
		if i > 0 {
			t.line("")
		}
		t.answer(a)
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

func (t *text) answer(a Answer) {
	color := map[reachability.Verdict]string{reachability.VerdictReachable: green, reachability.VerdictBlocked: red}[a.Verdict]
	if color == "" {
		color = yellow
	}
	t.wrapped(t.paint(color, strings.ToUpper(string(a.Verdict)))+before(a.Was)+"  ", fmt.Sprintf("%s → %s, %s", a.From, a.To, a.flow()))
	for _, h := range a.Hops {
		name := string(h.Name)
		if h.Return {
			name += " (reply)"
		}
		t.wrapped(fmt.Sprintf("  %-20s %s ", name, t.status(h.Status)), h.words())
	}
	t.ports(a)
	t.sources(a)
}

// before says what a verdict was.
func before(was reachability.Verdict) string {
	if was == "" {
		return ""
	}
	return fmt.Sprintf(" (was %s)", was)
}

// flow is the flow itself in words.
func (a Answer) flow() string {
	protocol := map[uint8]string{1: "icmp", 6: "tcp", 17: "udp"}[a.Protocol]
	if protocol == "" {
		protocol = fmt.Sprintf("protocol %d", a.Protocol)
	}
	to := a.Address.String()
	if a.Protocol == 6 || a.Protocol == 17 {
		to = netip.AddrPortFrom(a.Address, a.Port).String()
	}
	if a.Address == reachability.Internet {
		to += ", which stands for every address out there"
	}
	return protocol + " to " + to
}

func (h AnswerHop) words() string {
	if h.Code == "" {
		return h.Detail
	}
	return strings.TrimSpace(h.Detail + " [" + h.Code + "]")
}
