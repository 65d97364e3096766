package tree

import "slices"

// Page cuts out of a list of objects, or of texts, the limit that follow the one
// whose id is after; 0 means no limit. next is the id of the last one where more
// follow. An object's id is its field of that name, a text's is itself.
func Page(list []any, id, after string, limit int) (page []any, next string) {
	of := func(v any) string {
		if o, ok := v.(Object); ok {
			return Text(o, id)
		}
		text, _ := v.(string)
		return text
	}
	if after != "" {
		list = list[slices.IndexFunc(list, func(v any) bool { return of(v) == after })+1:]
	}
	if limit > 0 && limit < len(list) {
		return list[:limit], of(list[limit-1])
	}
	return append([]any{}, list...), "" // never null in JSON
}
