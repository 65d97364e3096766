package redact

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"
)

// policy redacts an IAM policy: effects, actions, operators and AWS's own
// condition keys stay ("IAM JSON policy elements reference", IAM User Guide). A
// text that is no policy says nothing any more.
func (r *Redactor) policy(text string) string {
	if text == "" {
		return ""
	}
	var document map[string]any
	if json.Unmarshal([]byte(text), &document) != nil {
		return "not JSON"
	}
	out := map[string]any{}
	for key, v := range document {
		switch key {
		case "Version":
			out[key] = v
		case "Statement":
			out[key] = each(v, r.statement)
		}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return "not JSON"
	}
	return string(raw)
}

// each applies f to a value, or to every element of a list.
func each(v any, f func(any) any) any {
	list, ok := v.([]any)
	if !ok {
		return f(v)
	}
	out := make([]any, len(list))
	for i := range list {
		out[i] = f(list[i])
	}
	return out
}

func (r *Redactor) statement(v any) any {
	fields, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	out := map[string]any{}
	for key, value := range fields {
		switch key {
		case "Effect", "Action", "NotAction":
			out[key] = value
		case "Principal", "NotPrincipal":
			out[key] = r.principals(value)
		case "Resource", "NotResource":
			out[key] = r.values(value)
		case "Condition":
			out[key] = r.conditions(value)
		}
	}
	return out
}

// principals are "*", or lists by kind: AWS, Service, Federated, CanonicalUser.
func (r *Redactor) principals(v any) any {
	kinds, ok := v.(map[string]any)
	if !ok {
		return r.values(v)
	}
	out := map[string]any{}
	for kind, value := range kinds {
		out[kind] = r.values(value)
	}
	return out
}

func (r *Redactor) conditions(v any) any {
	operators, _ := v.(map[string]any)
	out := map[string]any{}
	for operator, keys := range operators {
		tests, _ := keys.(map[string]any)
		mapped := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(tests)) {
			mapped[r.conditionKey(key)] = r.values(tests[key])
		}
		out[operator] = mapped
	}
	return out
}

// conditionKey hides the tag's key in aws:PrincipalTag/team.
func (r *Redactor) conditionKey(key string) string {
	if name, tag, ok := strings.Cut(key, "/"); ok {
		return name + "/" + r.Text(tag)
	}
	return key
}

// values maps a value or a list of them. A pattern may become several values,
// or a list of one.
func (r *Redactor) values(v any) any {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := []any{}
	for _, one := range list {
		text, isText := one.(string)
		if !isText {
			out = append(out, one)
			continue
		}
		for _, mapped := range r.pattern(text) {
			out = append(out, mapped)
		}
	}
	if len(out) == 1 && !ok {
		return out[0]
	}
	return out
}

// pattern maps a text with wildcards so that it matches what it matched: where a
// wildcard is only a part of a word, the pattern is replaced by all texts that it
// matches in this network.
func (r *Redactor) pattern(s string) []string {
	if strings.HasPrefix(s, "${") && strings.HasSuffix(s, "}") && strings.Count(s, "${") == 1 {
		return []string{s} // a policy variable
	}
	if !strings.ContainsAny(s, "*?") || wholeWords(s) {
		return []string{r.Text(s)}
	}
	for _, prefix := range idPrefixes {
		if s == prefix+"-*" {
			return []string{s}
		}
	}
	var matched []string
	for _, known := range slices.Concat(r.arns, slices.Sorted(maps.Keys(r.tokens))) {
		if matches(s, known) {
			matched = append(matched, r.Text(known))
		}
	}
	return append(matched, r.token(s, "pattern", "pattern-%d"))
}

// wholeWords reports whether the wildcards of an ARN stand for whole parts.
func wholeWords(s string) bool {
	if !strings.HasPrefix(s, "arn:") {
		return s == "*"
	}
	for _, word := range strings.FieldsFunc(s, func(c rune) bool { return c == ':' || c == '/' }) {
		if strings.ContainsAny(word, "*?") && word != "*" {
			return false
		}
	}
	return true
}

// matches tells whether a text fits a pattern with * and ?, which span
// separators ("IAM JSON policy elements: Resource", IAM User Guide).
func matches(pattern, text string) bool {
	flat := strings.NewReplacer("/", "\x00", "[", "\x01", "]", "\x02", `\`, "\x03")
	ok, err := path.Match(flat.Replace(pattern), flat.Replace(text))
	return err == nil && ok
}
