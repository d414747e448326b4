//go:build !wasm

package cache

import json "github.com/goccy/go-json"

func marshalValue(v any) ([]byte, error)      { return json.Marshal(v) }
func unmarshalValue(data []byte, v any) error { return json.Unmarshal(data, v) }
