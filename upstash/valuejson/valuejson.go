//go:build !wasm

package valuejson

import json "github.com/goccy/go-json"

// Marshal returns the JSON text of v, or an error when v has none.
func Marshal(v any) ([]byte, error) { return json.Marshal(v) }

// Unmarshal stores what the JSON text data means in the value that target points
// to.
func Unmarshal(data []byte, target any) error { return json.Unmarshal(data, target) }
