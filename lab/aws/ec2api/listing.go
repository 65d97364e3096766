package ec2api

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// listing is a Describe action over one list of the document.
type listing struct {
	key, result string // where the list stands in the document, and in the answer
	id, param   string // the resources' id, and the parameter that picks by it
	prefix      string // of ids
	notFound    string // error code; NotFound becomes Malformed for ill-formed ids
	noun        string // in the error's text
	filters     map[string]string
	minimum     int // of MaxResults
}

func (l listing) missing(id string) *wire.Fault {
	return wire.Faultf(http.StatusBadRequest, l.notFound, "The %s '%s' does not exist", l.noun, id)
}

func (l listing) malformed(id string) *wire.Fault {
	code := strings.TrimSuffix(l.notFound, "NotFound") + "Malformed"
	if code == "InvalidGroup.Malformed" {
		code = "InvalidGroupId.Malformed"
	}
	return wire.Faultf(http.StatusBadRequest, code, "Invalid id: %q", id)
}

// describe picks, filters and pages objects.
func (l listing) describe(objects []tree.Object, f wire.Form) (tree.Object, error) {
	picked, err := l.pick(objects, f)
	if err != nil {
		return nil, err
	}
	if picked, err = l.filter(picked, f); err != nil {
		return nil, err
	}
	page, next, err := l.page(picked, f)
	if err != nil {
		return nil, err
	}
	result := tree.Object{}
	tree.SetObjects(result, l.result, page)
	if next != "" {
		result["NextToken"] = next
	}
	return result, nil
}

func (l listing) pick(objects []tree.Object, f wire.Form) ([]tree.Object, error) {
	ids := f.List(l.param)
	if l.param == "" || len(ids) == 0 {
		return objects, nil
	}
	for _, id := range ids {
		if !strings.HasPrefix(id, l.prefix) {
			return nil, l.malformed(id)
		}
		if !slices.ContainsFunc(objects, func(o tree.Object) bool { return tree.Text(o, l.id) == id }) {
			return nil, l.missing(id)
		}
	}
	return slices.DeleteFunc(objects, func(o tree.Object) bool { return !slices.Contains(ids, tree.Text(o, l.id)) }), nil
}

// filter keeps what matches every filter by at least one of its values, in
// which * and ? are wildcards ("List and filter using the CLI and API", EC2
// User Guide).
func (l listing) filter(objects []tree.Object, f wire.Form) ([]tree.Object, error) {
	for _, n := range f.Indices("Filter") {
		name, values := f.Text(wire.Join("Filter", n, "Name")), f.List(wire.Join("Filter", n, "Value"))
		of, ok := l.valuesOf(name)
		if !ok {
			return nil, invalidValue("The filter '%s' is invalid", name)
		}
		if len(values) == 0 {
			return nil, invalidValue("The filter '%s' requires at least one value", name)
		}
		patterns := make([]*regexp.Regexp, 0, len(values))
		for _, value := range values {
			patterns = append(patterns, glob(value))
		}
		objects = slices.DeleteFunc(objects, func(o tree.Object) bool {
			return !slices.ContainsFunc(of(o), func(v string) bool {
				return slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(v) })
			})
		})
	}
	return objects, nil
}

// valuesOf returns what a filter looks at.
func (l listing) valuesOf(name string) (func(tree.Object) []string, bool) {
	if path, ok := l.filters[name]; ok {
		return func(o tree.Object) []string {
			var out []string
			for one := range strings.SplitSeq(path, " ") {
				out = append(out, tree.Values(o, one)...)
			}
			return out
		}, true
	}
	key, isTag := strings.CutPrefix(name, "tag:")
	if !isTag && name != "tag-key" {
		return nil, false
	}
	return func(o tree.Object) []string {
		var out []string
		for _, tag := range append(tree.Objects(o, "Tags"), tree.Objects(o, "TagSet")...) {
			switch {
			case !isTag:
				out = append(out, tree.Text(tag, "Key"))
			case tree.Text(tag, "Key") == key:
				out = append(out, tree.Text(tag, "Value"))
			}
		}
		return out
	}, true
}

func glob(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(strings.ReplaceAll(quoted, `\*`, ".*"), `\?`, ".")
	return regexp.MustCompile("(?s)^(?:" + quoted + ")$")
}

// page cuts out what MaxResults and NextToken ask for. A token is opaque and
// names the id that the next page starts with.
func (l listing) page(objects []tree.Object, f wire.Form) (page []tree.Object, next string, err error) {
	start := 0
	if token := f.Text("NextToken"); token != "" {
		id, err := base64.URLEncoding.DecodeString(token)
		start = slices.IndexFunc(objects, func(o tree.Object) bool { return tree.Text(o, l.id) == string(id) })
		if err != nil || start < 0 {
			return nil, "", invalidValue("Unable to parse pagination token")
		}
	}
	objects = objects[start:]
	if !f.Has("MaxResults") {
		return objects, "", nil
	}
	size, err := strconv.Atoi(f.Text("MaxResults"))
	if err != nil || size < l.minimum {
		return nil, "", invalidValue("Value ( %s ) for parameter maxResults is invalid. Expecting a value greater than or equal to %d.", f.Text("MaxResults"), l.minimum)
	}
	if size > 1000 {
		return nil, "", invalidValue("Value ( %d ) for parameter maxResults is invalid. Expecting a value less than or equal to 1000.", size)
	}
	if len(objects) <= size {
		return objects, "", nil
	}
	return objects[:size], base64.URLEncoding.EncodeToString([]byte(tree.Text(objects[size], l.id))), nil
}
