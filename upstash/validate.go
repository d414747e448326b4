package upstash

// validate checks the settings that the caller gave; urlName and tokenName say
// where they came from.
func (c *Config) validate(urlName, tokenName string) error {
	name, why := urlName, refusedURL(c.URL, c.AllowPlainHTTP)
	if why == "" {
		name, why = tokenName, refusedText(string(c.Token), "is empty; set it to the REST token of the database")
	}
	if why == "" {
		name, why = c.refusedNumber()
	}
	if why == "" {
		return nil
	}
	return &ConfigError{Setting: name, Reason: why}
}

// refusedNumber names a setting that is out of its range, and says what is wrong
// with it; "" if there is none.
func (c *Config) refusedNumber() (name, why string) {
	switch r := &c.Retry; {
	case c.Encoding > RESP2:
		return "Encoding", "must be Base64, Plain or RESP2"
	case r.MaxAttempts < 0:
		return "Retry.MaxAttempts", "is negative; use 1 to turn retries off"
	case r.MinBackoff < 0 || r.MaxBackoff < 0:
		name = "Retry.MinBackoff and MaxBackoff"
	case orDefault(int64(r.MinBackoff), defaultMinBackoff) > orDefault(int64(r.MaxBackoff), defaultMaxBackoff):
		return "Retry.MinBackoff", "is longer than Retry.MaxBackoff"
	case c.MaxDepth < 0 || c.MaxElements < 0:
		name = "MaxDepth and MaxElements"
	default:
		return "", ""
	}
	return name, "must not be negative"
}

// refusedURL says what is wrong with a URL, "" if nothing is.
func refusedURL(url string, allowPlain bool) (why string) {
	why = refusedText(url, "is empty; set it to the REST URL of the database, like https://NAME.upstash.io")
	if why != "" {
		return why
	}
	scheme, rest, ok := cut(url, "://")
	scheme = asciiLower(scheme)
	authority, _, _ := cut(rest, "/")
	host, portIsGood := hostOf(authority)
	plain := scheme == "http"
	switch {
	case !ok:
		why = "has no scheme; it must begin with https://"
	case scheme == "redis" || scheme == "rediss":
		why = "is the address for Redis clients over TCP; the REST URL begins with https://"
	case !plain && scheme != "https":
		why = "must begin with https://"
	case indexOf(rest, "?") >= 0 || indexOf(rest, "#") >= 0:
		why = "must not contain a query or a fragment"
	case indexOf(authority, "@") >= 0:
		why = "must not contain a user or password; the token is a setting of its own"
	case !portIsGood:
		why = "has a bad port"
	case host == "":
		why = "has no host"
	case !isHostName(host):
		why = "has a host with a character that no host name may have"
	case plain && !allowPlain && !isLoopback(host):
		why = "begins with http://, which would send the token in the clear; use https://, or set AllowPlainHTTP"
	}
	return why
}

// hostOf splits a port off, and the brackets of an IPv6 address.
func hostOf(authority string) (host string, portIsGood bool) {
	n := len(authority)
	if n > 0 && authority[n-1] == ']' {
		n--
	} else {
		for i := n - 1; i >= 0; i-- {
			if authority[i] == ':' {
				port, ok := parseInt(authority[i+1:])
				if !ok || port <= 0 || port > 65535 || authority[i+1] == '+' {
					return "", false
				}
				n = i
				break
			}
		}
		if n > 0 && authority[n-1] == ']' {
			n--
		}
	}
	host = authority[:n]
	if host != "" && host[0] == '[' {
		host = host[1:]
	}
	return host, true
}

func isHostName(host string) bool {
	for i := 0; i < len(host); i++ {
		switch b := host[i]; {
		case b|0x20 >= 'a' && b|0x20 <= 'z', b >= '0' && b <= ':', b == '.', b == '-', b == '_':
		default:
			return false
		}
	}
	return true
}

// isLoopback knows the names and addresses of this machine.
func isLoopback(host string) bool {
	host = asciiLower(host)
	const local = ".localhost"
	if host == local[1:] || host == "::1" || len(host) >= len(local) && host[len(host)-len(local):] == local {
		return true
	}
	for i := range 4 {
		part, rest, more := cut(host, ".")
		_, ok := parseInt(part)
		if !ok || i == 0 && part != "127" || part[0] == '-' || len(part) > 3 || more != (i < 3) {
			return false
		}
		host = rest
	}
	return true
}

// refusedText says what copying from a console left behind: quotes, white space,
// line ends; or empty, if s is.
func refusedText(s, empty string) string {
	if s == "" {
		return empty
	}
	if isQuote(s[0]) {
		return "begins with a quote; remove the quotes around the value"
	}
	if isQuote(s[len(s)-1]) {
		return "ends with a quote; remove the quotes around the value"
	}
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == ' ' || b == '\t' || b == '\n' || b == '\r':
			return "contains white space; remove it"
		case b < 0x20 || b >= 0x7f:
			return "contains a character that is not printable ASCII"
		}
	}
	return ""
}

func isQuote(b byte) bool { return b == '"' || b == '\'' || b == '`' }
