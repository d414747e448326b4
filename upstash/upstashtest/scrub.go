package upstashtest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
)

const redacted = "[redacted]"

// A scrubber replaces what must not stand in a recording: secrets, and what is
// different in each run.
type scrubber struct {
	secrets  []string
	replaced map[string]string // with what to replace it
}

// newScrubber knows the token and the host in the forms in which a server may
// repeat them. A host name without a dot is a common word ("redis", "localhost")
// and is scrubbed only together with its port.
func newScrubber(tokens []string, base *url.URL) *scrubber {
	s := &scrubber{replaced: map[string]string{}}
	s.secrets = append(s.secrets, tokens...)
	s.secrets = append(s.secrets, base.Scheme+"://"+base.Host)
	if base.Port() != "" || strings.Contains(base.Host, ".") {
		s.secrets = append(s.secrets, base.Host)
	}
	if host := base.Hostname(); strings.Contains(host, ".") || net.ParseIP(host) != nil {
		s.secrets = append(s.secrets, host)
	}
	for _, secret := range s.secrets {
		s.replaced[secret] = redacted
	}
	return s
}

// replace makes old appear as with.
func (s *scrubber) replace(old, with string) { s.replaced[old] = with }

// text scrubs a string.
func (s *scrubber) text(v string) string { return s.replacer(false).Replace(v) }

// replacer replaces longer texts first, so that a URL is not cut short by its
// host.
func (s *scrubber) replacer(keepLength bool) *strings.Replacer {
	olds := slices.SortedFunc(maps.Keys(s.replaced), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	pairs := make([]string, 0, 2*len(olds))
	for _, old := range olds {
		with := s.replaced[old]
		if keepLength && len(with) != len(old) {
			with = strings.Repeat("*", len(old))
		}
		pairs = append(pairs, old, with)
	}
	return strings.NewReplacer(pairs...)
}

// exchange scrubs everything that is written.
func (s *scrubber) exchange(e *exchange) {
	e.Path = s.path(e.Path)
	for name, v := range e.RequestHeader {
		e.RequestHeader[name] = s.text(v)
	}
	for name, v := range e.Header {
		e.Header[name] = s.text(v)
	}
	e.Request = s.json(e.Request)
	e.RequestText = s.text(e.RequestText)
	e.RequestBase64 = s.bytes(e.RequestBase64)
	e.Response = s.json(e.Response)
	e.BodyText = s.sameLength(e.Header["Content-Type"], e.BodyText)
	e.BodyBase64 = []byte(s.sameLength(e.Header["Content-Type"], string(e.BodyBase64)))
}

func (s *scrubber) json(js []byte) []byte {
	if js == nil {
		return nil
	}
	return mapStrings(js, s.text)
}

func (s *scrubber) bytes(b []byte) []byte {
	if b == nil {
		return nil
	}
	return []byte(s.text(string(b)))
}

// sameLength scrubs a body; in RESP2, where lengths stand before strings, by a
// text of the same length.
func (s *scrubber) sameLength(contentType, body string) string {
	if !strings.HasPrefix(contentType, "application/octet-stream") {
		return s.text(body)
	}
	return s.replacer(true).Replace(body)
}

// path scrubs segment by segment and parameter by parameter, each decoded, and
// drops the value of _token.
func (s *scrubber) path(p string) string {
	path, query, hasQuery := strings.Cut(p, "?")
	segments := strings.Split(path, "/")
	for i := range segments {
		segments[i] = s.escaped(segments[i])
	}
	p = strings.Join(segments, "/")
	if !hasQuery {
		return p
	}
	params := strings.Split(query, "&")
	for i, param := range params {
		name, value, has := strings.Cut(param, "=")
		value = s.escaped(value)
		if name == "_token" {
			value = redacted
		}
		params[i] = s.escaped(name)
		if has {
			params[i] += "=" + value
		}
	}
	return p + "?" + strings.Join(params, "&")
}

// escaped scrubs one percent-encoded part; a part that has nothing to hide keeps
// its spelling.
func (s *scrubber) escaped(part string) string {
	plain := unescape(part)
	scrubbed := s.text(plain)
	if scrubbed == plain {
		return part
	}
	return url.PathEscape(scrubbed)
}

// leak returns the form in which a secret is still in b, "" when there is none:
// the last check before a recording is written.
func (s *scrubber) leak(b []byte) string {
	lower := bytes.ToLower(b)
	for _, secret := range s.secrets {
		for _, e := range encodings(secret) {
			if bytes.Contains(b, []byte(e.text)) || bytes.Contains(lower, []byte(strings.ToLower(e.text))) {
				return e.form
			}
		}
	}
	return ""
}

type encoding struct{ form, text string }

// encodings are the forms in which a secret may hide: as it is, escaped, in hex,
// and inside base64 at each of the three positions that it can have there.
func encodings(secret string) []encoding {
	forms := []encoding{
		{"plain", secret},
		{"escaped", url.QueryEscape(secret)},
		{"escaped", url.PathEscape(secret)},
		{"escaped", strings.Trim(quote(secret), `"`)},
		{"hex", hex.EncodeToString([]byte(secret))},
	}
	for shift := range 3 {
		padded := append(make([]byte, shift), secret...)
		whole := len(padded) / 3 * 3
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := enc.EncodeToString(padded[:whole])
			if skip := (shift*8 + 5) / 6; skip < len(text) {
				forms = append(forms, encoding{"base64", text[skip:]})
			}
		}
	}
	return forms
}
