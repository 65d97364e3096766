package tree

// Region is the world's Region, from its key Lab.
func Region(doc Object) string { return Text(Child(doc, "Lab"), "Region") }

// Account is the world's account id, from its key Lab.
func Account(doc Object) string { return Text(Child(doc, "Lab"), "Account") }
