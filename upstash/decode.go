package upstash

import (
	"errors"
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

// A protocolError is an answer that is not one of the REST API. It says what
// kind of body came, never what was in it.
type protocolError struct {
	what string
	err  error
	is   error // ErrWebPage or ErrRedirect
}

func (e *protocolError) Error() string {
	if e.err == nil {
		return e.what
	}
	return e.what + ": " + e.err.Error()
}
func (e *protocolError) Unwrap() error { return e.err }
func (e *protocolError) Is(target error) bool {
	return target == ErrProtocol || target == e.is && e.is != nil
}

// decode reads the answer of an attempt into k.reply or k.replies. The content
// type decides about the format, so that a server which ignores the wish for
// RESP2 still works.
func (k *call) decode() error {
	cfg := &k.client.core.cfg
	o := wire.Options{
		Base64: cfg.Encoding == Base64 || cfg.Encoding == RESP2 && k.attempt.Atomic,
		Limits: wire.Limits{MaxDepth: cfg.MaxDepth, MaxElems: cfg.MaxElements},
	}
	if s := k.resp.Status; s >= 300 && s < 400 {
		return &protocolError{what: "the answer is a redirect, which is not followed because the token would go to another place; check the URL", is: ErrRedirect}
	}
	var err error
	var v wire.Value
	switch m := mediaType(k.resp.ContentType); {
	case m == mediaHTML:
		return &protocolError{what: "the answer is a web page; check the URL, and whether a proxy answers in its place", is: ErrWebPage}
	case k.decodeBatch != nil:
		err = k.decodeBatch(k, m, o)
	case m == mediaOctets:
		v, err = wire.DecodeRESP(k.resp.Body, o)
		err = k.single(v, err)
	default:
		v, err = wire.DecodeReply(k.resp.Body, o)
		err = k.single(v, err)
	}
	if err == nil {
		return k.checkStatus()
	}
	return k.decodeError(err)
}

// decodeError turns an error of package wire into one that tells the status.
func (k *call) decodeError(err error) error {
	switch {
	case errors.Is(err, wire.ErrTooDeep), errors.Is(err, wire.ErrTooManyElements):
		return joinCause(ErrResponseTooLarge, err)
	case len(k.resp.Body) == 0:
		return &protocolError{what: "the answer is empty"}
	case errors.Is(err, wire.ErrBase64):
		return &protocolError{what: "a string in the answer is not base64; if the server does not know Upstash-Encoding, set Config.Encoding to Plain", err: err}
	}
	return isServerError(err)
}

// isServerError passes the server's own errors through and wraps the rest.
func isServerError(err error) error {
	if _, ok := err.(*ServerError); ok { //nolint:errorlint // made by decodeReplies or single, unwrapped
		return err
	}
	if _, ok := err.(*LengthError); ok { //nolint:errorlint // likewise
		return err
	}
	return &protocolError{what: "the answer cannot be read", err: err}
}

// checkStatus refuses answers that look right but carry a status that says
// otherwise.
func (k *call) checkStatus() error {
	if s := k.resp.Status; s < 200 || s > 299 {
		return &protocolError{what: "the answer has an unexpected status"}
	}
	return nil
}

// decodeReplies reads the answer to a batch into k.replies.
func (k *call) decodeReplies(m media, o wire.Options) error {
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
			return &protocolError{what: "the answer to a batch is not an array"}
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

// single keeps the reply of a single command.
func (k *call) single(v wire.Value, err error) error {
	if err != nil {
		return err
	}
	if v.Kind == wire.Error {
		return newServerError(k.attempt.cmds[0].Name(), v.Str, k.resp.Status)
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
