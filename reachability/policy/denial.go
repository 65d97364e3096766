package policy

import "strings"

// maxDenial is how many bytes of a message are looked at.
const maxDenial = 16 << 10

// Denial is what AWS said about a request that a policy stopped. Empty fields
// were not said.
type Denial struct {
	Principal string // ARN of who asked
	Action    string // service:Action
	Resource  string // ARN, or what the service put in its place
	Layer     Layer  // "" when the sentence names none
	Effect    Effect // explicit-deny, implicit-deny, or unknown when it is not said
	PolicyARN string // the policy that denied, where AWS names it
}

// ParseDenial reads an access-denied message in the format of "Troubleshoot
// access denied error messages" (IAM User Guide):
//
//	User: <arn> is not authorized to perform: <action> on resource: <arn> because no <type> policy allows the <action> action
//	User: <arn> is not authorized to perform: <action> on resource: <arn> with an explicit deny in a <type> policy: <policy arn>
//
// Text around the sentence is ignored. A bare "Access Denied" is a denial that
// says nothing more. The result is false for a message that is no denial by a
// policy, such as an authorization method mismatch, although services send
// those with status 403 too.
func ParseDenial(message string) (Denial, bool) {
	if len(message) > maxDenial {
		message = message[:maxDenial]
	}
	text := strings.Join(strings.Fields(message), " ")
	principal, rest, ok := cutSubject(text)
	if !ok {
		return Denial{Effect: EffectUnknown}, isBareDenial(text)
	}
	d := Denial{Principal: principal}
	request, context := splitContext(rest)
	action, resource, _ := strings.Cut(request, " on resource: ")
	d.Action = firstWord(action)
	d.Resource = strings.Trim(resource, `"'`)
	if context == "" {
		d.Resource = strings.Trim(firstWord(resource), `"'`)
	}
	d.Effect, d.Layer, d.PolicyARN = parseContext(context)
	return d, d.Action != ""
}

// cutSubject finds "User: <principal> is not authorized to perform: " and
// returns the principal and what follows. Some services leave the principal
// out ("User is not authorized to perform: …").
func cutSubject(text string) (principal, rest string, ok bool) {
	const subject, verb = "User: ", "is not authorized to perform: "
	before, after, ok := cutFold(text, verb)
	if !ok {
		return "", "", false
	}
	if i := strings.LastIndex(before, subject); i >= 0 {
		return strings.TrimSpace(before[i+len(subject):]), after, true
	}
	return "", after, strings.HasSuffix(before, "User ")
}

// splitContext parts "<action> on resource: <resource>" from the context that
// says which policy decided.
func splitContext(text string) (request, context string) {
	at := len(text)
	for _, start := range []string{" because no ", " with an explicit deny"} {
		if i := indexFold(text, start); i >= 0 && i < at {
			at = i
		}
	}
	return text[:at], text[at:]
}

func parseContext(context string) (Effect, Layer, string) {
	if rest, ok := trimFold(context, " because no "); ok {
		layer, rest := cutLayer(rest)
		return EffectImplicitDeny, layer, findPolicyARN(rest)
	}
	rest, ok := trimFold(context, " with an explicit deny")
	if !ok {
		return EffectUnknown, "", ""
	}
	rest, named := trimFold(rest, " in ")
	if !named {
		return EffectExplicitDeny, "", findPolicyARN(rest)
	}
	for _, article := range []string{"a ", "an ", "the "} {
		if without, ok := trimFold(rest, article); ok {
			rest = without
			break
		}
	}
	layer, rest := cutLayer(rest)
	return EffectExplicitDeny, layer, findPolicyARN(rest)
}

// cutLayer reads the name of a policy type. The permissions boundary goes
// without the word "policy"; the explicit form says "sessions"; the transitive
// form names the endpoint's layer and the one behind it.
func cutLayer(text string) (Layer, string) {
	for _, name := range []struct {
		words string
		layer Layer
	}{
		{"VPC endpoint policy transitively through a service control policy", LayerEndpointThroughSCP},
		{"VPC endpoint policy", LayerEndpoint},
		{"identity-based policy", LayerIdentity},
		{"resource-based policy", LayerResource},
		{"service control policy", LayerServiceControl},
		{"resource control policy", LayerResourceControl},
		{"sessions policy", LayerSession},
		{"session policy", LayerSession},
		{"permissions boundary", LayerBoundary},
		{"role trust policy", LayerRoleTrust},
	} {
		if rest, ok := trimFold(text, name.words); ok {
			return name.layer, rest
		}
	}
	return "", text
}

// findPolicyARN returns the ARN that follows the layer after a colon. Other
// text, such as a link to the console, may stand behind it.
func findPolicyARN(text string) string {
	_, after, ok := strings.Cut(text, ": arn:")
	if !ok {
		return ""
	}
	return strings.TrimRight("arn:"+firstWord(after), `.,;)"'`)
}

// isBareDenial reports whether the whole message is one of the two texts that
// services send when they say nothing about the policy.
func isBareDenial(text string) bool {
	text = strings.TrimSuffix(text, ".")
	if strings.EqualFold(text, "Access Denied") || strings.EqualFold(text, "AccessDenied") {
		return true
	}
	_, ok := trimFold(text, "You are not authorized to perform this operation")
	return ok
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return word
}

func trimFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

func cutFold(text, separator string) (before, after string, found bool) {
	i := indexFold(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}

// indexFold is strings.Index for an ASCII needle of any case.
func indexFold(text, needle string) int {
	for i := 0; i+len(needle) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(needle)], needle) {
			return i
		}
	}
	return -1
}
