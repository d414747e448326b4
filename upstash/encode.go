package upstash

import (
	"strconv"
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// encodeOne writes a single command: as a JSON array, or, when its arguments
// cannot travel in JSON, in path form with a raw body.
func (k *call) encodeOne(cmd *Command) error {
	core := k.client.core
	body, bad := wire.AppendCommand(k.body[:0], cmd.args)
	k.body = body
	if bad >= 0 {
		return k.encodeRaw(cmd, bad)
	}
	k.req.URL = core.urls[pathSingle]
	k.req.Body = body
	k.req.MaxResponse = core.cfg.MaxResponse
	return nil
}

// encodeBatch writes all commands as an array of JSON arrays.
func (k *call) encodeBatch() error {
	core := k.client.core
	cmds := k.attempt.cmds
	body, badCmd, badArg := wire.AppendBatch(k.body[:0], len(cmds), func(i int) []string { return cmds[i].args })
	k.body = body
	if badCmd >= 0 {
		return &ArgumentError{
			Command:  cmds[badCmd].Name(),
			Position: badArg,
			Reason:   "is not valid UTF-8, which a batch cannot carry (command " + strconv.Itoa(badCmd+1) + " of " + strconv.Itoa(len(cmds)) + "); send the command by itself",
		}
	}
	k.req.URL = core.urls[pathPipeline]
	if k.attempt.Atomic {
		k.req.URL = core.urls[pathTransaction]
	}
	k.req.Body = body
	k.req.MaxResponse = core.cfg.MaxResponse
	return nil
}

// encodeRaw uses the path form, whose body is one argument of any bytes: it
// follows the arguments in the path and precedes those in the query. That fits
// a command whose binary argument is the last one, and SET, whose options go
// into the query.
func (k *call) encodeRaw(cmd *Command, bad int) error {
	at := len(cmd.args) - 1
	if cmd.args[0] == "SET" && len(cmd.args) > 3 {
		at = 2
	}
	if bad != at {
		return &ArgumentError{
			Command:  cmd.Name(),
			Position: bad,
			Reason:   "is not valid UTF-8; over REST only the last argument (or the value of SET) can carry any bytes",
		}
	}
	core := k.client.core
	url := append(make([]byte, 0, 256), core.base...)
	for i, a := range cmd.args[:at] {
		if a == "" || a == "." || a == ".." {
			return &ArgumentError{
				Command:  cmd.Name(),
				Position: i,
				Reason:   "is empty, a dot or two dots, which cannot stand beside a binary argument",
			}
		}
		url = appendEscaped(append(url, '/'), a)
	}
	sep := byte('?')
	for rest := cmd.args[at+1:]; len(rest) > 0; {
		if !utf8.ValidString(rest[0]) {
			return &ArgumentError{Command: cmd.Name(), Reason: "has two arguments that are not valid UTF-8; over REST only one can be carried"}
		}
		url = appendEscaped(append(url, sep), rest[0])
		sep = '&'
		if rest = rest[1:]; len(rest) > 0 {
			url = appendEscaped(append(url, '='), rest[0])
			rest = rest[1:]
		}
	}
	k.req.URL = string(url)
	k.req.Body = append(k.body[:0], cmd.args[at]...)
	k.body = k.req.Body
	k.req.MaxResponse = core.cfg.MaxResponse
	return nil
}

const hexDigits = "0123456789ABCDEF"

// appendEscaped percent-encodes everything but the unreserved characters of
// RFC 3986, so that an argument can be neither a path nor a query.
func appendEscaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '-', b == '_', b == '.', b == '~':
			dst = append(dst, b)
		default:
			dst = append(dst, '%', hexDigits[b>>4], hexDigits[b&15])
		}
	}
	return dst
}
