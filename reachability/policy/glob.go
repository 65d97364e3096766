package policy

import "strings"

// glob matches text against a pattern of * (any text, also none) and ?
// (exactly one character). It takes linear space and at most quadratic time,
// whatever the pattern.
func glob(pattern, text string) bool {
	p, t := 0, 0
	star, mark := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// globARN matches the six colon-separated parts of an ARN one by one, as
// ArnLike and ArnEquals do: a * does not reach over a colon, but for the last
// part, which may hold colons of its own.
func globARN(pattern, arn string) bool {
	const parts = 6
	patterns, fields := strings.SplitN(pattern, ":", parts), strings.SplitN(arn, ":", parts)
	if len(patterns) != parts || len(fields) != parts {
		return pattern == "*"
	}
	for i := range patterns {
		if !glob(patterns[i], fields[i]) {
			return false
		}
	}
	return true
}
