package upstash

import (
	"strconv"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// A LengthError means that a batch was answered with another number of replies
// than it had commands; none of them can be trusted to belong to its command.
type LengthError struct{ Want, Got int }

func (e *LengthError) Error() string {
	return "upstash: the batch of " + strconv.Itoa(e.Want) + " was answered with " + strconv.Itoa(e.Got) + " replies"
}

// Is matches [ErrProtocol].
func (e *LengthError) Is(target error) bool { return target == ErrProtocol }

// decode reads the answer of an attempt into k.reply or k.replies. The content
// type decides about the format, so that a server which ignores the wish for
// RESP2 still works.
func (k *call) decode() error {
	if s := k.resp.Status; s >= 300 && s < 400 {
		return redirected()
	}
	var err error
	m := mediaType(k.resp.ContentType)
	switch {
	case m == mediaHTML:
		return protocolError("the answer is a web page; check the URL, and whether a proxy answers in its place", ErrWebPage)
	case k.decodeBatch != nil:
		err = k.decodeBatch(k, m)
	default:
		err = k.single(m)
	}
	if err == nil {
		return k.checkStatus()
	}
	return k.decodeError(err)
}

// options say how the answer is to be read.
func (k *call) options() wire.Options {
	core := k.client.core
	o := wire.Options{Base64: core.base64, Limits: wire.Limits{MaxDepth: core.maxDepth, MaxElems: core.maxElements}}
	if k.attempt.Atomic {
		o.Base64 = core.base64Tx
	}
	return o
}

// decodeError turns an error of package wire into one that tells the status.
func (k *call) decodeError(err error) error {
	if len(k.resp.Body) == 0 {
		return protocolError("the answer is empty", ErrProtocol)
	}
	what := "the answer cannot be read"
	switch e := err.(type) { //nolint:errorlint // made by decodeBatch, single and wire, unwrapped
	case *ServerError, *LengthError:
		return err
	case *wire.SyntaxError:
		if e.Err == wire.ErrBase64 { //nolint:errorlint // likewise
			what = "a string in the answer is not base64; if the server does not know Upstash-Encoding, set Config.Encoding to Plain"
		}
	}
	if err == wire.ErrTooDeep || err == wire.ErrTooManyElements { //nolint:errorlint // likewise
		return joinCause(ErrResponseTooLarge, err)
	}
	return fail(what, err, ErrProtocol, err)
}

// checkStatus refuses answers that look right but carry a status that says
// otherwise.
func (k *call) checkStatus() error {
	if s := k.resp.Status; s < 200 || s > 299 {
		return protocolError("the answer has an unexpected status", ErrProtocol)
	}
	return nil
}

// decodeReplies reads the answer to a batch into k.replies.
func (k *call) decodeReplies(m media) error {
	o := k.options()
	if m == mediaOctets {
		return k.decodeRESP(o)
	}
	n := len(k.attempt.cmds)
	replies := make([]Reply, n)
	k.replies = replies
	got := 0
	whole, isWhole, err := wire.DecodeBatchFunc(k.resp.Body, o, func(i int, v wire.Value) {
		if got = i + 1; i < n {
			replies[i].v = v
		}
	})
	if err != nil {
		return err
	}
	if isWhole && whole.Kind == wire.Error {
		return newServerError("", whole.Str, k.resp.Status)
	}
	if isWhole {
		got = 1 // the reply of a single command where a batch was sent
		if n == 1 {
			return protocolError("the answer to a batch is not an array", ErrProtocol)
		}
	}
	return k.checkLength(got)
}

func (k *call) decodeRESP(o wire.Options) error {
	n := len(k.attempt.cmds)
	vals, err := wire.DecodeRESPBatch(k.resp.Body, n, o)
	if err != nil {
		return err
	}
	if err := k.checkLength(len(vals)); err != nil {
		return err
	}
	k.replies = make([]Reply, n)
	for i, v := range vals {
		k.replies[i] = Reply{v}
	}
	return nil
}

// single reads the reply of a single command.
func (k *call) single(m media) error {
	v, err := wire.Decode(k.resp.Body, k.options(), m == mediaOctets)
	if err != nil {
		return err
	}
	if v.Kind == wire.Error {
		return newServerError(k.operation(), v.Str, k.resp.Status)
	}
	k.reply = Reply{v}
	return nil
}

func (k *call) checkLength(got int) error {
	n := len(k.attempt.cmds)
	if got != n {
		k.replies = nil
		return &LengthError{Want: n, Got: got}
	}
	for i := range k.replies {
		if k.replies[i].v.Kind == wire.Error {
			k.attempt.Errors++
		}
	}
	return nil
}

type media uint8

const (
	mediaOther media = iota
	mediaHTML
	mediaOctets
)

// mediaType looks at the type of a Content-Type header, without parameters.
func mediaType(b []byte) media {
	n := 0
	for n < len(b) && b[n] != ';' && b[n] != ' ' {
		n++
	}
	switch string(b[:n]) {
	case "text/html", "application/xhtml+xml":
		return mediaHTML
	case "application/octet-stream":
		return mediaOctets
	}
	return mediaOther
}

// refusedStatus reports whether a status says that the request was refused
// before the database saw it, whoever answered.
func refusedStatus(status int) bool {
	return status >= 300 && status < 500 && status != statusRequestTimeout
}

// temporaryStatus reports whether another attempt may find the server able:
// 0 and 2xx stand for an answer that was lost or damaged on its way.
func temporaryStatus(status int) bool {
	switch status {
	case statusRequestTimeout, 429, 502, 503, 504:
		return true
	}
	return status == 0 || status >= 200 && status < 300
}

const statusRequestTimeout = 408
