//go:build !wasm

package devserver

import (
	"errors"
	"strconv"
)

// A reply is what a backend answered, in one of these Go types:
//
//	nil         the nil bulk or the nil array
//	int64       an integer
//	string      a status reply such as OK
//	[]byte      a bulk string
//	replyError  an error
//	[]any       an array of replies
//
// Status and bulk stay apart because base64 mode treats them differently.
type reply = any

// A replyError is an error reply: its text without the leading dash.
type replyError string

// Error implements error.
func (e replyError) Error() string { return string(e) }

var errProtocol = errors.New("devserver: malformed reply of the backend")

// maxReplyDepth bounds nesting; Redis itself nests a handful of levels, Lua
// tables can nest further.
const maxReplyDepth = 128

// parseReply reads one RESP2 reply from b. Bulk strings share memory with b.
func parseReply(b []byte) (reply, error) {
	v, _, err := parseReplyAt(b, 0, 0)
	return v, err
}

func parseReplyAt(b []byte, pos, depth int) (reply, int, error) {
	line, next, ok := respLine(b, pos)
	if !ok || depth > maxReplyDepth {
		return nil, pos, errProtocol
	}
	text := line[1:]
	switch line[0] {
	case '+':
		return string(text), next, nil
	case '-':
		return replyError(text), next, nil
	case ':':
		n, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return nil, pos, errProtocol
		}
		return n, next, nil
	case '$':
		n, err := strconv.Atoi(string(text))
		if err != nil || n >= 0 && next+n+2 > len(b) {
			return nil, pos, errProtocol
		}
		if n < 0 {
			return nil, next, nil
		}
		return b[next : next+n : next+n], next + n + 2, nil
	case '*':
		return parseReplyArray(b, text, next, depth)
	}
	return nil, pos, errProtocol
}

func parseReplyArray(b, text []byte, pos, depth int) (reply, int, error) {
	n, err := strconv.Atoi(string(text))
	if err != nil || n > len(b)-pos {
		return nil, pos, errProtocol
	}
	if n < 0 {
		return nil, pos, nil
	}
	list := make([]any, n)
	for i := range list {
		if list[i], pos, err = parseReplyAt(b, pos, depth+1); err != nil {
			return nil, pos, err
		}
	}
	return list, pos, nil
}

// respLine returns the line at pos without its CRLF, and where the next begins.
func respLine(b []byte, pos int) (line []byte, next int, ok bool) {
	for i := pos; i+1 < len(b); i++ {
		if b[i] == '\r' && b[i+1] == '\n' {
			return b[pos:i], i + 2, i > pos
		}
	}
	return nil, pos, false
}

// replySize is the number of payload bytes in v, which is what the reply limit
// is compared with.
func replySize(v reply) int {
	switch v := v.(type) {
	case []byte:
		return len(v)
	case string:
		return len(v)
	case []any:
		n := 0
		for _, e := range v {
			n += replySize(e)
		}
		return n
	}
	return 8
}

// bulk makes a bulk string reply.
func bulk(s string) reply { return []byte(s) }

// replyText is the text of a status or bulk reply, "" for anything else.
func replyText(v reply) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}
