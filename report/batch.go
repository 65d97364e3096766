package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
)

// BatchAnswer is the answer to one line of "probe reach --batch": the verdict
// and the check that makes it. A reachable flow has no such check.
type BatchAnswer struct {
	ID        json.RawMessage      `json:"id,omitempty"` // as the question has it
	From      string               `json:"from"`
	To        string               `json:"to"`
	Port      uint16               `json:"port"`
	Protocol  string               `json:"protocol"`
	Verdict   reachability.Verdict `json:"verdict"`
	Was       reachability.Verdict `json:"was,omitempty"` // before a patch, where it was another
	Hop       netpath.HopName      `json:"hop"`
	Return    bool                 `json:"return"` // a check of the replies
	Code      string               `json:"code"`   // of a finding, where there is one
	Component string               `json:"component"`
	Rule      string               `json:"rule"` // the rule, ACL entry or route that decides; "" where none does
	Detail    string               `json:"detail"`
}

// NewBatchAnswer is the short answer of a traced flow.
func NewBatchAnswer(r reachability.Result) BatchAnswer {
	a := BatchAnswer{Verdict: r.Verdict}
	if h, ok := r.Deciding(); ok {
		a.Hop, a.Return, a.Code, a.Component, a.Rule, a.Detail = h.Name, h.Return, h.Cause, h.Component, h.Rule(), h.Detail
	}
	return a
}

// Worse orders answers: blocked is worse than unknown, and that than reachable.
func (a BatchAnswer) Worse(than BatchAnswer) bool { return badness(a.Verdict) > badness(than.Verdict) }

func badness(v reachability.Verdict) int {
	switch v {
	case reachability.VerdictBlocked:
		return 2
	case reachability.VerdictUnknown:
		return 1
	}
	return 0
}

// WriteBatch writes one JSON object a line, in order, and says which exit status
// the answers make: that of AnswersStatus.
func WriteBatch(w io.Writer, all iter.Seq[BatchAnswer]) (status int, err error) {
	return writeBatch(w, all, func(b *bufio.Writer) func(BatchAnswer) error {
		e := json.NewEncoder(b)
		e.SetEscapeHTML(false)
		return func(a BatchAnswer) error { return e.Encode(a) }
	})
}

// WriteBatchText writes one line for people an answer.
func WriteBatchText(w io.Writer, all iter.Seq[BatchAnswer]) (status int, err error) {
	return writeBatch(w, all, func(b *bufio.Writer) func(BatchAnswer) error {
		return func(a BatchAnswer) error {
			_, err := b.WriteString(a.line() + "\n")
			return err
		}
	})
}

// line is "BLOCKED    eni-1 → eni-2  dest-sg: no inbound rule … [sg/ingress-missing]".
func (a BatchAnswer) line() string {
	text := fmt.Sprintf("%-9s%s  %s → %s", strings.ToUpper(string(a.Verdict)), before(a.Was), a.From, a.To)
	if a.Hop == "" {
		return text
	}
	return text + "  " + string(a.Hop) + ": " + AnswerHop{Code: a.Code, Detail: a.Detail}.words()
}

func writeBatch(w io.Writer, all iter.Seq[BatchAnswer], with func(*bufio.Writer) func(BatchAnswer) error) (status int, err error) {
	buffered := bufio.NewWriter(w)
	write, worst := with(buffered), 0
	for a := range all {
		worst = max(worst, badness(a.Verdict))
		if err := write(a); err != nil {
			return 0, err
		}
	}
	return []int{0, 3, 1}[worst], buffered.Flush()
}
