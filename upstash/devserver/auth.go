//go:build !wasm

package devserver

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
)

// rights is what a token may do.
type rights int

const (
	rightsNone rights = iota
	rightsReadOnly
	rightsFull
)

// A tokenCheck compares tokens in constant time: digests have one length, so
// not even the length of the true token shows.
type tokenCheck struct {
	full, readOnly [sha256.Size]byte
	hasReadOnly    bool
}

func newTokenCheck(full, readOnly string) tokenCheck {
	return tokenCheck{sha256.Sum256([]byte(full)), sha256.Sum256([]byte(readOnly)), readOnly != ""}
}

func (c *tokenCheck) rights(token string) rights {
	got := sha256.Sum256([]byte(token))
	full := subtle.ConstantTimeCompare(got[:], c.full[:])
	readOnly := subtle.ConstantTimeCompare(got[:], c.readOnly[:])
	switch {
	case full == 1:
		return rightsFull
	case readOnly == 1 && c.hasReadOnly:
		return rightsReadOnly
	}
	return rightsNone
}

// headerToken takes the token out of an Authorization header. The scheme is
// matched without regard to case, and a bare token is accepted (protocol.md 2.2).
func headerToken(header string) string {
	header = strings.TrimSpace(header)
	scheme, rest, ok := strings.Cut(header, " ")
	if ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(rest)
	}
	return header
}
