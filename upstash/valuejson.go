package upstash

import "github.com/yesgoddess/edgeredis/upstash/valuejson"

// DecodeJSON decodes a string reply that holds JSON text:
// As(NewCommand("GET", "user:1"), DecodeJSON[User]). A nil reply gives [ErrNil];
// text that is not JSON for a T gives a *[DecodeError].
func DecodeJSON[T any](r Reply) (T, error) {
	var v T
	s, err := r.Text()
	if err != nil {
		return v, err
	}
	if err := valuejson.Unmarshal([]byte(s), &v); err != nil {
		var zero T
		return zero, &DecodeError{Want: "JSON text of the wanted type", Got: "another string"}
	}
	return v, nil
}
