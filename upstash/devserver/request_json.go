//go:build !wasm

package devserver

import (
	"errors"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Texts of request bodies the API refuses (protocol.md 1.33 to 1.37). The first
// two do not begin with ERR; that is how the service answers.
var (
	errBodyEmpty    = io.EOF
	errBodyNotArray = errors.New("expected JSON array")
	errNullArg      = errors.New("ERR null args are not supported")
	errNestedArray  = errors.New(`ERR unsupported arg type: "[": json.Delim`)
	errNestedObject = errors.New(`ERR unsupported arg type: "{": json.Delim`)
	errBatchShape   = errors.New("not an array of arrays")
)

// parseCommand reads a JSON array of arguments. Numbers keep their literal
// text, booleans become the words true and false.
func parseCommand(body []byte) ([]string, error) {
	p := jsonParser{b: body}
	p.space()
	if p.i == len(p.b) {
		return nil, errBodyEmpty
	}
	if p.b[p.i] != '[' {
		return nil, errBodyNotArray
	}
	args, err := p.command()
	if err != nil {
		return nil, err
	}
	return args, p.end()
}

// parseBatch reads a JSON array of argument arrays. errBatchShape and JSON
// syntax errors mean that the body is no such thing.
func parseBatch(body []byte) ([][]string, error) {
	p := jsonParser{b: body}
	p.space()
	if !p.take('[') {
		return nil, errBatchShape
	}
	batch := [][]string{}
	for p.space(); !p.take(']'); p.space() {
		if len(batch) > 0 && !p.comma() {
			return nil, p.syntax("after array element")
		}
		if p.i == len(p.b) || p.b[p.i] != '[' {
			return nil, errBatchShape
		}
		args, err := p.command()
		if err != nil {
			return nil, err
		}
		batch = append(batch, args)
	}
	return batch, p.end()
}

// A jsonParser walks over b; i is the next byte.
type jsonParser struct {
	b []byte
	i int
}

func (p *jsonParser) space() {
	for p.i < len(p.b) {
		switch p.b[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

func (p *jsonParser) take(c byte) bool {
	if p.i < len(p.b) && p.b[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *jsonParser) comma() bool {
	ok := p.take(',')
	p.space()
	return ok
}

func (p *jsonParser) end() error {
	p.space()
	if p.i < len(p.b) {
		return p.syntax("after top-level value")
	}
	return nil
}

// syntax describes the byte at i the way Go's JSON decoder does.
func (p *jsonParser) syntax(where string) error {
	if p.i >= len(p.b) {
		return io.ErrUnexpectedEOF
	}
	r, _ := utf8.DecodeRune(p.b[p.i:])
	return errors.New("invalid character " + strconv.QuoteRune(r) + " " + where)
}

// command reads the array at i.
func (p *jsonParser) command() ([]string, error) {
	p.i++ // the bracket
	args := make([]string, 0, 8)
	for p.space(); !p.take(']'); p.space() {
		if len(args) > 0 && !p.comma() {
			return nil, p.syntax("after array element")
		}
		a, err := p.argument()
		if err != nil {
			return nil, err
		}
		args = append(args, a)
	}
	return args, nil
}

func (p *jsonParser) argument() (string, error) {
	if p.i >= len(p.b) {
		return "", io.ErrUnexpectedEOF
	}
	switch c := p.b[p.i]; {
	case c == '"':
		return p.str()
	case c == '[':
		return "", errNestedArray
	case c == '{':
		return "", errNestedObject
	case c == 't':
		return p.word("true", nil)
	case c == 'f':
		return p.word("false", nil)
	case c == 'n':
		return p.word("null", errNullArg)
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	return "", p.syntax("looking for beginning of value")
}

func (p *jsonParser) word(w string, then error) (string, error) {
	for k := range len(w) {
		if p.i >= len(p.b) || p.b[p.i] != w[k] {
			return "", p.syntax("in literal " + w)
		}
		p.i++
	}
	return w, then
}

// number accepts the JSON grammar and returns the literal text.
func (p *jsonParser) number() (string, error) {
	start := p.i
	p.take('-')
	if !p.take('0') && !p.digits() {
		return "", p.syntax("in numeric literal")
	}
	if p.take('.') && !p.digits() {
		return "", p.syntax("after decimal point in numeric literal")
	}
	if p.take('e') || p.take('E') {
		if !p.take('+') {
			p.take('-')
		}
		if !p.digits() {
			return "", p.syntax("in exponent of numeric literal")
		}
	}
	return string(p.b[start:p.i]), nil
}

func (p *jsonParser) digits() bool {
	start := p.i
	for p.i < len(p.b) && p.b[p.i] >= '0' && p.b[p.i] <= '9' {
		p.i++
	}
	return p.i > start
}

// str reads the string at i. Bytes that are not UTF-8 and lone surrogates
// become U+FFFD, as encoding/json has it.
func (p *jsonParser) str() (string, error) {
	p.i++
	start := p.i
	for p.i < len(p.b) {
		c := p.b[p.i]
		switch {
		case c == '"':
			s := string(p.b[start:p.i])
			p.i++
			return s, nil
		case c < ' ':
			return "", p.syntax("in string literal")
		case c == '\\' || c >= utf8.RuneSelf:
			return p.strSlow(start)
		}
		p.i++
	}
	return "", io.ErrUnexpectedEOF
}

func (p *jsonParser) strSlow(start int) (string, error) {
	out := append(make([]byte, 0, p.i-start+64), p.b[start:p.i]...)
	for p.i < len(p.b) {
		c := p.b[p.i]
		switch {
		case c == '"':
			p.i++
			return string(out), nil
		case c < ' ':
			return "", p.syntax("in string literal")
		case c == '\\':
			p.i++
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		case c < utf8.RuneSelf:
			out = append(out, c)
			p.i++
		default:
			r, size := utf8.DecodeRune(p.b[p.i:])
			out = utf8.AppendRune(out, r)
			p.i += size
		}
	}
	return "", io.ErrUnexpectedEOF
}

func (p *jsonParser) escape() (rune, error) {
	if p.i >= len(p.b) {
		return 0, io.ErrUnexpectedEOF
	}
	c := p.b[p.i]
	switch c {
	case '"', '\\', '/':
		p.i++
		return rune(c), nil
	case 'u':
		return p.unicode()
	}
	for k, from := range "bfnrt" {
		if c == byte(from) {
			p.i++
			return rune("\b\f\n\r\t"[k]), nil
		}
	}
	return 0, p.syntax("in string escape code")
}

// unicode reads uXXXX, and a following low surrogate if it belongs to it.
func (p *jsonParser) unicode() (rune, error) {
	r, err := p.hex4()
	if err != nil {
		return 0, err
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if p.i+1 < len(p.b) && p.b[p.i] == '\\' && p.b[p.i+1] == 'u' {
		back := p.i
		p.i++
		low, err := p.hex4()
		if err != nil {
			return 0, err
		}
		if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
			return full, nil
		}
		p.i = back
	}
	return utf8.RuneError, nil
}

func (p *jsonParser) hex4() (rune, error) {
	p.i++ // the u
	if p.i+4 > len(p.b) {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := strconv.ParseUint(string(p.b[p.i:p.i+4]), 16, 32)
	if err != nil {
		return 0, p.syntax("in \\u hexadecimal character escape")
	}
	p.i += 4
	return rune(n), nil
}
