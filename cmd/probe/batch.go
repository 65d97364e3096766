package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
)

// batchQuestion is a line of a batch: what --from, --to, --port and --protocol
// say of a single question.
type batchQuestion struct {
	id       json.RawMessage // any JSON value, handed back as it came; nil when the line has none
	from, to string
	port     uint16
	protocol string
	flows    []question
}

// batchFields are the keys that a line may have.
var batchFields = map[string]func(*batchQuestion, json.RawMessage) error{
	"id":       func(q *batchQuestion, raw json.RawMessage) error { q.id = raw; return nil },
	"from":     func(q *batchQuestion, raw json.RawMessage) error { return textField(raw, &q.from) },
	"to":       func(q *batchQuestion, raw json.RawMessage) error { return textField(raw, &q.to) },
	"port":     func(q *batchQuestion, raw json.RawMessage) error { return portField(raw, &q.port) },
	"protocol": func(q *batchQuestion, raw json.RawMessage) error { return protocolField(raw, &q.protocol) },
}

func textField(raw json.RawMessage, into *string) error {
	if json.Unmarshal(raw, into) != nil || *into == "" {
		return fmt.Errorf("%s is not a text that names a place", raw)
	}
	return nil
}

func portField(raw json.RawMessage, into *uint16) error {
	if json.Unmarshal(raw, into) != nil {
		return fmt.Errorf("%s is not a port from 0 to 65535", raw)
	}
	return nil
}

// protocolField takes a name or a number.
func protocolField(raw json.RawMessage, into *string) error {
	var number uint8
	if json.Unmarshal(raw, &number) == nil {
		*into = strconv.Itoa(int(number))
		return nil
	}
	if json.Unmarshal(raw, into) != nil {
		return fmt.Errorf("%s is not tcp, udp, icmp or a number from 0 to 255", raw)
	}
	_, err := protocolNumber(*into)
	return err
}

// answerBatch answers every line of a file, "-" for the standard input. All
// lines are read before the first is answered: a bad line is an error and
// nothing else.
func (f *reachFlags) answerBatch(s streams, in io.Reader, x *vpc.Index, analysis *reachability.Analysis) error {
	questions, err := f.batchQuestions(in, x)
	if err != nil {
		return err
	}
	answers := make([]report.BatchAnswer, 0, len(questions))
	for i := range questions {
		a := questions[i].answer(analysis)
		if f.before != nil {
			a.Was = other(questions[i].answer(f.before).Verdict, a.Verdict)
		}
		answers = append(answers, a)
	}
	return ended(report.WriteBatch(s.out, slices.Values(answers)))
}

func (f *reachFlags) batchQuestions(in io.Reader, x *vpc.Index) ([]batchQuestion, error) {
	name, data, err := f.readBatch(in)
	if err != nil {
		return nil, err
	}
	var all []batchQuestion
	places := placesOnce(x)
	for i, line := range bytes.Split(data, []byte{'\n'}) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		q, field, err := parseBatchLine(line, f.protocol)
		if err == nil {
			q.flows, field, err = q.resolve(places)
		}
		if err != nil {
			return nil, &vpc.DocumentError{Name: name, Line: i + 1, Field: field, Err: err}
		}
		all = append(all, q)
	}
	return all, nil
}

func (f *reachFlags) readBatch(in io.Reader) (name string, data []byte, err error) {
	if f.batch == "-" {
		data, err = io.ReadAll(in)
		return "standard input", data, err
	}
	data, err = os.ReadFile(f.batch)
	return f.batch, data, err
}

// parseBatchLine reads one line; where it is wrong, field says in which key.
func parseBatchLine(line []byte, protocol string) (q batchQuestion, field string, err error) {
	q.protocol = protocol
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(line, &keys); err != nil || keys == nil {
		return q, "", errors.New("is not a JSON object")
	}
	for _, key := range sortedKeys(keys) {
		set, known := batchFields[key]
		if !known {
			return q, key, errors.New("is none of: id, from, to, port, protocol")
		}
		if err := set(&q, keys[key]); err != nil {
			return q, key, err
		}
	}
	for _, needed := range []string{"from", "to"} {
		if keys[needed] == nil {
			return q, needed, errors.New("is missing")
		}
	}
	return q, "", nil
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// placesOnce remembers what a word stands for: a batch asks about few places
// often.
func placesOnce(x *vpc.Index) func(string) ([]reachability.Place, error) {
	known := map[string][]reachability.Place{}
	return func(word string) ([]reachability.Place, error) {
		if places, ok := known[word]; ok {
			return places, nil
		}
		places, err := reachability.Places(x, word)
		if err == nil {
			known[word] = places
		}
		return places, err
	}
}

// resolve makes the flows that a line asks about.
func (q *batchQuestion) resolve(places func(string) ([]reachability.Place, error)) (flows []question, field string, err error) {
	from, err := places(q.from)
	if err != nil {
		return nil, "from", err
	}
	to, err := places(q.to)
	if err != nil {
		return nil, "to", err
	}
	protocol, err := protocolNumber(q.protocol)
	if err != nil {
		return nil, "protocol", err
	}
	flows, err = pairs(from, to, protocol, q.port)
	return flows, "port", err
}

// answer is the line's answer: of several flows the worst.
func (q *batchQuestion) answer(a *reachability.Analysis) report.BatchAnswer {
	var worst report.BatchAnswer
	for i, flow := range q.flows {
		one := report.NewBatchAnswer(a.Trace(flow.flow))
		if i == 0 || one.Worse(worst) {
			worst = one
		}
	}
	worst.ID, worst.From, worst.To = q.id, q.from, q.to
	worst.Port, worst.Protocol = q.port, q.protocol
	if first := q.flows[0].flow; hasPorts(first.Protocol) {
		worst.Port = first.Port
	}
	return worst
}
