//go:build !wasm

package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash"
)

// kindOf names the kind of a reply: "nil", "integer", "string", "status",
// "double", "boolean", "array" or "error".
func kindOf(r upstash.Reply) string {
	switch {
	case r.IsNil():
		return "nil"
	case r.Err() != nil:
		return "error"
	case r.IsArray():
		return "array"
	}
	// The decoder for arrays says what it found in place of one.
	_, err := r.Array()
	if e, ok := errors.AsType[*upstash.DecodeError](err); ok {
		return e.Got
	}
	return "string"
}

// humanReply renders a reply as redis-cli does on a terminal. Printable text is
// shown as it is, everything else is escaped, so that a value cannot control
// the terminal.
func humanReply(r upstash.Reply, indent string) string {
	switch kindOf(r) {
	case "nil":
		return "(nil)"
	case "error":
		return "(error) " + serverMessage(r.Err())
	case "integer":
		return "(integer) " + text(r)
	case "double":
		return "(double) " + text(r)
	case "boolean":
		return "(" + text(r) + ")"
	case "status":
		return printable(text(r))
	case "array":
		return humanArray(r, indent)
	}
	return quote(text(r))
}

func humanArray(r upstash.Reply, indent string) string {
	n := r.Len()
	if n == 0 {
		return "(empty array)"
	}
	width := len(strconv.Itoa(n))
	lines := make([]string, n)
	for i := range lines {
		label := fmt.Sprintf("%*d) ", width, i+1)
		inner := indent + strings.Repeat(" ", len(label))
		lines[i] = label + humanReply(r.Index(i), inner)
	}
	return strings.Join(lines, "\n"+indent)
}

// rawReply renders a reply as redis-cli does into a pipe: the bytes of strings
// as they are, one element per line.
func rawReply(r upstash.Reply) string {
	switch kindOf(r) {
	case "nil":
		return ""
	case "error":
		return serverMessage(r.Err())
	case "array":
		lines := make([]string, r.Len())
		for i := range lines {
			lines[i] = rawReply(r.Index(i))
		}
		return strings.Join(lines, "\n")
	}
	return text(r)
}

// jsonReply is the value of a reply for encoding/json: nil is null, integers are
// exact, bytes that are not UTF-8 become {"base64": "..."}, and an error inside
// an array {"error": "..."}.
func jsonReply(r upstash.Reply) any {
	switch kindOf(r) {
	case "nil":
		return nil
	case "error":
		return map[string]string{"error": serverMessage(r.Err())}
	case "integer":
		return json.Number(text(r))
	case "boolean":
		return text(r) == "true"
	case "array":
		elems := make([]any, r.Len())
		for i := range elems {
			elems[i] = jsonReply(r.Index(i))
		}
		return elems
	}
	return jsonText(text(r))
}

// jsonText is s as a JSON string if it can be one.
func jsonText(s string) any {
	if utf8.ValidString(s) {
		return s
	}
	return map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte(s))}
}

// text is the text of a reply that has one.
func text(r upstash.Reply) string {
	s, _ := r.Text()
	return s
}

// serverMessage is the server's own text of an error.
func serverMessage(err error) string {
	if e, ok := errors.AsType[*upstash.ServerError](err); ok {
		return printable(e.Message)
	}
	return err.Error()
}

// quote puts s into double quotes as redis-cli does, but leaves printable
// Unicode readable.
func quote(s string) string { return `"` + escape(s, true) + `"` }

// printable is s without anything that controls a terminal.
func printable(s string) string { return escape(s, false) }

func escape(s string, quoted bool) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1, !unicode.IsPrint(r) && r < utf8.RuneSelf:
			b.WriteString(escapeByte(s[0]))
		case quoted && (r == '"' || r == '\\'):
			b.WriteByte('\\')
			b.WriteRune(r)
		case !unicode.IsPrint(r):
			for i := range n {
				b.WriteString(escapeByte(s[i]))
			}
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

func escapeByte(c byte) string {
	switch c {
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	case '\a':
		return `\a`
	case '\b':
		return `\b`
	}
	return fmt.Sprintf(`\x%02x`, c)
}
