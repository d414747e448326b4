//go:build !wasm

package devserver

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendResult appends {"result":v} or {"error":text} to b.
func appendResult(b []byte, v reply, base64Mode bool) []byte {
	if e, ok := v.(replyError); ok {
		return appendError(b, string(e))
	}
	b = append(b, `{"result":`...)
	b = appendJSON(b, v, base64Mode, true)
	return append(b, '}')
}

// appendError appends {"error":text}. Error texts are never base64.
func appendError(b []byte, text string) []byte {
	b = append(b, `{"error":`...)
	b = appendJSONString(b, []byte(text))
	return append(b, '}')
}

// appendJSON appends v as JSON. In base64 mode every string is encoded except
// a status reply OK at the top level: both official SDKs decode exactly that
// at every depth (protocol.md 4.12 to 4.14).
func appendJSON(b []byte, v reply, base64Mode, top bool) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case string:
		if base64Mode && (!top || v != "OK") {
			return appendBase64(b, []byte(v))
		}
		return appendJSONString(b, []byte(v))
	case []byte:
		if base64Mode {
			return appendBase64(b, v)
		}
		return appendJSONString(b, v)
	case replyError:
		// An error inside an array has no documented form; its text is kept.
		return appendError(b, string(v))
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e, base64Mode, false)
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

func appendBase64(b, s []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, s)
	return append(b, '"')
}

// appendJSONString appends s quoted. Each bad UTF-8 byte becomes U+FFFD.
func appendJSONString(b, s []byte) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			b = appendEscape(b, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && size == 1 {
			b = append(b, s[start:i]...)
			b = append(b, "\uFFFD"...)
			i++
			start = i
			continue
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendRESP appends v as RESP2, for Upstash-Response-Format: resp2.
func appendRESP(b []byte, v reply) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "$-1\r\n"...)
	case int64:
		b = append(b, ':')
		b = strconv.AppendInt(b, v, 10)
	case string:
		b = append(b, '+')
		b = append(b, v...)
	case replyError:
		b = append(b, '-')
		b = appendOneLine(b, string(v))
	case []byte:
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(len(v)), 10)
		b = append(b, '\r', '\n')
		b = append(b, v...)
	case []any:
		b = append(b, '*')
		b = strconv.AppendInt(b, int64(len(v)), 10)
		b = append(b, '\r', '\n')
		for _, e := range v {
			b = appendRESP(b, e)
		}
		return b
	}
	return append(b, '\r', '\n')
}

// appendOneLine keeps an error text from breaking the RESP framing.
func appendOneLine(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] == '\r' || s[i] == '\n' {
			b = append(b, ' ')
			continue
		}
		b = append(b, s[i])
	}
	return b
}
