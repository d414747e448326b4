package nethttp

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/yesgoddess/edgeredis/upstash"
)

// firstRead is the memory set aside for a body of unknown length, and bodyTrust
// for one whose length the server has announced. Beyond it memory at most
// doubles with what has arrived.
const (
	firstRead = 4 << 10
	bodyTrust = 1 << 20
)

// read fills resp from r and closes r's body.
func read(r *http.Response, limit int, resp *upstash.Response) error {
	defer r.Body.Close()
	resp.Status = r.StatusCode
	resp.ContentType = append(resp.ContentType, r.Header.Get("Content-Type")...)
	resp.SyncToken = append(resp.SyncToken, r.Header.Get("Upstash-Sync-Token")...)
	resp.RetryAfter = append(resp.RetryAfter, r.Header.Get("Retry-After")...)
	if limit > 0 && r.ContentLength > int64(limit) {
		return upstash.ErrResponseTooLarge
	}
	if r.ContentLength > 0 {
		// One byte more, since the end is seen by a read beyond it.
		resp.Body = slices.Grow(resp.Body, int(min(r.ContentLength, bodyTrust))+1)
	}
	for {
		if len(resp.Body) == cap(resp.Body) {
			resp.Body = slices.Grow(resp.Body, max(firstRead, len(resp.Body)))
		}
		end := cap(resp.Body)
		if limit > 0 {
			end = min(end, limit+1) // one byte more than allowed tells the end from an excess
		}
		n, err := r.Body.Read(resp.Body[len(resp.Body):end])
		resp.Body = resp.Body[:len(resp.Body)+n]
		switch {
		case limit > 0 && len(resp.Body) > limit:
			return upstash.ErrResponseTooLarge
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
