//go:build !wasm

package health

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
)

// An AuthRequest is what an Authorizer may look at.
type AuthRequest struct {
	// Header returns the value of a header of the request, "" when absent.
	Header func(name string) string
}

// An Authorizer says whether a request may see the metrics. It must be safe for
// concurrent use.
type Authorizer func(AuthRequest) bool

// BearerToken returns an Authorizer for requests that carry token, as
// "Authorization: Bearer TOKEN", or as the password of Basic authentication with
// any user, which is what browsers can do. The comparison takes the same time
// whatever the request says. A token of less than 16 bytes is refused. Do not use
// the token of the database.
func BearerToken(token string) (Authorizer, error) {
	if len(token) < 16 {
		return nil, errors.New("health: the token for the metrics has less than 16 bytes")
	}
	if token != strings.TrimSpace(token) {
		return nil, errors.New("health: the token for the metrics begins or ends with space, which no header can carry")
	}
	want := sha256.Sum256([]byte(token)) // of equal length, so that the length does not show either
	return func(r AuthRequest) bool {
		got := sha256.Sum256([]byte(credential(r.Header("Authorization"))))
		return subtle.ConstantTimeCompare(got[:], want[:]) == 1
	}, nil
}

// credential returns the secret in a header Authorization, "" when there is none.
func credential(header string) string {
	scheme, rest, _ := strings.Cut(header, " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(scheme) {
	case "bearer":
		return rest
	case "basic":
		pair, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return ""
		}
		_, password, _ := strings.Cut(string(pair), ":")
		return password
	}
	return ""
}
