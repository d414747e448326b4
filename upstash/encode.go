package upstash

import (
	"slices"
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
// follows the arguments in the path and precedes those in the query. at is the
// position of that argument.
func (k *call) encodeRaw(cmd *Command, at int) error {
	before, after := cmd.args[:at], cmd.args[at+1:]
	core := k.client.core
	url := append(make([]byte, 0, 256), core.base...)
	for i, a := range before {
		if a == "" || a == "." || a == ".." {
			return cmd.bad(i, "is empty, a dot or two dots, which cannot stand beside an argument that is not valid UTF-8")
		}
		url = appendEscaped(append(url, '/'), a)
	}
	// The API documents pairs of names and values. A name by itself is one
	// argument to the servers that are known; one that saw an empty value in it
	// would refuse the options of SET, but push an empty element for LPUSH.
	if len(after)%2 != 0 && cmd.args[0] != "SET" && cmd.args[0] != "RESTORE" {
		return cmd.bad(at, "is not valid UTF-8; over REST it must be followed by an even number of arguments")
	}
	for i, a := range after {
		switch {
		case !utf8.ValidString(a):
			return cmd.bad(at+1+i, "is the second one that is not valid UTF-8; over REST a command can carry one")
		case a == "" || i%2 == 0 && (a == "_token" || slices.Contains(after[:i], a)):
			return cmd.bad(at+1+i, "is empty, repeated or reserved, which cannot stand behind an argument that is not valid UTF-8")
		}
		sep := byte('&')
		if i == 0 {
			sep = '?'
		} else if i%2 == 1 {
			sep = '='
		}
		url = appendEscaped(append(url, sep), a)
	}
	k.req.URL = string(url)
	k.req.Body = append(k.body[:0], cmd.args[at]...)
	k.body = k.req.Body
	k.req.MaxResponse = core.cfg.MaxResponse
	return nil
}

// bad makes the error about an argument.
//
//go:noinline
func (c *Command) bad(position int, reason string) error {
	return &ArgumentError{Command: c.Name(), Position: position, Reason: reason}
}

const hexDigits = "0123456789ABCDEF"

// appendEscaped percent-encodes everything but the unreserved characters of
// RFC 3986, so that an argument can be neither a path nor a query.
//
//go:noinline
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
