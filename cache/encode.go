package cache

import (
	"math/rand/v2"
	"time"
	"unicode/utf8"
)

// encode spells a value as it is stored, and says how long. batch asks for a
// form that can travel together with others.
func (c *core) encode(v any, ttl, load time.Duration, tags uint64, batch bool) (raw string, life time.Duration, err error) {
	payload, err := c.codec.encode(v)
	if err != nil {
		return "", 0, err
	}
	if c.o.MaxValue > 0 && len(payload) > c.o.MaxValue {
		return "", 0, &SizeError{Size: len(payload), Max: c.o.MaxValue}
	}
	ttl = c.entryTTL(ttl)
	h := header{
		created: time.Now().UnixMilli(),
		ttl:     ttl.Milliseconds(),
		stale:   c.o.Stale.Milliseconds(),
		grace:   c.o.StaleIfError.Milliseconds(),
		load:    load.Milliseconds(),
		nonce:   newNonce(),
		tags:    tags,
		version: c.o.Version,
	}
	payload = c.compress(&h, payload, batch)
	if !c.o.Envelope && h.compressor == 0 && !reserved(payload) {
		return string(payload), ttl, nil
	}
	return envelope(&h, payload), h.lifetime(h.created), nil
}

// compress makes a large payload smaller, if it can.
func (c *core) compress(h *header, payload []byte, batch bool) []byte {
	if c.o.Compressor == nil || len(payload) < c.o.CompressFrom {
		return payload
	}
	small := c.o.Compressor.Compress(nil, payload)
	if batch && !utf8.Valid(small) {
		h.base64 = true
		small = toBase64(small)
	}
	if len(small) >= len(payload) {
		h.base64 = false
		return payload
	}
	h.compressor = c.o.Compressor.ID()
	return small
}

// entryTTL applies the default and the jitter, and rounds down to milliseconds.
func (c *core) entryTTL(ttl time.Duration) time.Duration {
	if ttl == 0 {
		ttl = c.o.TTL
	}
	if c.o.Jitter > 0 {
		ttl -= time.Duration(float64(ttl) * c.o.Jitter * rand.Float64()) //nolint:gosec // chance needs no secrecy
	}
	return max(ttl.Truncate(time.Millisecond), time.Millisecond)
}

// decode turns a record into an entry.
func (c *core) decode(r *record, now time.Time, stale bool) (entry, error) {
	b, err := r.value(c.o.Compressor, c.o.MaxValue)
	if err != nil {
		return entry{}, err
	}
	v, err := c.codec.decode(b)
	if err != nil {
		return entry{}, corrupt("the codec refused the entry", err)
	}
	age, known := r.age(now)
	return entry{Value: v, Age: age, AgeKnown: known, Stale: stale, Source: Remote}, nil
}
