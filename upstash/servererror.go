package upstash

import "errors"

// Sentinels for what a server may say. errors.Is matches them by the code, or,
// where Upstash uses the code ERR for everything, by the documented text.
var (
	ErrNoScript     = errors.New("upstash: the server does not know the script")
	ErrWrongType    = errors.New("upstash: the key holds another type of value")
	ErrExecAbort    = errors.New("upstash: the transaction was discarded")
	ErrUnauthorized = errors.New("upstash: the token is missing or invalid")
	ErrNoPermission = errors.New("upstash: the token may not run this command")
	ErrReadOnly     = errors.New("upstash: the server takes no writes at the moment")
	ErrSyntax       = errors.New("upstash: the server does not accept the command's arguments")
	ErrUnsupported  = errors.New("upstash: the server does not have this command")
	// ErrQuota: the plan's daily or monthly number of commands is used up.
	ErrQuota = errors.New("upstash: the command quota is exhausted")
	// ErrCapacity: the database is full; reads and deletes still work.
	ErrCapacity = errors.New("upstash: the database is full")
	// ErrTooLarge: a request, reply, key or record is over the plan's limit.
	ErrTooLarge = errors.New("upstash: a size limit of the database is exceeded")
	// ErrThrottled: too many requests or connections at the moment.
	ErrThrottled = errors.New("upstash: the database is throttling")
	// ErrDynamicKey: a script with key locking used a key that is not in KEYS.
	ErrDynamicKey = errors.New("upstash: the script used a key that it did not declare")
)

// A ServerError is the server's refusal: the command had no effect (a script
// that fails half-way keeps its writes on stock Redis, and loses them on
// Upstash). Branch with errors.Is and the sentinels of this package, or on Code.
type ServerError struct {
	_ [0]func() // nobody compares it: code less in WebAssembly

	// Command is the command's name, "" for a whole batch.
	Command string
	// Code is the first word of the text when it is upper case: "ERR",
	// "WRONGTYPE", "NOSCRIPT"; otherwise "".
	Code string
	// Message is the server's text, with what follows "command was:" and names
	// of keys cut off.
	Message string
	// Status is the HTTP status, 0 for an error inside a batch.
	Status int
}

func newServerError(command, text string, status int) *ServerError {
	text = redactServerText(text)
	return &ServerError{Command: command, Code: errorCode(text), Message: text, Status: status}
}

func (e *ServerError) Error() string {
	hint := e.hint()
	if hint != "" {
		hint = " (" + hint + ")"
	}
	if e.Command == "" {
		return "upstash: server: " + e.Message + hint
	}
	return "upstash: " + e.Command + ": server: " + e.Message + hint
}

// errorCode returns the first word of a server's text when it is a code.
func errorCode(text string) string {
	word, _, _ := cut(text, " ")
	if word == "" {
		return ""
	}
	for i := 0; i < len(word); i++ {
		if word[i] < 'A' || word[i] > 'Z' {
			return ""
		}
	}
	return word
}

// redactServerText removes what a server may quote of the arguments: stock
// Redis repeats the beginning of the arguments of an unknown command, and
// Upstash names the undeclared key of a script.
func redactServerText(text string) string {
	for _, mark := range []string{", with args beginning with:", "command was:", "Key was:", " Key:"} {
		if i := indexOf(text, mark); i >= 0 {
			text = text[:i] + mark + " [redacted]"
		}
	}
	return text
}

// serverTexts maps the documented texts of errors whose code is ERR to their
// sentinels (their addresses, which the linker can lay out; the values would be
// filled in at start-up). Source: the vendor's troubleshooting pages and recorded texts, see
// testdata/README.md.
var serverTexts = [...]kindText{
	{"max daily request limit exceeded", &ErrQuota},
	{"max requests limit exceeded", &ErrQuota},
	{"DB capacity quota exceeded", &ErrCapacity},
	{"max request size exceeded", &ErrTooLarge},
	{"max key size exceeded", &ErrTooLarge},
	{"max single record size exceeded", &ErrTooLarge},
	{"max concurrent connections exceeded", &ErrThrottled},
	{"Dynamic keys are not allowed", &ErrDynamicKey},
	{"Command is not available", &ErrUnsupported},
	{"unknown command", &ErrUnsupported},
	{"is not allowed in REST", &ErrUnsupported},
	{"wrong number of arguments", &ErrSyntax},
	{"syntax error", &ErrSyntax},
	{"null args are not supported", &ErrSyntax},
	{"unsupported arg type", &ErrSyntax},
	{"failed to parse pipeline request", &ErrSyntax},
	{"expected JSON array", &ErrSyntax},
}

// A kindText is a text that goes with a sentinel.
type kindText struct {
	text string
	is   *error
}

var serverCodes = [...]kindText{
	{"NOSCRIPT", &ErrNoScript},
	{"WRONGTYPE", &ErrWrongType},
	{"EXECABORT", &ErrExecAbort},
	{"WRONGPASS", &ErrUnauthorized},
	{"NOAUTH", &ErrUnauthorized},
	{"NOPERM", &ErrNoPermission},
	{"READONLY", &ErrReadOnly},
}

// Is matches the sentinels of this package.
func (e *ServerError) Is(target error) bool {
	kind := e.kind()
	return kind != nil && target == *kind
}

// kind returns the address of the sentinel that e matches, nil when there is none.
func (e *ServerError) kind() *error {
	for i := range serverCodes {
		if e.Code == serverCodes[i].text {
			return serverCodes[i].is
		}
	}
	switch e.Status {
	case 401:
		return &ErrUnauthorized
	case 429:
		return &ErrThrottled
	}
	for i := range serverTexts {
		if indexOf(e.Message, serverTexts[i].text) >= 0 {
			return serverTexts[i].is
		}
	}
	return nil
}

// hint says what the user can do about the commonest refusals.
func (e *ServerError) hint() string {
	kind := e.kind()
	for i := range serverHints {
		if kind == serverHints[i].is {
			return serverHints[i].text
		}
	}
	return ""
}

var serverHints = [...]kindText{
	{"check REDIS_REST_TOKEN: it must be the REST token of this database", &ErrUnauthorized},
	{"the token is read-only or restricted; use the standard token for writes, scripts and KEYS", &ErrNoPermission},
	{"the plan's command quota is used up; raise the plan or wait for the next period", &ErrQuota},
	{"delete data, turn eviction on or raise the plan", &ErrCapacity},
	{"split the command, or raise the plan", &ErrTooLarge},
	{"not available over REST on this server", &ErrUnsupported},
}

// serverErrorIn returns the ServerError that err is or wraps, nil when there is
// none. errors.AsType would be 2 kB more of a WebAssembly program.
func serverErrorIn(err error) *ServerError {
	for ; err != nil; err = errors.Unwrap(err) {
		if e, ok := err.(*ServerError); ok { //nolint:errorlint // the loop unwraps
			return e
		}
	}
	return nil
}

// temporary reports whether the server refused only for now, so that a command
// that may repeat can be tried again.
func (e *ServerError) temporary() bool {
	if e.Status >= 400 && temporaryStatus(e.Status) {
		return true
	}
	return e.Code == "READONLY" && indexOf(e.Message, "server upgrade") >= 0
}

// gateway reports whether the text comes from something in front of the
// database: then the command may have run.
func (e *ServerError) gateway() bool { return e.Status >= 500 }
