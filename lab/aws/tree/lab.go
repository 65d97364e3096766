package tree

import "strings"

// Region is the world's Region, from its key Lab.
func Region(doc Object) string { return Text(Child(doc, "Lab"), "Region") }

// Account is the world's account id, from its key Lab.
func Account(doc Object) string { return Text(Child(doc, "Lab"), "Account") }

// ARN makes an ARN of the world's Region and account of a service and what
// follows: "ecr repository/support".
func ARN(doc Object, what string) string {
	service, rest, _ := strings.Cut(what, " ")
	return strings.Join([]string{"arn:aws", service, Region(doc), Account(doc), rest}, ":")
}
