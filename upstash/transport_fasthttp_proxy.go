//go:build !wasm

package upstash

import (
	"bufio"
	"context"
	"encoding/base64"
	"net/url"
	"strconv"
)

// useProxy completes h for its proxy.
func (h *httpHost) useProxy() error {
	if h.proxy.Scheme != "http" && h.proxy.Scheme != "https" || h.proxy.Hostname() == "" {
		return httpError("proxy has a scheme other than http and https, or no host")
	}
	if h.tls == nil {
		// The proxy forwards plain HTTP; it is asked anew with each request.
		h.target = h.origin
		h.afterPath += proxyAuth(h.proxy)
	}
	return nil
}

// proxyAuth is the header with the proxy's user and password, if there are any.
func proxyAuth(proxy *url.URL) string {
	if proxy.User == nil {
		return ""
	}
	password, _ := proxy.User.Password()
	pair := proxy.User.Username() + ":" + password
	return "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) + "\r\n"
}

// throughProxy makes a new connection to the proxy one to the host.
func (h *httpHost) throughProxy(ctx context.Context, c *httpConn) error {
	if h.proxy.Scheme == "https" {
		config := h.t.tls.Clone()
		config.ServerName = h.proxy.Hostname()
		if err := c.handshake(ctx, config); err != nil {
			return err
		}
	}
	if h.tls == nil {
		return nil
	}
	stop := context.AfterFunc(ctx, c.abort)
	err := h.tunnel(c)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	return err
}

// tunnel asks the proxy for a connection to the host (RFC 9110, section 9.3.6).
func (h *httpHost) tunnel(c *httpConn) error {
	request := "CONNECT " + h.addr + " HTTP/1.1\r\nHost: " + h.addr + "\r\n" + proxyAuth(h.proxy) + "\r\n"
	if _, err := c.stream.Write([]byte(request)); err != nil {
		return &httpWireError{"asking the proxy", err}
	}
	r := bufio.NewReader(c.stream)
	var header httpHeader
	if err := readFinalHeader(r, &header, new(Response)); err != nil {
		return readFailed("waiting for the proxy", err)
	}
	if header.status > 299 {
		return httpError("the proxy answered CONNECT with status " + strconv.Itoa(header.status))
	}
	if r.Buffered() > 0 {
		return httpError("the proxy sent data before the server can have")
	}
	return nil
}
