package vpc

// Uncompared lists the top-level keys that were read as a whole in one of two
// readings and not in the other, in the order in which Diff compares: of them it
// says nothing.
func Uncompared(old, new *Network) []string {
	var out []string
	for i := range lists {
		if key := lists[i].key; key != "SecurityGroupRules" && old.Has(key) != new.Has(key) {
			out = append(out, key)
		}
	}
	return out
}
