//go:build !wasm

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A diagnosis is a failure in the user's words.
type diagnosis struct {
	// Kind is a stable word for programs.
	Kind string `json:"kind"`
	// Message says what is wrong, Advice what to do about it.
	Message string `json:"message"`
	// Detail is the error as the library has it.
	Detail string `json:"detail,omitempty"`
	Advice string `json:"advice,omitempty"`
}

// A cause is one row of the table of failures.
type cause struct {
	match func(error) bool
	diagnosis
}

// causes lists the failures that are recognised, the more particular ones first.
// {url} and {token} stand for the names of the variables in use.
var causes = []cause{
	{is(errInterrupted), diagnosis{
		Kind: "interrupted", Message: "interrupted",
	}},
	{is(errNotConfigured), diagnosis{
		Kind:    "not_configured",
		Message: "no database is configured: REDIS_REST_URL and REDIS_REST_TOKEN are not set",
		Advice:  "Copy both from the REST API section of the database's console and export them; or run \"edgeredis serve\" for a local server, which prints the two lines to export.",
	}},
	{isConfig("begins with http://"), diagnosis{
		Kind:    "plain_http",
		Message: "{url} begins with http://, which would send the token in the clear",
		Advice:  "Use https://. If the network in between is trusted, add --allow-plain-http.",
	}},
	{is(upstash.ErrBadConfig), diagnosis{
		Kind: "bad_config", Message: "the configuration cannot be used", // completed by diagnose
	}},
	{is(upstash.ErrUnauthorized), diagnosis{
		Kind:    "wrong_token",
		Message: "the server does not accept the token",
		Advice:  "Copy {token} anew from the REST API section of the console, and check that {url} is of the same database. The password for TCP clients is another one.",
	}},
	{is(upstash.ErrNoPermission), diagnosis{
		Kind:    "no_permission",
		Message: "the token may not run this command: it is read-only or restricted",
		Advice:  "Set {token} to the standard token of the database, or keep to commands that only read.",
	}},
	{is(upstash.ErrQuota), diagnosis{
		Kind:    "quota",
		Message: "the plan's number of commands is used up",
		Advice:  "Wait for the next day or month, as the plan counts, or raise the plan or its budget in the console.",
	}},
	{is(upstash.ErrCapacity), diagnosis{
		Kind:    "capacity",
		Message: "the database is full",
		Advice:  "Delete data, turn eviction on, or raise the plan. Reading and deleting still work.",
	}},
	{isThrottled, diagnosis{
		Kind:    "throttled",
		Message: "the server is turning requests away at the moment",
		Advice:  "Try again later; if it persists, send fewer requests at a time or raise the plan.",
	}},
	{isStatus(500), diagnosis{
		Kind:    "server_failing",
		Message: "the server, or something in front of it, is failing",
		Advice:  "Try again. If it persists, look at the provider's status page, and at the Redis behind the server if it is your own.",
	}},
	{is(errStillBusy), diagnosis{
		Kind:    "still_busy",
		Message: "stopped, but requests were still running and have been cut off",
		Advice:  "A script that never ends blocks the embedded Redis, and a Redis that does not answer holds its requests until --timeout.",
	}},
	{isA[*pathError], diagnosis{
		Kind:    "wrong_path",
		Message: "the server answers, but not to PING",
		Advice:  "Check {url}: it must be the REST URL itself, like https://NAME.upstash.io. What follows the host becomes part of each command.",
	}},
	{is(upstash.ErrUnsupported), diagnosis{
		Kind:    "unsupported",
		Message: "the server does not have this command",
		Advice:  "Check the spelling. Not every command of Redis is served over REST.",
	}},
	{isA[*upstash.ServerError], diagnosis{
		Kind: "server_error", Message: "the server refused the command",
	}},
	{is(upstash.ErrBadArgument), diagnosis{
		Kind: "bad_argument", Message: "the command was not sent",
	}},
	{isProtocol("redirect"), diagnosis{
		Kind:    "redirect",
		Message: "the address answers with a redirect, not with Redis replies",
		Advice:  "Check {url}: it must be the REST URL itself, like https://NAME.upstash.io.",
	}},
	{isProtocol("web page"), diagnosis{
		Kind:    "web_page",
		Message: "the address answers with a web page, not with Redis replies",
		Advice:  "Check {url}: it must be the REST URL, like https://NAME.upstash.io, not a page of the console. A proxy or a login page of the network may also answer in its place.",
	}},
	{is(upstash.ErrProtocol), diagnosis{
		Kind:    "not_the_api",
		Message: "the answer is not one of the Redis REST API",
		Advice:  "Check {url}: something else is listening there.",
	}},
	{is(upstash.ErrResponseTooLarge), diagnosis{
		Kind:    "reply_too_large",
		Message: "the answer is larger than this program accepts (16 MiB, or too many elements)",
		Advice:  "Read it in parts: GETRANGE, HSCAN, LRANGE, SCAN.",
	}},
	{isA[*net.DNSError], diagnosis{
		Kind:    "dns",
		Message: "the host name cannot be found",
		Advice:  "Check the spelling of {url} and the network's DNS. The name of a deleted database no longer exists.",
	}},
	{isPlainServer, diagnosis{
		Kind:    "tls",
		Message: "the server does not speak TLS on this port",
		Advice:  "Check the port in {url}. A local dev server is addressed with http://.",
	}},
	{isTLS, diagnosis{
		Kind:    "tls",
		Message: "no trusted TLS connection can be made",
		Advice:  "Check that {url} has the right host, that the clock of this machine is right, and that no proxy puts a certificate of its own in between.",
	}},
	{is(context.DeadlineExceeded), diagnosis{
		Kind:    "timeout",
		Message: "no answer in time",
		Advice:  "Check the network, or wait longer with --timeout 30s. A firewall that drops packets looks like this, too.",
	}},
	{is(upstash.ErrNotSent), diagnosis{
		Kind:    "unreachable",
		Message: "the server cannot be reached",
		Advice:  "Check {url}, the network and HTTPS_PROXY. If it is a dev server: is \"edgeredis serve\" still running?",
	}},
	{isA[*upstash.TransportError], diagnosis{
		Kind:    "connection_lost",
		Message: "the connection broke before the answer was complete",
		Advice:  "Try again. If it persists, check the network and proxies in between.",
	}},
	{isA[*listenError], diagnosis{
		Kind:    "cannot_listen",
		Message: "the address cannot be listened on",
		Advice:  "If another program has the port, take another one; --addr 127.0.0.1:0 finds a free one.",
	}},
	{isA[*upstash.DecodeError], diagnosis{
		Kind: "unexpected_reply", Message: "the reply is not of the expected kind",
	}},
	{isA[*checkError], diagnosis{
		Kind: "check_failed", Message: "a reply is not what it must be",
		Advice: "The server does not behave like Redis here. If it is not your own, please report this with the output of \"edgeredis ping\".",
	}},
}

// diagnose explains err.
func (in *invocation) diagnose(err error) diagnosis {
	d := diagnosis{Kind: "failed", Message: "it did not work"}
	for _, c := range causes {
		if c.match(err) {
			d = c.diagnosis
			break
		}
	}
	if d.Kind != "interrupted" {
		d.Detail = err.Error()
	}
	switch d.Kind {
	case "plain_http":
		d.Detail = ""
	case "bad_config":
		d.Detail = ""
		if e, ok := errors.AsType[*upstash.ConfigError](err); ok {
			d.Message = e.Setting + " " + e.Reason
		}
	case "not_configured":
		d.Detail = ""
		d.Advice = in.tcpHint() + d.Advice
	}
	if errors.Is(err, upstash.ErrMaybeApplied) {
		d.Advice = strings.TrimSpace("The command may have taken effect: look at the data before repeating it. " + d.Advice)
	}
	url, token := in.variables()
	names := strings.NewReplacer("{url}", url, "{token}", token)
	d.Message, d.Advice = names.Replace(d.Message), names.Replace(d.Advice)
	return d
}

// tcpHint helps those who have the other one of the two addresses.
func (in *invocation) tcpHint() string {
	if v, _ := in.lookup("REDIS_URL"); v != "" {
		return "REDIS_URL is set, but it is the address for TCP clients; the REST API has one of its own. "
	}
	return ""
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func isA[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func isConfig(reason string) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*upstash.ConfigError](err)
		return ok && strings.Contains(e.Reason, reason)
	}
}

// isProtocol tells the answers of strangers apart by the client's own words.
func isProtocol(word string) func(error) bool {
	return func(err error) bool {
		return errors.Is(err, upstash.ErrProtocol) && strings.Contains(err.Error(), word)
	}
}

// isStatus matches HTTP statuses from least on.
func isStatus(least int) func(error) bool {
	return func(err error) bool {
		if e, ok := errors.AsType[*upstash.ServerError](err); ok {
			return e.Status >= least
		}
		e, ok := errors.AsType[*upstash.TransportError](err)
		return ok && e.Status >= least
	}
}

// isThrottled also knows what throttles in front of the server, in words of its own.
func isThrottled(err error) bool {
	e, ok := errors.AsType[*upstash.TransportError](err)
	return errors.Is(err, upstash.ErrThrottled) || ok && e.Status == http.StatusTooManyRequests
}

func isPlainServer(err error) bool {
	e, ok := errors.AsType[tls.RecordHeaderError](err)
	return ok && strings.Contains(e.Msg, "does not look like a TLS handshake")
}

// isTLS matches every failure of the handshake: the transport names it, and
// some causes (a connection that just ends) have no type of their own.
func isTLS(err error) bool {
	return isA[*tls.CertificateVerificationError](err) || isA[tls.AlertError](err) ||
		strings.Contains(err.Error(), "TLS handshake")
}
