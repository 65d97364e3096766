package proposal

import "encoding/json"

// Edit makes operations on any document.
func Edit(document, operations string) (string, error) {
	c, err := Read("patch.json", []byte(operations))
	if err != nil {
		return "", err
	}
	whole, err := parse([]byte(document))
	if err != nil {
		return "", err
	}
	for _, o := range c.operations {
		if whole, err = o.apply(whole); err != nil {
			return "", c.failed(o, err)
		}
	}
	text, err := json.Marshal(whole)
	return string(text), err
}
