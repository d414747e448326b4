package valuejson

import "github.com/yesgoddess/edgeredis/upstash/internal/smalljson"

// Marshal returns the JSON text of v, or an error when v has none.
func Marshal(v any) ([]byte, error) { return smalljson.Marshal(v) }

// Unmarshal stores what the JSON text data means in the value that target points
// to.
func Unmarshal(data []byte, target any) error { return smalljson.Unmarshal(data, target) }
