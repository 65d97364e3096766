package vpc

import (
	"encoding/json"
	"errors"
	"time"
)

// Timestamp is a time as the AWS APIs write it: RFC 3339, or seconds since 1970
// ("Smithy protocol tests: timestampFormat date-time and epoch-seconds").
type Timestamp struct{ time.Time }

// UnmarshalJSON reads both forms.
func (t *Timestamp) UnmarshalJSON(raw []byte) error {
	var seconds float64
	if json.Unmarshal(raw, &seconds) == nil {
		t.Time = time.UnixMilli(int64(seconds * 1000)).UTC()
		return nil
	}
	var at time.Time
	if json.Unmarshal(raw, &at) != nil {
		return errors.New("want a time such as 2026-05-05T12:00:00Z")
	}
	t.Time = at.UTC()
	return nil
}
