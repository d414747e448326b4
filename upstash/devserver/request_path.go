//go:build !wasm

package devserver

import (
	"errors"
	"net/url"
	"strings"
)

var errBadEscape = errors.New("ERR invalid percent-encoding in the URL")

// pathSegments splits a raw (still escaped) path into arguments. The split
// comes before unescaping, so %2F stays inside its argument. Leading and
// trailing slashes do not count.
func pathSegments(raw string) ([]string, error) {
	raw = strings.Trim(raw, "/")
	if raw == "" {
		return nil, nil
	}
	parts := strings.Split(raw, "/")
	for i, part := range parts {
		s, err := url.PathUnescape(part)
		if err != nil {
			return nil, errBadEscape
		}
		parts[i] = s
	}
	return parts, nil
}

// queryArgs turns a raw query into arguments: each name, then its value; a
// name without = alone. The parameter _token is taken out and returned.
func queryArgs(raw string) (args []string, token string, hasToken bool, err error) {
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		rawName, rawValue, hasValue := strings.Cut(part, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return nil, "", false, errBadEscape
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return nil, "", false, errBadEscape
		}
		if name == "_token" {
			token, hasToken = value, true
			continue
		}
		args = append(args, name)
		if hasValue {
			args = append(args, value)
		}
	}
	return args, token, hasToken, nil
}
