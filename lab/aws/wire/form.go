package wire

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Form is the parameters of a query request.
type Form struct{ values url.Values }

// ParseForm reads the parameters of a request from its query and, for a
// form-encoded POST, from its body.
func ParseForm(r *http.Request, body []byte) (Form, *Fault) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return Form{}, Faultf(http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error")
	}
	if r.Method == http.MethodPost {
		media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || media != "application/x-www-form-urlencoded" {
			return Form{}, Faultf(http.StatusBadRequest, "InvalidParameterValue", "The request body must be form-encoded")
		}
		posted, err := url.ParseQuery(string(body))
		if err != nil {
			return Form{}, Faultf(http.StatusBadRequest, "MalformedQueryString", "The request body contains a syntax error")
		}
		for name, v := range posted {
			values[name] = append(values[name], v...)
		}
	}
	for name, v := range values {
		if len(v) > 1 {
			return Form{}, Faultf(http.StatusBadRequest, "InvalidParameterValue", "The parameter %s occurs more than once", name)
		}
	}
	return Form{values}, nil
}

// Text returns the parameter, "" when it is missing.
func (f Form) Text(name string) string { return f.values.Get(name) }

// Has reports whether the parameter is there.
func (f Form) Has(name string) bool { return f.values.Has(name) }

// HasPrefix reports whether a parameter is name or below it.
func (f Form) HasPrefix(name string) bool {
	for key := range f.values {
		if key == name || strings.HasPrefix(key, name+".") {
			return true
		}
	}
	return false
}

// Indices returns the numbers n of the parameters name.n or name.n.…, ascending.
func (f Form) Indices(name string) []int {
	var out []int
	for key := range f.values {
		rest, ok := strings.CutPrefix(key, name+".")
		if !ok {
			continue
		}
		digits, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(digits); err == nil && n > 0 {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// List returns the parameters name.1, name.2, ….
func (f Form) List(name string) []string {
	var out []string
	for _, n := range f.Indices(name) {
		if key := Join(name, n); f.Has(key) {
			out = append(out, f.Text(key))
		}
	}
	return out
}

// Join returns the name of a list's item, or of what is below it.
func Join(name string, n int, rest ...string) string {
	return strings.Join(append([]string{name, strconv.Itoa(n)}, rest...), ".")
}
