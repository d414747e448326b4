//go:build !wasm

package upstash

import (
	"fmt"
	"io"
)

// Format masks the secret for every verb; without it a verb that does not fit a
// string, like %d, would print the value inside its complaint. WebAssembly
// builds do without, because fmt alone would be a fifth of their size.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		text = `"` + text + `"`
	}
	_, _ = io.WriteString(f, text)
}

// Format prints the client's name for every verb, so that no verb can reach
// the token inside.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// Format prints what String says for every verb.
func (c Command) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// Format prints what String says for every verb.
func (r Reply) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }
