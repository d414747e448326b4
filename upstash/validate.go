package upstash

import "strings"

// validate checks the settings that the caller gave; urlName and tokenName say
// where they came from.
func (c *Config) validate(urlName, tokenName string) error {
	if err := validateURL(c.URL, urlName, c.AllowPlainHTTP); err != nil {
		return err
	}
	if err := validateToken(string(c.Token), tokenName); err != nil {
		return err
	}
	if c.Encoding > RESP2 {
		return refuse("Encoding", "must be Base64, Plain or RESP2")
	}
	if c.Retry.MaxAttempts < 0 {
		return refuse("Retry.MaxAttempts", "is negative; use 1 to turn retries off")
	}
	if c.Retry.MinBackoff < 0 || c.Retry.MaxBackoff < 0 {
		return refuse("Retry.MinBackoff and MaxBackoff", "must not be negative")
	}
	if defaultDuration(c.Retry.MinBackoff, defaultMinBackoff) > defaultDuration(c.Retry.MaxBackoff, defaultMaxBackoff) {
		return refuse("Retry.MinBackoff", "is longer than Retry.MaxBackoff")
	}
	if c.MaxDepth < 0 || c.MaxElements < 0 {
		return refuse("MaxDepth and MaxElements", "must not be negative")
	}
	return nil
}

// refuse makes the error about a setting; not inlined, because there are twenty
// callers.
//
//go:noinline
func refuse(name, reason string) error { return &ConfigError{name, reason} }

func validateURL(url, name string, allowPlain bool) error {
	if err := checkText(url, name, "set it to the REST URL of the database, like https://NAME.upstash.io"); err != nil {
		return err
	}
	scheme, rest, ok := cut(url, "://")
	scheme = asciiLower(scheme)
	switch {
	case !ok:
		return refuse(name, "has no scheme; it must begin with https://")
	case scheme == "redis" || scheme == "rediss":
		return refuse(name, "is the address for Redis clients over TCP; the REST URL begins with https://")
	case scheme != "https" && scheme != "http":
		return refuse(name, "must begin with https://")
	}
	if indexOf(rest, "?") >= 0 || indexOf(rest, "#") >= 0 {
		return refuse(name, "must not contain a query or a fragment")
	}
	authority, _, _ := cut(rest, "/")
	if indexOf(authority, "@") >= 0 {
		return refuse(name, "must not contain a user or password; the token is a setting of its own")
	}
	host, err := hostOf(authority, name)
	if err != nil {
		return err
	}
	if scheme == "http" && !allowPlain && !isLoopback(host) {
		return refuse(name, "begins with http://, which would send the token in the clear; use https://, or set AllowPlainHTTP")
	}
	return nil
}

// hostOf splits a port off and checks both.
func hostOf(authority, name string) (string, error) {
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i+1:]
		if !isPort(port) {
			return "", refuse(name, "has a bad port")
		}
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if bare == "" {
		return "", refuse(name, "has no host")
	}
	for i := 0; i < len(bare); i++ {
		switch b := bare[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '.', b == '-', b == '_', b == ':':
		default:
			return "", refuse(name, "has a host with a character that no host name may have")
		}
	}
	return bare, nil
}

func isPort(s string) bool {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' || n > 65535 {
			return false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n > 0 && n <= 65535
}

// isLoopback knows the names and addresses of this machine.
func isLoopback(host string) bool {
	host = asciiLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "::1" {
		return true
	}
	rest, ok := strings.CutPrefix(host, "127.")
	for range 3 {
		var part string
		part, rest, _ = cut(rest, ".")
		n, isNumber := parseInt(part)
		ok = ok && isNumber && part[0] != '-' && part[0] != '+' && len(part) <= 3 && n >= 0
	}
	return ok && rest == "" && !strings.HasSuffix(host, ".")
}

func validateToken(token, name string) error {
	return checkText(token, name, "set it to the REST token of the database")
}

// checkText refuses what copying from a console leaves behind: quotes, white
// space, line ends. It never quotes the value.
func checkText(s, name, advice string) error {
	if s == "" {
		return refuse(name, "is empty; "+advice)
	}
	switch s[0] {
	case '"', '\'', '`':
		return refuse(name, "begins with a quote; remove the quotes around the value")
	}
	switch s[len(s)-1] {
	case '"', '\'', '`':
		return refuse(name, "ends with a quote; remove the quotes around the value")
	}
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == ' ' || b == '\t' || b == '\n' || b == '\r':
			return refuse(name, "contains white space; remove it")
		case b < 0x20 || b >= 0x7f:
			return refuse(name, "contains a character that is not printable ASCII")
		}
	}
	return nil
}
