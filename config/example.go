package config

import _ "embed" // for the example

// Example is a commented configuration file with every field.
//
//go:embed example.yaml
var Example string
