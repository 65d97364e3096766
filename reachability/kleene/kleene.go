// Package kleene is Kleene's three-valued logic: what is certain to hold, what
// is certain not to, and what is not known.
package kleene

// Truth is a value of the logic. Values are ordered: No is less than Maybe, and
// Maybe less than Yes, so that min and max are "and" and "or".
type Truth int8

// The values. The zero value is Maybe.
const (
	No Truth = iota - 1
	Maybe
	Yes
)

// Of is the value of what is known.
func Of(b bool) Truth {
	if b {
		return Yes
	}
	return No
}

// Not turns Yes into No and No into Yes.
func (t Truth) Not() Truth { return -t }

// Both is the lesser: a certain No decides, whatever the other is.
func Both(a, b Truth) Truth { return min(a, b) }

// Either is the greater: a certain Yes decides.
func Either(a, b Truth) Truth { return max(a, b) }
