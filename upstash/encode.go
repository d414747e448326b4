package upstash

import (
	"strconv"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// encodeOne writes a single command: as a JSON array, or, when its arguments
// cannot travel in JSON, in path form with a raw body.
func (k *call) encodeOne(cmd *Command) error {
	body, bad := wire.AppendCommand(k.body[:0], cmd.args)
	if bad >= 0 {
		k.body = body
		return k.encodeRaw(cmd, bad)
	}
	k.request(k.client.core.single, body)
	return nil
}

// request sets what is sent. The body stays with k.
func (k *call) request(url string, body []byte) {
	k.body = body
	k.req.URL, k.req.Body, k.req.MaxResponse = url, body, k.client.core.maxResponse
}

// encodeBatch writes all commands as an array of JSON arrays.
func (k *call) encodeBatch() error {
	cmds := k.attempt.cmds
	body, badCmd, badArg := wire.AppendBatch(k.body[:0], len(cmds), func(i int) []string { return cmds[i].args })
	if badCmd >= 0 {
		k.body = body
		return &ArgumentError{
			Command:  cmds[badCmd].Name(),
			Position: badArg,
			Reason:   "is not valid UTF-8, which a batch cannot carry (command " + strconv.Itoa(badCmd+1) + " of " + strconv.Itoa(len(cmds)) + "); send the command by itself",
		}
	}
	url := k.client.core.pipeline
	if k.attempt.Atomic {
		url = k.client.core.transaction
	}
	k.request(url, body)
	return nil
}

// encodeRaw uses the path form, whose body is one argument of any bytes: it
// follows the arguments in the path and precedes those in the query. at is the
// position of that argument.
func (k *call) encodeRaw(cmd *Command, at int) error {
	args := cmd.args
	url := append(make([]byte, 0, 256), k.client.core.base...)
	for i, a := range args {
		if why := rawMisfit(args, i, at); why != "" {
			return &ArgumentError{Command: args[0], Position: i, Reason: why}
		}
		if i == at {
			continue
		}
		sep := byte('/')
		if n := i - at - 1; n == 0 {
			sep = '?'
		} else if n > 0 {
			sep = "&="[n%2]
		}
		url = appendEscaped(url, sep, a)
	}
	k.request(string(url), append(k.body[:0], args[at]...))
	return nil
}

// rawMisfit says why argument i cannot stand where the path form would put it, ""
// if it can.
func rawMisfit(args []string, i, at int) string {
	a := args[i]
	switch {
	case i < at:
		if a == "" || a == "." || a == ".." {
			return "is empty, a dot or two dots, which cannot stand beside an argument that is not valid UTF-8"
		}
		return ""
	case i == at:
		// The API documents pairs of names and values. A name by itself is one
		// argument to the servers that are known; one that saw an empty value in it
		// would refuse the options of SET, but push an empty element for LPUSH.
		if (len(args)-at)%2 == 0 && args[0] != "SET" && args[0] != "RESTORE" {
			return "is not valid UTF-8; over REST it must be followed by an even number of arguments"
		}
		return ""
	}
	if _, bad := wire.AppendCommand(nil, args[i:i+1]); bad >= 0 {
		return "is the second one that is not valid UTF-8; over REST a command can carry one"
	}
	unfit := a == ""
	if (i-at)%2 == 1 { // a name
		unfit = unfit || a == "_token"
		for _, b := range args[at+1 : i] {
			unfit = unfit || a == b
		}
	}
	if unfit {
		return "is empty, repeated or reserved, which cannot stand behind an argument that is not valid UTF-8"
	}
	return ""
}

const hexDigits = "0123456789ABCDEF"

// appendEscaped appends sep, and s with everything percent-encoded but the unreserved
// characters of RFC 3986, so that an argument can be neither a path nor a query.
//
//go:noinline
func appendEscaped(dst []byte, sep byte, s string) []byte {
	dst = append(dst, sep)
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
