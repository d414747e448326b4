//go:build !wasm

package ratelimit

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/valyala/fasthttp"
)

// A ClientIP finds out which address a request comes from. The zero value
// believes nobody: it takes the address of the connection.
type ClientIP struct {
	// Trusted are the proxies whose word counts. The address is the last one in
	// Header that is not one of them, as long as the connection comes from one.
	Trusted []netip.Prefix
	// Header is where proxies put addresses, oldest first. "" means
	// X-Forwarded-For. A header with a single address, like CF-Connecting-IP,
	// works too.
	Header string
	// IPv6Bits is how much of an IPv6 address counts as one client, since a
	// client usually has a whole network: 0 means 64. [ClientIP.ID] uses it.
	IPv6Bits int
}

func (c *ClientIP) header() string {
	if c.Header == "" {
		return "X-Forwarded-For"
	}
	return c.Header
}

// HTTP returns the address of a net/http request. It is invalid when there is
// none, which happens over sockets that are no network's.
func (c *ClientIP) HTTP(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return c.find(peer.Addr(), r.Header.Values(c.header()))
}

// FastHTTP returns the address of a fasthttp request.
func (c *ClientIP) FastHTTP(ctx *fasthttp.RequestCtx) netip.Addr {
	peer, err := netip.ParseAddrPort(ctx.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	var lines []string
	for _, line := range ctx.Request.Header.PeekAll(c.header()) {
		lines = append(lines, string(line))
	}
	return c.find(peer.Addr(), lines)
}

// find goes from the connection's end towards the client, and stops at the first
// address that no trusted proxy vouches for.
func (c *ClientIP) find(peer netip.Addr, lines []string) netip.Addr {
	addr := peer.Unmap().WithZone("")
	for i := len(lines) - 1; i >= 0; i-- {
		hops := strings.Split(lines[i], ",")
		for j := len(hops) - 1; j >= 0; j-- {
			if !contains(c.Trusted, addr) {
				return addr
			}
			next, ok := parseHop(strings.TrimSpace(hops[j]))
			if !ok {
				return addr // what lies behind is anybody's guess
			}
			addr = next
		}
	}
	return addr
}

// parseHop reads an address with or without a port.
func parseHop(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddrPort(s)
	return a.Addr().Unmap().WithZone(""), err == nil
}

// ID returns what counts as one client: an IPv4 address, or an IPv6 network like
// "2001:db8::/64". It is "" for an invalid address.
func (c *ClientIP) ID(a netip.Addr) string {
	a = a.Unmap()
	switch {
	case !a.IsValid():
		return ""
	case a.Is4():
		return a.String()
	}
	bits := c.IPv6Bits
	if bits <= 0 || bits > 128 {
		bits = 64
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

func contains(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// ParsePrefixes reads networks, "10.0.0.0/8", and single addresses. A bad one is
// an *[OptionError] that tells its position.
func ParsePrefixes(list ...string) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(list))
	for i, s := range list {
		if a, err := netip.ParseAddr(s); err == nil {
			a = a.Unmap().WithZone("")
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, &OptionError{Option: "the list of networks", Reason: "has a bad entry at position " + itoa(i+1)}
		}
		if p.Addr().Is4In6() && p.Bits() >= 96 { // addresses are compared unmapped
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
