//go:build !wasm

package health

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strings"
	"sync"
)

// page is the dashboard: one file that loads nothing but the JSON beside it.
//
//go:embed page.html
var page string

// pagePolicy is the Content-Security-Policy of the page. It admits the one script
// and the one style in it by their hashes, and nothing else.
var pagePolicy = sync.OnceValue(func() string {
	return "default-src 'none'; script-src '" + hashOf("script") + "'; style-src '" + hashOf("style") +
		"'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
})

// hashOf is the hash source (CSP level 2) of what is between two tags of the page.
func hashOf(tag string) string {
	_, rest, _ := strings.Cut(page, "<"+tag+">")
	content, _, _ := strings.Cut(rest, "</"+tag+">")
	sum := sha256.Sum256([]byte(content))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func pageAnswer() answer {
	return newAnswer(200, typeHTML, []byte(page)).
		with("Vary", "Accept").
		with("Content-Security-Policy", pagePolicy()).
		with("Referrer-Policy", "no-referrer")
}
