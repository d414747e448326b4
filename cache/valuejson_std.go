//go:build wasm

package cache

import "encoding/json"

// On WebAssembly the standard library serves: go-json would add 1.1 MB of
// compressed code.

func marshalValue(v any) ([]byte, error)      { return json.Marshal(v) }
func unmarshalValue(data []byte, v any) error { return json.Unmarshal(data, v) }
