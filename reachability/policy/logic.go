package policy

// truth is a value of Kleene's three-valued logic.
type truth int

const (
	no truth = iota - 1
	maybe
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth { return -t }

// both is the lesser: a certain no decides, whatever the other is.
func both(a, b truth) truth { return min(a, b) }

// either is the greater: a certain yes decides.
func either(a, b truth) truth { return max(a, b) }
